"""Who may act in whose post as the API says it: the public board, stand-ins, being away."""

from collections import Counter
from datetime import date, datetime
from enum import StrEnum

import strawberry

from backend.applications.held_up import held_up
from backend.appointing import orders
from backend.core import clock
from backend.core.actors import Actor, Capacity
from backend.core.pages import Window
from backend.core.reads import Row
from backend.core.texts import Locale
from backend.delegation import policy, queries
from backend.delegation.queries import AwayFor, Candidate, OfficeToday
from backend.delegation.rules import KIND_WORDS, Reason
from backend.services.reference import Reference
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.ids import Node, encode, uuid_of
from schema.orders import OrderLetter
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.services import Opd

strawberry.enum(Capacity, name="Capacity", description="By what right somebody acts in a post.")


strawberry.enum(Reason, name="StandInReason", description="Why somebody stands in.")


@strawberry.enum(
    description="How a delegation stands now. Waiting: its order is not signed yet; lapsed: it never was."
)
class DelegationState(StrEnum):
    WAITING = "waiting"
    COMING = "coming"
    LIVE = "live"
    OVER = "over"
    REVOKED = "revoked"
    LAPSED = "lapsed"


@strawberry.enum(description="Why somebody is away.")
class AbsenceReason(StrEnum):
    LEAVE = "leave"
    SICK = "sick"
    TRIP = "trip"


def capacity_text(capacity: Capacity | None, locale: Locale) -> str | None:
    """The right in words; null for the holder of the post."""
    words = KIND_WORDS.get(capacity) if capacity else None
    return words.said(locale) if words else None


@scoped(Scope.CATALOGUE)
@object_type
class OfficeOnBoard:
    """One line of the board at the town hall's door: who is in, and who signs today."""

    opd: Opd
    """The department."""
    head: str | None
    """Who heads it; null while the post is vacant."""
    away: AbsenceReason | None
    """Why the head is out; null when they are in, or the post is vacant."""
    away_until: datetime | None
    """When the head is back."""
    signer: str | None
    """Who signs now; null when nobody can, which the regional secretary has been told."""
    position: str | None
    """In which post, as a letter prints it."""
    capacity: Capacity | None
    """By what right."""
    capacity_text: str | None
    """The same in words; null for the head."""
    until: datetime | None
    """When the stand-in ends."""
    waiting_for_head: int
    """How many letters wait for the head in person, since no stand-in may sign them."""

    @staticmethod
    def of(line: OfficeToday, held: int, city: Reference, locale: Locale) -> "OfficeOnBoard":
        return OfficeOnBoard(
            opd=Opd.of(city.opds[line.opd]),
            head=line.holder or None,
            away=AbsenceReason(line.away_kind) if line.away_kind else None,
            away_until=line.away_until,
            signer=line.signer or None,
            position=line.position or None,
            capacity=line.capacity,
            capacity_text=capacity_text(line.capacity, locale),
            until=line.until,
            waiting_for_head=held,
        )


@scoped(Scope.OFFICE)
@object_type
class Delegation(Node):
    """One official may act in another's post, by a written order."""

    version: int
    """To act on it."""
    kind: Capacity
    """By what right."""
    kind_text: str
    """The same in words."""
    state: DelegationState
    """Coming, live, over or revoked."""
    opd: Opd
    """The department whose head it is about."""
    title: str
    """The post as letters print it."""
    giver: str
    """Who gives it."""
    receiver: str
    """Who stands in."""
    received_by_me: bool
    """The asking person stands in."""
    may_end: bool
    """The asking person may end it."""
    letter_number: str
    """Number of the written order."""
    letter_date: date
    """Its date."""
    said_by: str | None
    """Who recorded an order that was issued on paper; null where Lugas drew it."""
    may_sign: bool
    """The order waits for the asking person's signature."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when; earlier than ordered when it was ended."""
    services: list[str]
    """Keys of the services it covers; empty for the routine list, everything that is not strategic."""
    most: str | None
    """Largest amount in rupiah; null for any."""
    reason: Reason
    """Why."""
    row: strawberry.Private[Row]

    @field
    async def letter(self) -> OrderLetter | None:
        """The order that Lugas drew; null for one on paper."""
        found = await orders.letter_of(self.row.id)
        return OrderLetter.of(found) if found else None

    @staticmethod
    def of(row: Row, actor: Actor, city: Reference, locale: Locale) -> "Delegation":
        kind = Capacity(row.kind)
        state = state_of(row)
        names = policy.may_grant(actor, kind, row.opd, row.giver_id)
        ends = names or actor.person == row.giver_id
        return Delegation(
            id=encode("Delegation", row.id),
            version=row.version,
            kind=kind,
            kind_text=KIND_WORDS[kind].said(locale),
            state=state,
            opd=Opd.of(city.opds[row.opd]),
            title=row.title,
            giver=row.giver_name,
            receiver=row.receiver_name,
            received_by_me=actor.person == row.receiver_id,
            may_end=ends and state in _STANDS,
            letter_number=row.letter_number,
            letter_date=row.letter_date,
            said_by=row.said_by_name or None,
            may_sign=names and state is DelegationState.WAITING,
            row=row,
            starts_at=row.starts_at,
            ends_at=row.stops_at,
            services=list(row.services or ()),
            most=None if row.most is None else str(row.most),
            reason=Reason(row.reason),
        )


