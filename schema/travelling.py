"""Asking for official trips, approving and reporting them, as the API takes it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from backend.travel import actions, queries
from backend.travel.actions import Ask, Meanwhile
from backend.travel.rules import Cost, Kind, Wish
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.ids import uuid_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped
from schema.standing_in import StandInInput, rupiah_of
from schema.standins import in_city
from schema.travel import Trip


@input_type
class RequestTripInput:
    """A trip that is asked for."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    purpose: str
    """What for, 10 to 300 letters."""
    place: str
    """Where to."""
    region: str
    """One of `travelRegions`."""
    kind: Kind
    """Out of town, in town, training."""
    transport: str
    """By what."""
    starts_at: datetime
    """From when."""
    ends_at: datetime
    """Until when."""
    other: str
    """What transport and lodging may cost, in whole rupiah."""
    budget_code: str
    """The budget line it is charged to."""

    def wish(self) -> Wish:
        return Wish(
            purpose=self.purpose,
            place=self.place,
            region=self.region,
            kind=self.kind,
            transport=self.transport,
            starts_at=in_city(self.starts_at),
            ends_at=in_city(self.ends_at),
            other=rupiah_of(self.other, "other") or Decimal(0),
            budget_code=self.budget_code,
        )


@input_type
class TripActionInput:
    """An act on a trip as it was seen."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    trip_id: strawberry.ID
    """Which trip."""
    version: int
    """The version that was seen."""

    def ask(self) -> Ask:
        return Ask(uuid_of(self.trip_id, "Trip"), self.version, self.idempotency_key)


@input_type
class CancelTripInput(TripActionInput):
    """A trip that is not made, or over early."""


@input_type
class ApproveTripInput(TripActionInput):
    """A trip to be approved."""

    stand_in: StandInInput | None = None
    """Who stands in for a head who travels."""
    without_stand_in: bool = False
    """Nobody stands in yet; the regional secretary is told."""


@input_type
class RefuseTripInput(TripActionInput):
    """A trip to be refused."""

    reason: str
    """Why, 10 to 600 letters."""


@input_type
class TripCostInput:
    """One cost."""

    what: str
    """What for."""
    amount: str
    """Whole rupiah."""


@input_type
class ReportTripInput(TripActionInput):
    """What was done, and what it cost."""

    report: str
    """20 to 2,000 letters."""
    costs: list[TripCostInput]
    """At most 50; their sum is within the ceiling."""

    def spent(self) -> list[Cost]:
        return [
            Cost(c.what, rupiah_of(c.amount, f"costs.{n}") or Decimal(0))
            for n, c in enumerate(self.costs[:51])
        ]


@scoped(Scope.OFFICE)
@object_type
class TripChanged:
    """The trip as it stands now."""

    trip: Trip
    """With its new version."""


RequestTripResult = Annotated[TripChanged | Refusal, strawberry.union("RequestTripResult")]
ApproveTripResult = Annotated[TripChanged | Refusal, strawberry.union("ApproveTripResult")]
RefuseTripResult = Annotated[TripChanged | Refusal, strawberry.union("RefuseTripResult")]
CancelTripResult = Annotated[TripChanged | Refusal, strawberry.union("CancelTripResult")]
ReportTripResult = Annotated[TripChanged | Refusal, strawberry.union("ReportTripResult")]


async def _changed(info: Info, trip: UUID) -> TripChanged:
    row = await queries.by_id(info.context.actor, trip)
    assert row is not None, "who acted on it may see it"
    return TripChanged(trip=await Trip.of(row, info.context.actor, info))


@scoped(Scope.OFFICE)
@strawberry.type
class TravelMutation:
    """Asking for trips, deciding, reporting."""

    @mutation
    async def request_trip(self, info: Info, input: RequestTripInput) -> RequestTripResult:
        """Ask for an assignment order."""
        made = await actions.request(info.context.actor, input.idempotency_key, input.wish())
        return await _changed(info, made)

    @mutation
    async def approve_trip(self, info: Info, input: ApproveTripInput) -> ApproveTripResult:
        """Approve a trip; for a head who travels, with a stand-in or the word that there is none."""
        given = input.stand_in.given() if input.stand_in else None
        meanwhile = Meanwhile(given, input.without_stand_in)
        context = info.context
        return await _changed(
            info, await actions.approve(context.actor, input.ask(), meanwhile, context.parts.keyring)
        )

    @mutation
    async def refuse_trip(self, info: Info, input: RefuseTripInput) -> RefuseTripResult:
        """Refuse a trip with a reason."""
        return await _changed(info, await actions.refuse(info.context.actor, input.ask(), input.reason))

    @mutation
    async def cancel_trip(self, info: Info, input: CancelTripInput) -> CancelTripResult:
        """Not go, or be back early: the absence and its stand-in end."""
        return await _changed(info, await actions.cancel(info.context.actor, input.ask()))

    @mutation
    async def report_trip(self, info: Info, input: ReportTripInput) -> ReportTripResult:
        """Say what was done and what it cost."""
        made = await actions.report(info.context.actor, input.ask(), input.report, input.spent())
        return await _changed(info, made)
