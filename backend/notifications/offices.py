"""What officials are told of who may sign: a stand-in begins and ends, an office without a signer, letters that wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.core import clock
from backend.core.actors import Capacity, StaffRole
from backend.core.ids import number_text
from backend.core.models import RecordedEvent
from backend.core.reads import fetch
from backend.core.texts import Locale, Text
from backend.delegation.events import SUBJECT as DELEGATION
from backend.delegation.events import AbsenceKind, GapKind, LadderKind
from backend.delegation.events import DelegationKind as Kind
from backend.delegation.models import Delegation
from backend.delegation.policy import MAYOR_LEVEL, SECRETARIAT
from backend.delegation.rules import KIND_WORDS
from backend.identity.queries import holders
from backend.notifications import words
from backend.signing.models import Letter
from backend.travel.events import TripKind
from backend.travel.models import Trip
from backend.travel.rules import MAYOR

SIGN, STAND_INS, BOARD, TRIPS = "/tanda-tangan", "/pengganti", "/papan", "/perjalanan"


@dataclass(frozen=True)
class Told:
    """What one audience is told, and where in the app it leads.

    Audiences: receiver, giver, namer (who signs the order), heads (who may sign for the office now), secretary,
    mayor, traveller, approver.
    """

    audience: str
    title: Text
    body: Text
    url: str


OFFICES: Mapping[str, tuple[Told, ...]] = {
    Kind.GRANTED: (
        Told(
            "receiver",
            Text("Anda akan menggantikan", "You will stand in"),
            Text(
                "{title}, {starts} sampai {ends}. Surat perintah {letter_number}.",
                "{title}, {starts} to {ends}. Order {letter_number}.",
            ),
            STAND_INS,
        ),
        Told(
            "giver",
            Text("Pengganti Anda: {receiver}", "Your stand-in: {receiver}"),
            Text("{starts} sampai {ends}, sebagai {kind_words}.", "{starts} to {ends}, as {kind_words}."),
            STAND_INS,
        ),
    ),
    Kind.ASKED: (),
    Kind.SIGNING: (),
    Kind.SIGN_FAILED: (
        Told(
            "namer",
            Text("Tanda tangan surat perintah belum berhasil", "Signing the order did not work"),
            Text(
                "{title}: {receiver}. Buka dan tanda tangani lagi.",
                "{title}: {receiver}. Open it and sign again.",
            ),
            STAND_INS,
        ),
    ),
    Kind.BEGAN: (
        Told(
            "receiver",
            Text("Anda sekarang {title}", "You are now {title}"),
            Text(
                "{waiting} surat menunggu tanda tangan Anda, sampai {ends}.",
                "{waiting} letters wait for your signature, until {ends}.",
            ),
            SIGN,
        ),
    ),
    Kind.REVOKED: (),
    Kind.OVER: (
        Told(
            "receiver",
            Text("Tugas pengganti selesai", "You no longer stand in"),
            Text("{title}. Terima kasih.", "{title}. Thank you."),
            STAND_INS,
        ),
        Told(
            "giver",
            Text("Surat kembali ke meja Anda", "The letters are back on your desk"),
            Text("{waiting} surat menunggu tanda tangan Anda.", "{waiting} letters wait for your signature."),
            SIGN,
        ),
    ),
    AbsenceKind.RECORDED: (
        Told(
            "secretary",
            Text("{person} akan pergi tanpa pengganti", "{person} will be away with nobody standing in"),
            Text("{opd}, {starts} sampai {ends}. Tunjuk plh.", "{opd}, {starts} to {ends}. Name a plh."),
            STAND_INS,
        ),
    ),
    TripKind.REQUESTED: (
        Told(
            "approver",
            Text("{person} minta surat tugas", "{person} asks for an assignment order"),
            Text("Ke {place}, {starts} sampai {ends}.", "To {place}, {starts} to {ends}."),
            TRIPS,
        ),
    ),
    TripKind.APPROVED: (
        Told(
            "traveller",
            Text("Perjalanan ke {place} disetujui", "Your trip to {place} is approved"),
            Text("Surat tugas sedang ditandatangani.", "The order is being signed."),
            TRIPS,
        ),
    ),
    TripKind.REFUSED: (
        Told(
            "traveller",
            Text("Perjalanan ke {place} tidak disetujui", "Your trip to {place} is refused"),
            Text("Alasan: {reason}", "Reason: {reason}"),
            TRIPS,
        ),
    ),
    TripKind.ORDERED: (
        Told(
            "traveller",
            Text("Surat tugas ke {place} terbit", "The order for {place} is out"),
            Text(
                "Selamat jalan. Laporkan dalam 5 hari kerja sesudah pulang.",
                "Report within 5 working days after.",
            ),
            TRIPS,
        ),
    ),
    TripKind.SIGN_FAILED: (
        Told(
            "approver",
            Text("Tanda tangan surat tugas belum berhasil", "Signing the order did not work"),
            Text(
                "{person}, {place}. Buka dan tanda tangani lagi.",
                "{person}, {place}. Open it and sign again.",
            ),
            TRIPS,
        ),
    ),
    TripKind.REPORT_ASKED: (
        Told(
            "traveller",
            Text("Sudah pulang dari {place}? Tulis laporannya", "Back from {place}? Write the report"),
            Text("Paling lambat {due}.", "By {due}."),
            TRIPS,
        ),
    ),
    TripKind.REPORT_SOON: (
        Told(
            "traveller",
            Text("Laporan perjalanan ke {place} hampir jatuh tempo", "The report on {place} is almost due"),
            Text("Paling lambat {due}.", "By {due}."),
            TRIPS,
        ),
    ),
    TripKind.REPORT_LATE: (
        Told(
            "traveller",
            Text("Laporan perjalanan ke {place} terlambat", "The report on {place} is late"),
            Text("Seharusnya paling lambat {due}. Tulis sekarang.", "It was due by {due}. Write it now."),
            TRIPS,
        ),
        Told(
            "approver",
            Text("{person} belum melaporkan perjalanannya", "{person} has not reported on the trip"),
            Text("{place}, seharusnya paling lambat {due}.", "{place}, due by {due}."),
            TRIPS,
        ),
    ),
    TripKind.REVOKED: (
        Told(
            "traveller",
            Text("Surat perjalanan ke {place} dicabut", "An order for {place} was revoked"),
            Text("Alasan: {reason}", "Reason: {reason}"),
            TRIPS,
        ),
    ),
    TripKind.REPLACED: (
        Told(
            "traveller",
            Text("Surat perjalanan ke {place} diganti", "An order for {place} is replaced"),
            Text("Alasan: {reason} Surat baru menunggu tanda tangan.", "Reason: {reason} The new one waits."),
            TRIPS,
        ),
        Told(
            "approver",
            Text("Surat pengganti menunggu: {person}", "A new order waits: {person}"),
            Text("{place}. Buka dan tanda tangani.", "{place}. Open and sign it."),
            TRIPS,
        ),
    ),
    TripKind.REPORTED: (
        Told(
            "approver",
            Text("Laporan perjalanan {person} masuk", "{person} has reported on the trip"),
            Text("{place}, {starts} sampai {ends}.", "{place}, {starts} to {ends}."),
            TRIPS,
        ),
    ),
    GapKind.OPENED: (
        Told(
            "secretary",
            Text("Tidak ada penandatangan: {opd}", "Nobody can sign: {opd}"),
            Text(
                "Kepala tidak di tempat dan belum ada pengganti. Tunjuk pengganti sekarang.",
                "The head is away and nobody stands in. Name a stand-in now.",
            ),
            STAND_INS,
        ),
    ),
    GapKind.CLOSED: (
        Told(
            "secretary",
            Text("Sudah ada penandatangan: {opd}", "Somebody can sign again: {opd}"),
            Text("Surat berjalan lagi.", "Letters move again."),
            BOARD,
        ),
    ),
    LadderKind.REMINDED: (
        Told(
            "heads",
            Text(
                "Surat menunggu Anda lebih dari 4 jam kerja",
                "A letter has waited for you over 4 office hours",
            ),
            Text("Nomor {number}. Buka dan tanda tangani.", "Number {number}. Open and sign it."),
            SIGN,
        ),
    ),
    LadderKind.STAND_IN: (
        Told(
            "heads",
            Text(
                "Surat lama menunggu: wakil boleh menandatangani", "A letter waits long: a deputy may sign it"
            ),
            Text("Nomor {number}, {opd}.", "Number {number}, {opd}."),
            SIGN,
        ),
    ),
    LadderKind.SECRETARY: (
        Told(
            "secretary",
            Text("Surat tertahan: {opd}", "A letter is held up: {opd}"),
            Text(
                "Nomor {number} menunggu lebih dari 2 hari kerja.",
                "Number {number} has waited over 2 working days.",
            ),
            BOARD,
        ),
    ),
    LadderKind.MAYOR: (
        Told(
            "mayor",
            Text("Surat tertahan: {opd}", "A letter is held up: {opd}"),
            Text(
                "Nomor {number} menunggu lebih dari 3 hari kerja.",
                "Number {number} has waited over 3 working days.",
            ),
            BOARD,
        ),
    ),
}


async def audience(told: Told, event: RecordedEvent) -> list[UUID]:
    """Who is told; at most 200."""
    opd = str(event.data.get("opd", ""))
    match told.audience:
        case "receiver" | "giver":
            row = await Delegation.get_or_none(id=event.subject_id)
            person = row and (row.receiver_id if told.audience == "receiver" else row.giver_id)
            # A stand-in under a.n. or u.b. takes nothing from the head, who gets nothing back.
            back = told.url == SIGN and told.audience == "giver"
            hers = row is not None and (not back or row.kind in (Capacity.PLH, Capacity.PLT, Capacity.PJ))
            return [person] if person and hers and person != event.actor_id else []
        case "namer":
            letter = await Letter.get_or_none(subject_kind=DELEGATION, subject_id=event.subject_id)
            return [letter.signer_id] if letter else []
        case "traveller":
            trip = await Trip.get_or_none(id=event.subject_id)
            return [trip.person_id] if trip else []
        case "approver":
            office = str(event.data.get("signs_for", ""))
            return await (_mayors() if office == MAYOR else holders(office, StaffRole.HEAD))
        case "heads":
            return await holders(opd, StaffRole.HEAD)
        case "secretary":
            return await holders(SECRETARIAT, StaffRole.HEAD)
        case _:
            return await _mayors()


async def _mayors() -> list[UUID]:
    rows = await fetch(
        "SELECT DISTINCT person_id FROM posts_held WHERE level = $1 AND since <= $2"
        " AND (until IS NULL OR until >= $2) LIMIT 200",
        [MAYOR_LEVEL, clock.today()],
    )
    return [r[0] for r in rows]


def filled(text: Text, data: Mapping[str, object], opd: str, locale: Locale) -> str:
    """A sentence with its names filled in; unknown parts stay empty."""
    kind = str(data.get("kind", ""))
    values = {
        "opd": opd,
        "title": str(data.get("title", "")),
        "place": str(data.get("place", "")),
        "reason": str(data.get("reason", "")),
        "person": str(data.get("person", "")),
        "receiver": str(data.get("receiver", "")),
        "letter_number": str(data.get("letter_number", "")),
        "waiting": str(data.get("waiting", 0)),
        "number": number_text(str(data.get("number", ""))),
        "due": _day(data.get("due"), locale),
        "starts": _moment(data.get("starts"), locale),
        "ends": _moment(data.get("ends"), locale),
        "kind_words": KIND_WORDS[Capacity(kind)].said(locale) if kind in _KINDS else "",
    }
    return " ".join(text.said(locale).format_map(values).split())


_KINDS = frozenset(k.value for k in KIND_WORDS)


def _day(value: object, locale: Locale) -> str:
    if not isinstance(value, str) or not value:
        return ""
    return words.day(date.fromisoformat(value), locale, today=clock.today())


def _moment(value: object, locale: Locale) -> str:
    """Senin, 24 November 07.30."""
    if not isinstance(value, str):
        return ""
    moment = datetime.fromisoformat(value).astimezone(clock.CITY_ZONE)
    return f"{words.day(moment.date(), locale, today=clock.today())} {words.clock_time(moment)}"


def url_of(told: Told, data: Mapping[str, object]) -> str:
    """Where a notice leads: a letter that waits opens itself."""
    number = data.get("number")
    return f"{SIGN}?surat={number}" if told.url == SIGN and number else told.url
