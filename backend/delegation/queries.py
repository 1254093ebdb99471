"""Reading who may sign: posts in force, whether one still stands at signing, the public board, and the lists."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor, Capacity, Post
from backend.core.conditions import EVERY_ROW, All, Condition, Either, Is, OneOf
from backend.core.pages import Page, Window, moment
from backend.core.reads import Reads, Row, Table, columns_of, fetch, first, page
from backend.core.texts import Text
from backend.delegation import policy
from backend.delegation.rules import Official, Span, covers
from backend.identity.queries import post_of

DELEGATIONS = Table(
    "delegations",
    columns_of(
        "id kind opd title post_title giver_id giver_name receiver_id receiver_name letter_number letter_date"
        " starts_at ends_at stops_at services most reason trip_id parent_id version revoked_at"
        " signed_at said_by_name created_at"
    ),
    json=columns_of("services"),
)
EVERY_COLUMN = Reads(DELEGATIONS.columns)
NO_CAPACITY = Text(
    "Wewenang untuk menandatangani surat ini sudah berakhir. Buka lagi.",
    "The right to sign this letter has ended. Open it again.",
)
BOARD_MOST = 200


@dataclass(frozen=True)
class Signing:
    """Somebody who may sign for an office now; `away` says that they are on a trip, on leave or ill."""

    person: UUID
    name: str
    post: Post
    away: bool

    @property
    def whole(self) -> bool:
        """Here, and not only for some services or small amounts: with them the office has its signer."""
        return not self.away and self.post.services is None and self.post.most is None


_SIGNERS = """
SELECT f.person_id, p.name, f.role, f.opd, f.title, f.rank, f.nip, f.capacity, f.delegation, f.services, f.most,
       f.level, f.without,
       EXISTS (SELECT 1 FROM absences a WHERE a.person_id = f.person_id AND a.starts_at <= $2 AND $2 < a.stops_at)
FROM posts_in_force($2, $3) f JOIN people p ON p.id = f.person_id
WHERE f.role = ANY($4::text[]) AND f.opd = ANY($1::text[])
ORDER BY f.opd, array_position(ARRAY['definitive', 'pj', 'plt', 'plh', 'an', 'ub'], f.capacity::text), f.since, f.id
LIMIT 2000
"""


async def signers_of(
    opds: Collection[str], at: datetime | None = None, *, resting: bool = False
) -> dict[str, list[Signing]]:
    """Who may sign for each of these offices, in the order in which they should be asked: those present first.

    With `resting` also the heads whose post rests while a stand-in has it, for what only they may sign.
    """
    roles = ["head", "away"] if resting else ["head"]
    moment_ = at or clock.now()
    rows = await fetch(_SIGNERS, [sorted(opds), moment_, moment_.astimezone(clock.CITY_ZONE).date(), roles])
    found: dict[str, list[Signing]] = {opd: [] for opd in opds}
    for person, name, *post, away in rows:
        made = post_of(post)
        found[made.opd].append(Signing(person, name, made, away))
    # A stable sort: of those who are there the holder comes first, then plh, then a.n.
    return {opd: sorted(rows_, key=lambda s: s.away) for opd, rows_ in found.items()}


def fits(post: Post, service: str, amount: Decimal | None, *, strategic: bool) -> bool:
    """A post may sign a letter of this service: never a stand-in a strategic one, and only within the scope."""
    if post.capacity is Capacity.DEFINITIVE:
        return service not in post.without
    return not strategic and covers(post.services, post.most, service, amount)


async def standing(
    person: UUID,
    opd: str,
    capacity: Capacity,
    delegation: UUID | None,
    service: str,
    *,
    at: datetime | None = None,
    amount: Decimal | None = None,
    strategic: bool = False,
) -> Text | None:
    """None when this person may sign for the office by this right at that moment; else why not.

    `service` is the service's code, or the kind of the letter where none belongs to it.
    """
    for found in (await signers_of((opd,), at))[opd]:
        post = found.post
        same = (found.person, post.capacity, post.delegation) == (person, capacity, delegation)
        if same and fits(post, service, amount, strategic=strategic):
            return None
    return NO_CAPACITY


async def holder_of(opd: str) -> tuple[UUID, str, str, str] | None:
    """Who holds an office's head post, resting or not: person, name, the post's title, NIP; None when vacant."""
    rows = await fetch(
        "SELECT h.person_id, p.name, h.title, h.nip FROM posts_held h JOIN people p ON p.id = h.person_id"
        " WHERE h.opd = $1 AND h.role = 'head' AND h.since <= $2 AND (h.until IS NULL OR h.until >= $2)"
        " ORDER BY h.since, h.id LIMIT 1",
        [opd, clock.today()],
    )
    return (rows[0][0], rows[0][1], rows[0][2], rows[0][3]) if rows else None


async def headed_by(person: UUID) -> list[str]:
    """The OPDs whose head post somebody holds today, resting or not."""
    rows = await fetch(
        "SELECT DISTINCT opd FROM posts_held WHERE person_id = $1 AND role = 'head' AND since <= $2"
        " AND (until IS NULL OR until >= $2) ORDER BY opd LIMIT 50",
        [person, clock.today()],
    )
    return [str(r[0]) for r in rows]


async def head_title(opd: str) -> str | None:
    """The head post's title as it was last held, else after the OPD's name; None where there is no such OPD."""
    rows = await fetch(
        "SELECT coalesce((SELECT title FROM posts_held WHERE opd = $1 AND role = 'head'"
        " ORDER BY since DESC, id LIMIT 1), 'Kepala ' || name) FROM opds WHERE code = $1",
        [opd],
    )
    return str(rows[0][0]) if rows else None


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be asked to stand in, with the post they hold themselves."""

    person: UUID
    name: str
    opd: str
    title: str
    rank: str
    nip: str
    level: int
    away_until: datetime | None