_STANDS = (DelegationState.WAITING, DelegationState.COMING, DelegationState.LIVE)


def state_of(row: Row) -> DelegationState:
    """How a delegation stands now."""
    now = clock.now()
    if row.revoked_at is not None and row.stops_at <= now:
        return DelegationState.REVOKED
    if row.stops_at <= now:
        return DelegationState.OVER if row.signed_at else DelegationState.LAPSED
    if row.signed_at is None:
        return DelegationState.WAITING
    return DelegationState.LIVE if row.starts_at <= now else DelegationState.COMING


@scoped(Scope.OFFICE)
@object_type
class DelegationEdge:
    """A delegation in a list."""

    cursor: str
    """Where it stands."""
    node: Delegation
    """The delegation."""


@scoped(Scope.OFFICE)
@object_type
class DelegationConnection:
    """A page of delegations."""

    edges: list[DelegationEdge]
    """The latest start first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.OFFICE)
@object_type
class StandInCandidate:
    """An official who may stand in for a head."""

    id: strawberry.ID
    """For `grantDelegation` and `goAway`."""
    name: str
    """Who."""
    title: str
    """Their own post."""
    same_office: bool
    """They work in that very department."""
    away_until: datetime | None
    """They are away themselves in that time, until then; such a one is refused."""

    @staticmethod
    def of(one: Candidate, opd: str) -> "StandInCandidate":
        return StandInCandidate(
            id=encode("Official", one.person),
            name=one.name,
            title=one.title,
            same_office=one.opd == opd,
            away_until=one.away_until,
        )


@scoped(Scope.OFFICE)
@object_type
class Absence(Node):
    """A stretch in which one is away."""

    reason: AbsenceReason
    """Why."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when."""

    @staticmethod
    def of(row: AwayFor) -> "Absence":
        return Absence(
            id=encode("Absence", row.id),
            reason=AbsenceReason(row.kind),
            starts_at=row.starts_at,
            ends_at=row.stops_at,
        )


@scoped(Scope.OFFICE)
@object_type
class StandInDesk:
    """What an official needs to go away in good order."""

    heads: list[Opd]
    """The departments whose head one is, also while a stand-in acts."""
    names_for_all: bool
    """One may name stand-ins for every department."""
    absences: list[Absence]
    """One's own absences that are not over."""


async def absences_of(info: Info) -> list[Absence]:
    return [Absence.of(a) for a in await queries.own_absences(info.context.actor)]


def in_city(moment: datetime) -> datetime:
    """A moment without a time zone is meant in the city's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.CITY_ZONE)


@scoped(Scope.OFFICE, office_board=Scope.CATALOGUE)
@strawberry.type
class StandInsQuery:
    """Who acts in whose post."""

    @query(Need.NOTHING)
    async def office_board(self, info: Info) -> list[OfficeOnBoard]:
        """Who is in, who is out until when, and who signs today, by department; public."""
        city = await info.context.city()
        lines = await queries.board()
        held = Counter(row.opd for row in await held_up())
        locale = info.context.locale
        found = [OfficeOnBoard.of(b, held[b.opd], city, locale) for b in lines if b.opd in city.opds]
        return sorted(found, key=lambda line: line.opd.name)

    @query(Need.STAFF)
    async def delegations(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> DelegationConnection:
        """Stand-ins that concern one, or one's department; the regional secretary and the mayor see all."""
        context = info.context
        page = await queries.visible_to(context.actor, Window.of(first, after))
        city = await context.city()
        edges = [
            DelegationEdge(cursor=c, node=Delegation.of(row, context.actor, city, context.locale))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return DelegationConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    @query(Need.STAFF)
    async def delegation(self, info: Info, id: strawberry.ID) -> Delegation | None:
        """One stand-in; null when it is absent or not visible."""
        context = info.context
        row = await queries.by_id(context.actor, uuid_of(id, "Delegation"))
        if row is None:
            return None
        return Delegation.of(row, context.actor, await context.city(), context.locale)

    @query(Need.STAFF)
    async def stand_in_desk(self, info: Info) -> StandInDesk:
        """What one needs to go away in good order."""
        actor, city = info.context.actor, await info.context.city()
        assert actor.person is not None, "staff have signed in"
        headed = await queries.headed_by(actor.person)
        return StandInDesk(
            heads=[Opd.of(city.opds[code]) for code in headed if code in city.opds],
            names_for_all=policy.is_secretary(actor) or policy.is_mayor(actor),
            absences=await absences_of(info),
        )

    @query(Need.STAFF)
    async def stand_in_candidates(
        self, info: Info, opd_code: str, starts_at: datetime, ends_at: datetime
    ) -> list[StandInCandidate]:
        """Who may stand in for a department's head between two moments: its own deputies first."""
        found = await queries.candidates(opd_code, in_city(starts_at), in_city(ends_at))
        return [StandInCandidate.of(c, opd_code) for c in found]
