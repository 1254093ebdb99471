"""What a delegation must be like: kinds, dates, scope, level, and who is never a stand-in.

Sources: UU 30/2014 art. 14 (plh while the holder is away, plt while the post is vacant; never strategic decisions
on organisation, staffing or budget allocation), SE BKN 2/SE/VII/2019 and 1/SE/I/2021 (same level or one below; plt
three months, extendable once), usage of official letters for a.n. and u.b.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from backend.core.actors import Capacity
from backend.core.clock import CITY_ZONE
from backend.core.problems import Conflict, FieldFault, InvalidInput
from backend.core.texts import Text

PLT_MONTHS = 3
LONGEST = timedelta(days=366)
LETTER_LEAST = 5
SERVICES_MOST = 50
HEAD_LEVEL, DEPUTY_LEVEL = 2, 3


class Reason(StrEnum):
    """Why somebody stands in. `ladder`: a letter had waited too long."""

    TRAVEL = "travel"
    LEAVE = "leave"
    SICK = "sick"
    VACANT = "vacant"
    OTHER = "other"
    LADDER = "ladder"


class Strategic(StrEnum):
    """What nobody may pass on (UU 30/2014 art. 14(7)): a letter that decides one of these names it."""

    ORGANISATION = "organisation"
    STAFFING = "staffing"
    BUDGET_ALLOCATION = "budget_allocation"


STANDS_IN = frozenset({Capacity.PLT, Capacity.PLH, Capacity.PJ})
BEFORE_POST = {Capacity.PLT: "Plt.", Capacity.PLH: "Plh.", Capacity.PJ: "Pj."}
KIND_WORDS = {
    Capacity.PLT: Text("pelaksana tugas", "acting head"),
    Capacity.PLH: Text("pelaksana harian", "day-to-day stand-in"),
    Capacity.AN: Text("atas nama kepala", "in the head's name"),
    Capacity.UB: Text("untuk beliau", "for who signs in the head's name"),
    Capacity.PJ: Text("penjabat", "caretaker"),
}


@dataclass(frozen=True)
class Official:
    """Somebody in a post: `level` 1 mayor, 2 head, 3 deputy, 4 others; `opds` where posts are held."""

    person: UUID
    level: int
    opds: frozenset[str]


@dataclass(frozen=True)
class Paper:
    """A written order that was issued on paper, outside Lugas."""

    number: str
    day: date


@dataclass(frozen=True)
class Wanted:
    """A delegation that is asked for. `services` empty is the routine list; without `paper` Lugas draws the order."""

    kind: Capacity
    opd: str
    receiver: UUID
    paper: Paper | None
    starts_at: datetime
    ends_at: datetime
    reason: Reason
    services: tuple[str, ...] = ()
    most: Decimal | None = None
    parent: UUID | None = None
    trip: UUID | None = None


@dataclass(frozen=True)
class Span:
    """A delegation that stands: kind, its stretch of time, and who it names."""

    id: UUID
    kind: Capacity
    opd: str
    receiver: UUID
    starts_at: datetime
    stops_at: datetime
    receiver_level: int = 3

    def covers(self, starts: datetime, ends: datetime) -> bool:
        return self.starts_at <= starts and ends <= self.stops_at


@dataclass(frozen=True)
class Surroundings:
    """What stands around a wanted delegation: who holds the post, who receives, what else is in force.

    `holder` None: the post is vacant. `away` are the stretches in which the receiver is not there.
    `strategic` are the service codes that may never be passed on. `giver` is who names the stand-in.
    """

    now: datetime
    holder: UUID | None
    receiver: Official | None
    others: Sequence[Span] = ()
    away: Sequence[tuple[datetime, datetime]] = ()
    strategic: frozenset[str] = frozenset()
    known_services: frozenset[str] = field(default_factory=frozenset)
    giver: UUID | None = None


def overlap(a: datetime, b: datetime, c: datetime, d: datetime) -> bool:
    """Two half-open stretches [a, b) and [c, d) share a moment."""
    return a < d and c < b and a < b and c < d


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(
        date(year, month + 1, min(day.day, 28)) + timedelta(days=max(0, day.day - 28)),
        first_of_next - timedelta(days=1),
    )


def require(wanted: Wanted, around: Surroundings) -> None:
    """InvalidInput naming everything wrong with it; Conflict("overlap") when the post has such a stand-in already."""
    faults = [
        *_kind(wanted, around),
        *_letter(wanted),
        *_dates(wanted, around),
        *_scope(wanted, around),
        *_receiver(wanted, around),
        *_parent(wanted, around),
    ]
    if faults:
        raise InvalidInput(*faults)
    if any(
        s.kind is wanted.kind
        and s.opd == wanted.opd
        and overlap(s.starts_at, s.stops_at, wanted.starts_at, wanted.ends_at)
        for s in around.others
    ):
        raise Conflict("overlap", OVERLAP)


OVERLAP = Text(
    "Pada tanggal itu jabatan ini sudah punya pengganti. Akhiri dulu yang lama.",
    "On those dates this post has a stand-in already. End that one first.",
)


def _fault(path: str, indonesian: str, english: str) -> FieldFault:
    return FieldFault(path, Text(indonesian, english))


def _kind(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    if wanted.kind is Capacity.DEFINITIVE:
        return [_fault("kind", "Pilih plt, plh, a.n., u.b., atau pj.", "Choose plt, plh, a.n., u.b. or pj.")]
    vacant = around.holder is None
    if vacant and wanted.kind in (Capacity.PLH, Capacity.AN, Capacity.UB):
        return [_fault("kind", "Jabatan ini kosong: pakai plt.", "This post is vacant: use plt.")]
    if not vacant and wanted.kind in (Capacity.PLT, Capacity.PJ):
        return [
            _fault(
                "kind",
                "Jabatan ini ada pejabatnya: pakai plh atau a.n.",
                "This post has a holder: use plh or a.n.",
            )
        ]
    return []


def _letter(wanted: Wanted) -> list[FieldFault]:
    if wanted.paper is None:
        return []
    faults = []
    if len(wanted.paper.number.strip()) < LETTER_LEAST or len(wanted.paper.number) > 80:
        faults.append(
            _fault("letterNumber", "Tulis nomor surat perintah.", "Write the number of the written order.")
        )
    if wanted.paper.day > wanted.starts_at.astimezone(CITY_ZONE).date():
        faults.append(
            _fault(
                "letterDate",
                "Surat perintah harus terbit sebelum mulai.",
                "The order must be dated before the start.",
            )
        )
    return faults


def _dates(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    if wanted.ends_at <= wanted.starts_at:
        return [_fault("endsAt", "Selesai harus sesudah mulai.", "The end must come after the start.")]
    if wanted.ends_at <= around.now:
        return [_fault("endsAt", "Waktu selesai sudah lewat.", "The end is past already.")]
    if wanted.ends_at - wanted.starts_at > LONGEST:
        return [_fault("endsAt", "Paling lama satu tahun.", "One year at most.")]
    if wanted.starts_at.astimezone(CITY_ZONE).date() < around.now.astimezone(CITY_ZONE).date():
        return [_fault("startsAt", "Paling awal mulai hari ini.", "It starts today at the earliest.")]
    return _plt_term(wanted, around) if wanted.kind is Capacity.PLT else []


def _plt_term(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    """Three months, and the same person once more for three: SE BKN 1/SE/I/2021."""
    first, last = (m.astimezone(CITY_ZONE) for m in (wanted.starts_at, wanted.ends_at))
    if last.date() > months_after(first.date(), PLT_MONTHS):
        return [_fault("endsAt", "Plt. paling lama 3 bulan.", "A plt serves 3 months at most.")]
    window = timedelta(days=31)
    before = [
        s
        for s in around.others
        if s.kind is Capacity.PLT
        and s.opd == wanted.opd
        and s.receiver == wanted.receiver
        and wanted.starts_at - timedelta(days=190) - window < s.stops_at <= wanted.starts_at
    ]
    if len(before) >= 2:
        return [
            _fault(
                "receiver",
                "Plt. hanya boleh diperpanjang satu kali.",
                "A plt may be extended only once.",
            )
        ]
    return []


def _scope(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    if len(wanted.services) > SERVICES_MOST:
        return [_fault("services", f"Paling banyak {SERVICES_MOST} layanan.", f"At most {SERVICES_MOST}.")]
    faults = []
    for code in wanted.services:
        if code in around.strategic:
            faults.append(
                _fault(
                    "services",
                    f"{code} menyangkut organisasi, kepegawaian, atau alokasi anggaran: tidak bisa dilimpahkan.",
                    f"{code} decides on organisation, staffing or budget allocation: it cannot be passed on.",
                )
            )
        elif code not in around.known_services:
            faults.append(_fault("services", f"Layanan {code} tidak ada.", f"There is no service {code}."))
    if wanted.most is not None and wanted.most < 0:
        faults.append(_fault("most", "Batas nilai tidak boleh minus.", "The limit cannot be negative."))
    return faults


def _receiver(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    receiver = around.receiver
    if receiver is None:
        return [_fault("receiver", "Pilih pejabat yang menggantikan.", "Choose who stands in.")]
    if receiver.person in (around.holder, around.giver):
        return [_fault("receiver", "Tidak bisa menunjuk diri sendiri.", "Nobody stands in for themselves.")]
    faults = []
    if receiver.level > _lowest(wanted, around):
        faults.append(
            _fault(
                "receiver",
                "Pengganti harus setingkat atau satu tingkat di bawah.",
                "A stand-in must be of the same level or one below.",
            )
        )
    if wanted.kind in (Capacity.AN, Capacity.UB) and wanted.opd not in receiver.opds:
        faults.append(
            _fault(
                "receiver", "a.n. dan u.b. hanya dalam satu dinas.", "a.n. and u.b. stay in one department."
            )
        )
    if any(overlap(a, b, wanted.starts_at, wanted.ends_at) for a, b in around.away):
        faults.append(
            _fault(
                "receiver", "Pengganti juga sedang pergi pada tanggal itu.", "The stand-in is away then, too."
            )
        )
    return faults


def _lowest(wanted: Wanted, around: Surroundings) -> int:
    """The lowest level (largest number) that may receive: one below the post, or below who signs a.n."""
    if wanted.kind is Capacity.UB:
        parent = next((s for s in around.others if s.id == wanted.parent), None)
        # Without its a.n. it is refused for that alone.
        return (parent.receiver_level if parent else DEPUTY_LEVEL) + 1

    return HEAD_LEVEL + 1


def _parent(wanted: Wanted, around: Surroundings) -> list[FieldFault]:
    if wanted.kind is not Capacity.UB:
        unused = _fault("parent", "Hanya u.b. yang bersandar pada a.n.", "Only u.b. rests on an a.n.")
        return [unused] if wanted.parent else []
    parent = next((s for s in around.others if s.id == wanted.parent), None)
    if parent is None or parent.kind is not Capacity.AN or parent.opd != wanted.opd:
        return [_fault("parent", "u.b. hanya di bawah a.n. yang berlaku.", "u.b. needs an a.n. in force.")]
    faults = []
    if not parent.covers(wanted.starts_at, wanted.ends_at):
        faults.append(
            _fault("endsAt", "u.b. tidak boleh lebih lama dari a.n.-nya.", "u.b. may not outlast its a.n.")
        )
    if parent.receiver == wanted.receiver:
        faults.append(
            _fault("receiver", "Tidak bisa menunjuk diri sendiri.", "Nobody stands in for themselves.")
        )
    return faults


def title_of(kind: Capacity, post_title: str, receiver_title: str, an_title: str = "") -> str:
    """The post as a letter prints it: "Plh. Kepala Dinas …", "a.n. Kepala Dinas … Sekretaris …", "… u.b. …"."""
    if kind in BEFORE_POST:
        return f"{BEFORE_POST[kind]} {post_title}"
    if kind is Capacity.AN:
        return f"a.n. {post_title}, {receiver_title}"
    if kind is Capacity.UB:
        return f"a.n. {post_title}, {an_title}, u.b. {receiver_title}"
    return post_title


def covers(
    services: Collection[str] | None, most: Decimal | None, service: str, amount: Decimal | None
) -> bool:
    """A delegation's scope holds for a service; a limited one never for an amount that nobody knows."""
    if services is not None and service not in services:
        return False
    return most is None or (amount is not None and amount <= most)