_CANDIDATES = """
SELECT DISTINCT ON (h.level, p.name, h.person_id) h.person_id, p.name, h.opd, h.title, h.rank, h.nip, h.level,
       (SELECT max(a.stops_at) FROM absences a WHERE a.person_id = h.person_id AND a.starts_at <= $3 AND $2 < a.stops_at)
FROM posts_held h JOIN people p ON p.id = h.person_id
WHERE h.since <= $4 AND (h.until IS NULL OR h.until >= $4) AND {who}
ORDER BY h.level, p.name, h.person_id, h.since LIMIT 200
"""


async def candidates(opd: str, starts: datetime, ends: datetime, *, lowest: int = 3) -> list[Candidate]:
    """Who may stand in for an office's head between two moments: its own deputies first, then other heads."""
    rows = await fetch(
        _CANDIDATES.format(who="h.level BETWEEN 2 AND $5 AND NOT (h.opd = $1 AND h.role = 'head')"),
        [opd, starts, ends, clock.today(), lowest],
    )
    return sorted((Candidate(*r) for r in rows), key=lambda c: (c.opd != opd, -c.level, c.name))


async def official(person: UUID, opd: str) -> Candidate | None:
    """Somebody's own best post today, one in this office before any other."""
    rows = await fetch(
        _CANDIDATES.format(who="h.person_id = $1::uuid"), [person, clock.now(), clock.now(), clock.today()]
    )
    found = [Candidate(*r) for r in rows]
    return min(found, key=lambda c: (c.opd != opd, c.level)) if found else None


def as_official(candidate: Candidate, opds: Collection[str]) -> Official:
    return Official(candidate.person, candidate.level, frozenset(opds))


async def offices_of(person: UUID) -> frozenset[str]:
    """The OPDs in which somebody holds a post of their own today."""
    rows = await fetch(
        "SELECT DISTINCT opd FROM posts_held WHERE person_id = $1 AND since <= $2"
        " AND (until IS NULL OR until >= $2) LIMIT 50",
        [person, clock.today()],
    )
    return frozenset(r[0] for r in rows)


async def spans_of(opd: str, since: datetime) -> list[Span]:
    """The signed delegations of an office's head post that end after a moment."""
    rows = await fetch(
        "SELECT id, kind, opd, receiver_id, starts_at, stops_at, receiver_level FROM delegations"
        " WHERE opd = $1 AND stops_at > $2 AND starts_at < stops_at AND signed_at IS NOT NULL ORDER BY starts_at, id LIMIT 500",
        [opd, since],
    )
    return [Span(r[0], Capacity(r[1]), *r[2:]) for r in rows]


async def away(person: UUID, since: datetime) -> list[tuple[datetime, datetime]]:
    """When somebody is not there, from a moment on."""
    rows = await fetch(
        "SELECT starts_at, stops_at FROM absences WHERE person_id = $1 AND stops_at > $2 AND starts_at < stops_at"
        " ORDER BY starts_at LIMIT 200",
        [person, since],
    )
    return [(r[0], r[1]) for r in rows]


