"""Official trips as the API says them: asked for, approved, signed, reported."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from backend.core.actors import Actor
from backend.core.pages import Window
from backend.core.reads import Row
from backend.travel import orders, policy, queries
from backend.travel.rules import Kind, State
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.ids import Node, encode, uuid_of
from schema.orders import OrderLetter
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.services import Opd

strawberry.enum(Kind, name="TripKind", description="Out of town, in town, or a training.")


strawberry.enum(State, name="TripState", description="How far a trip is.")


@strawberry.enum(description="Which trips.")
class TripFilter(StrEnum):
    MINE = "mine"
    TO_APPROVE = "to_approve"
    ALL = "all"


@scoped(Scope.OFFICE)
@object_type
class TripCost:
    """One cost of a trip."""

    what: str
    """What for."""
    amount: str
    """Rupiah."""


@scoped(Scope.OFFICE)
@object_type
class Trip(Node):
    """An official trip. Amounts are in rupiah, as text."""

    version: int
    """To act on it."""
    state: State
    """How far it is."""
    traveller: str
    """Who travels."""
    traveller_title: str
    """In which post."""
    mine: bool
    """The asking person travels."""
    may_approve: bool
    """The asking person decides on it."""
    head_travels: bool
    """A head travels: a stand-in is asked for."""
    opd: Opd
    """The department."""
    purpose: str
    """What for."""
    place: str
    """Where to."""
    region: str
    """Key of the region whose day rate counts."""
    kind: Kind
    """Out of town, in town, training."""
    transport: str
    """By what."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when."""
    days: int
    """Calendar days, both ends counted."""
    daily: str
    """Day rate."""
    representation: str
    """Representation a day."""
    other: str
    """What transport and lodging may cost."""
    ceiling: str
    """The most it may cost in all."""
    budget_code: str
    """The budget line it is charged to."""
    reason: str
    """Why it was refused."""
    report_due: date | None
    """The report is due that day: five working days after the return."""
    report: str
    """What was done."""
    costs: list[TripCost]
    """What it cost."""
    cost_total: str | None
    """Their sum."""
    row: strawberry.Private[Row]

    @field
    async def letters(self) -> list[OrderLetter]:
        """The order and the sheet, once it is approved."""
        return [OrderLetter.of(r) for r in await orders.letters_of(self.row.id)]

    @staticmethod
    async def of(row: Row, actor: Actor, info: Info) -> "Trip":
        mine = actor.person == row.person_id
        city = await info.context.city()
        return Trip(
            id=encode("Trip", row.id),
            row=row,
            version=row.version,
            state=State(row.state),
            traveller=row.person_name,
            traveller_title=row.person_title,
            mine=mine,
            may_approve=not mine and policy.approving_post(actor, row.signs_for) is not None,
            head_travels=row.level <= 2,
            opd=Opd.of(city.opds[row.opd]),
            purpose=row.purpose,
            place=row.place,
            region=row.region,
            kind=Kind(row.kind),
            transport=row.transport,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            days=row.days,
            daily=whole(row.daily),
            representation=whole(row.representation),
            other=whole(row.other),
            ceiling=whole(row.ceiling),
            budget_code=row.budget_code,
            reason=row.reason,
            report_due=row.report_due,
            report=row.report,
            costs=[TripCost(what=c["what"], amount=c["amount"]) for c in row.costs or ()],
            cost_total=None if row.cost_total is None else whole(row.cost_total),
        )


def whole(amount: Decimal) -> str:
    """Rupiah as plain digits, without cents that are none."""
    return str(int(amount)) if amount == int(amount) else str(amount)


@scoped(Scope.OFFICE)
@object_type
class TripEdge:
    """A trip in a list."""

    cursor: str
    """Where it stands."""
    node: Trip
    """The trip."""


@scoped(Scope.OFFICE)
@object_type
class TripConnection:
    """A page of trips."""

    edges: list[TripEdge]
    """The last asked for first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.CATALOGUE)
@object_type
class TravelRegion:
    """What a day away is worth in a region, in whole rupiah."""

    code: str
    """Key."""
    name: str
    """The province."""
    out_of_town: int
    """Out of town."""
    in_town: int
    """In town, over 8 hours."""
    training: int
    """At a training."""


@scoped(Scope.OFFICE, travel_regions=Scope.CATALOGUE)
@strawberry.type
class TravelQuery:
    """Official trips."""

    @query(Need.NOTHING)
    async def travel_regions(self, info: Info) -> list[TravelRegion]:
        """The day rates by region; public."""
        return [
            TravelRegion(
                code=r.code, name=r.name, out_of_town=r.out_of_town, in_town=r.in_town, training=r.training
            )
            for r in (await queries.rates()).values()
        ]

    @query(Need.STAFF)
    async def trips(
        self, info: Info, filter: TripFilter = TripFilter.MINE, first: int = 20, after: str | None = None
    ) -> TripConnection:
        """One's own trips, those that wait for one's decision, or all that one may see."""
        actor = info.context.actor
        page = await queries.visible_to(actor, filter.value, Window.of(first, after))
        edges = [
            TripEdge(cursor=c, node=await Trip.of(row, actor, info))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return TripConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    @query(Need.STAFF)
    async def trip(self, info: Info, id: strawberry.ID) -> Trip | None:
        """One trip; null when it is absent or not visible."""
        actor = info.context.actor
        row = await queries.by_id(actor, uuid_of(id, "Trip"))
        return await Trip.of(row, actor, info) if row is not None else None