@dataclass(frozen=True)
class OfficeToday:
    """One line of the public board: whether the head is in, until when not, and who signs.

    `holder` and `signer` are empty when there is none.
    """

    opd: str
    holder: str
    away_kind: str
    away_until: datetime | None
    signer: str
    position: str
    capacity: Capacity | None
    until: datetime | None


_HEADS = """
SELECT DISTINCT ON (h.opd) h.opd, p.name, a.kind, a.stops_at
FROM posts_held h
LEFT JOIN people p ON p.id = h.person_id AND h.since <= $2 AND (h.until IS NULL OR h.until >= $2)
LEFT JOIN LATERAL (SELECT kind, stops_at FROM absences a WHERE a.person_id = p.id AND a.starts_at <= $1
    AND $1 < a.stops_at ORDER BY a.stops_at DESC LIMIT 1) a ON true
WHERE h.role = 'head' ORDER BY h.opd, p.name IS NULL, h.since DESC LIMIT 200
"""


async def board() -> list[OfficeToday]:
    """Every office that has, or had, a head: in or out, until when, and who signs today."""
    now = clock.now()
    heads = await fetch(_HEADS, [now, clock.today()])
    signers = await signers_of([r[0] for r in heads], now)
    ends = await _ends([s.post.delegation for rows in signers.values() for s in rows])
    return [_line(row, signers[row[0]], ends) for row in heads]


def _line(row: Sequence[object], signers: Sequence[Signing], ends: Mapping[UUID, datetime]) -> OfficeToday:
    opd, holder, kind, until = row
    first = next((s for s in signers if s.whole), None)
    return OfficeToday(
        opd=str(opd),
        holder=str(holder or ""),
        away_kind=str(kind or ""),
        away_until=until if isinstance(until, datetime) else None,
        signer=first.name if first else "",
        position=first.post.title if first else "",
        capacity=first.post.capacity if first else None,
        until=ends.get(first.post.delegation) if first and first.post.delegation else None,
    )


async def _ends(ids: Sequence[UUID | None]) -> dict[UUID, datetime]:
    wanted = [i for i in ids if i is not None]
    if not wanted:
        return {}
    rows = await fetch("SELECT id, stops_at FROM delegations WHERE id = ANY($1::uuid[])", [wanted])
    return {r[0]: r[1] for r in rows}


def rows_for(actor: Actor) -> Condition:
    """The delegations an actor may read: those that name them, and those of their offices; secretary and mayor all."""
    if actor.is_system or policy.is_secretary(actor) or policy.is_mayor(actor):
        return EVERY_ROW
    if actor.person is None:
        return Either()
    offices = sorted({p.opd for p in actor.posts})
    named: tuple[Condition, ...] = (Is("giver_id", actor.person), Is("receiver_id", actor.person))
    return Either((*named, OneOf("opd", offices))) if offices else Either(named)


async def visible_to(actor: Actor, window: Window) -> Page[Row]:
    """Delegations, the newest start first."""
    order = (("starts_at", True), ("id", True))
    return await page(DELEGATIONS, EVERY_COLUMN, rows_for(actor), order, window.read(moment, UUID))


async def number_of_order(delegation: UUID | None) -> str | None:
    """The number of the written order behind a delegation, for the verify page."""
    if delegation is None:
        return None
    rows = await fetch("SELECT letter_number FROM delegations WHERE id = $1", [delegation])
    return str(rows[0][0]) if rows else None


@dataclass(frozen=True)
class AwayFor:
    """An absence of the own, from now on."""

    id: UUID
    kind: str
    starts_at: datetime
    stops_at: datetime


async def own_absences(actor: Actor) -> list[AwayFor]:
    """The actor's own absences that are not over, the next first, at most 50."""
    rows = await fetch(
        "SELECT id, kind, starts_at, stops_at FROM absences WHERE person_id = $1 AND stops_at > $2"
        " AND starts_at < stops_at ORDER BY starts_at, id LIMIT 50",
        [actor.person, clock.now()],
    )
    return [AwayFor(*r) for r in rows]


async def by_id(actor: Actor, delegation: UUID) -> Row | None:
    """One delegation, if the actor may read it."""
    return await first(DELEGATIONS, EVERY_COLUMN, All((Is("id", delegation), rows_for(actor))))
