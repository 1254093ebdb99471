"""How far the work itself is: milestones with photos and places, public; recorded by the department's officers."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications import uploads
from backend.core import clock
from backend.core.problems import Conflict, FieldFault, InvalidInput
from backend.progress import actions, queries
from backend.progress.actions import STALE, Seen
from backend.progress.models import MilestonePhoto as Photo
from backend.progress.policy import may_record
from backend.progress.queries import Shown
from backend.progress.rules import SHARES, Located, Place, Step
from schema.applications.inputs import PageInput
from schema.context import Info
from schema.fields import input_type, mutation, object_type, query
from schema.ids import encode, uuid_of
from schema.permissions import Need
from schema.places import Kelurahan
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.BUDGET)
@object_type
class MilestonePhoto:
    """A photo of the work, without the place it was taken at."""

    url: str
    """Where it is for five minutes."""
    sha256: str
    """Of its bytes."""


@scoped(Scope.BUDGET)
@object_type
class Milestone:
    """One step of the work under a sub-activity."""

    id: strawberry.ID
    """For saveMilestone and removeMilestone."""
    version: int
    """To act on it."""
    code: str
    """Its sub-activity."""
    name: str
    """What is to be done."""
    text: str
    """What there is to say of it."""
    planned_on: date
    """The day it is planned for."""
    done_on: date | None
    """The day it was done; null before."""
    percent: int
    """How far it is, 0 to 100."""
    late: bool
    """Its day went by and it is not done."""
    photos: list[MilestonePhoto]
    """At most 8, the oldest first."""

    @staticmethod
    def of(row: Shown, photos: list[Photo], info: Info) -> "Milestone":
        tickets = info.context.parts.tickets
        return Milestone(
            id=encode("Milestone", row.id),
            version=row.version,
            code=row.code,
            name=row.name,
            text=row.text,
            planned_on=row.planned_on,
            done_on=row.done_on,
            percent=row.percent,
            late=row.is_late(clock.today()),
            photos=[
                MilestonePhoto(
                    url=uploads.download(tickets, p.key, p.media_type, p.sha256, f"foto-{p.sha256[:8]}").url,
                    sha256=p.sha256,
                )
                for p in photos
            ],
        )


@scoped(Scope.BUDGET)
@object_type
class ProgressPlace:
    """A kelurahan that a sub-activity is for."""

    kelurahan: Kelurahan
    """Where."""
    share: Decimal | None
    """Of its money, in percent; null where that is not known."""


@scoped(Scope.BUDGET)
@object_type
class BudgetProgress:
    """How far the work of a place of the budget is; the money is `budgetPlace`."""

    milestones: list[Milestone]
    """Of the place and what lies below it, by the day they are planned for; at most 200."""
    places: list[ProgressPlace]
    """The kelurahan of a sub-activity."""
    may_record: bool
    """The asking person records it: staff of the OPD, for a sub-activity."""


def _percent(text: str | None) -> Decimal | None:
    """A share as it was typed; InvalidInput for what is no number of at most two digits after the point."""
    if text is None:
        return None
    try:
        share = Decimal(text.replace(",", "."))
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite() or share != round(share, 2):
        raise InvalidInput(FieldFault("places", SHARES))
    return share


async def _progress(info: Info, place: Place) -> BudgetProgress:
    rows = await queries.milestones(place.year, place.opd, place.code)
    photos = await queries.photos([row.id for row in rows])
    known = (await info.context.city()).places
    return BudgetProgress(
        milestones=[Milestone.of(row, photos[row.id], info) for row in rows],
        places=[
            ProgressPlace(kelurahan=Kelurahan.of(known[one.kelurahan]), share=one.share)
            for one in await queries.where(place.year, place.opd, place.code)
            if one.kelurahan in known
        ],
        may_record=len(place.code) > 12 and may_record(info.context.actor, place.opd),
    )


@scoped(Scope.BUDGET)
@strawberry.type
class ProgressQuery:
    """Physical progress."""

    @query(Need.NOTHING)
    async def budget_progress(self, info: Info, year: int, opd: str, code: str) -> BudgetProgress:
        """How far the work of a programme, activity or sub-activity is."""
        return await _progress(info, Place(year, opd, code))


@input_type
class SaveMilestoneInput:
    """A step that is planned, or what became of it."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    year: int
    """The fiscal year."""
    opd: str
    """Whose sub-activity."""
    code: str
    """The sub-activity."""
    milestone_id: strawberry.ID | None = None
    """The step; left out for a new one."""
    version: int | None = None
    """The version that was seen; left out for a new one."""
    name: str
    """What is to be done, 3 to 160 letters."""
    planned_on: date
    """The day it is planned for."""
    percent: int
    """How far it is, 0 to 100."""
    done_on: date | None = None
    """The day it was done, with 100 percent."""
    text: str = ""
    """What there is to say of it, at most 2,000 letters."""
    documents: list[PageInput] = strawberry.field(default_factory=list)
    """Photos to add, by their uploads; at most 8 in all."""

    @property
    def step(self) -> Step:
        return Step(self.name, self.planned_on, self.percent, self.done_on, self.text)

    @property
    def photos(self) -> list[UUID]:
        return [uuid_of(page.upload_id, "Upload") for page in self.documents if page.upload_id]


@input_type
class RemoveMilestoneInput:
    """A step that is taken away."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    milestone_id: strawberry.ID
    """The step."""
    version: int
    """The version that was seen."""


@input_type
class ProgressPlaceInput:
    """A kelurahan that a sub-activity is for."""

    kelurahan: str
    """Code, such as 35.73.01.1001."""
    share: str | None = None
    """Of the money in percent, as 12.5; for all of them, or none."""


@input_type
class LocateBudgetInput:
    """Where in the city a sub-activity is."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    year: int
    """The fiscal year."""
    opd: str
    """Whose sub-activity."""
    code: str
    """The sub-activity."""
    places: list[ProgressPlaceInput]
    """At most 57; they stand for those named before."""


@scoped(Scope.OFFICE)
@object_type
class ProgressChanged:
    """The progress as it stands now."""

    progress: BudgetProgress
    """Of the sub-activity."""


SaveMilestoneResult = Annotated[ProgressChanged | Refusal, strawberry.union("SaveMilestoneResult")]
RemoveMilestoneResult = Annotated[ProgressChanged | Refusal, strawberry.union("RemoveMilestoneResult")]
LocateBudgetResult = Annotated[ProgressChanged | Refusal, strawberry.union("LocateBudgetResult")]


async def _of_milestone(info: Info, milestone: UUID) -> ProgressChanged:
    row = await queries.one(milestone)
    assert row is not None, "who acted on it may see it"
    return ProgressChanged(progress=await _progress(info, Place(row.year, row.opd, row.code)))


@scoped(Scope.OFFICE)
@strawberry.type
class ProgressMutation:
    """Recording progress."""

    @mutation
    async def save_milestone(self, info: Info, input: SaveMilestoneInput) -> SaveMilestoneResult:
        """Plan a step of the work, or say how far it is."""
        actor, key = info.context.actor, input.idempotency_key
        if input.milestone_id is None:
            made = await actions.plan(
                actor, key, Place(input.year, input.opd, input.code), input.step, input.photos
            )
        else:
            if input.version is None:
                raise Conflict("stale_version", STALE)
            seen = Seen(uuid_of(input.milestone_id, "Milestone"), input.version)
            made = await actions.change(actor, key, seen, input.step, input.photos)
        return await _of_milestone(info, made)

    @mutation
    async def remove_milestone(self, info: Info, input: RemoveMilestoneInput) -> RemoveMilestoneResult:
        """Take a step away; that it was there stays recorded."""
        seen = Seen(uuid_of(input.milestone_id, "Milestone"), input.version)
        gone = await actions.remove(info.context.actor, input.idempotency_key, seen)
        return await _of_milestone(info, gone)

    @mutation
    async def locate_budget(self, info: Info, input: LocateBudgetInput) -> LocateBudgetResult:
        """Say which kelurahan a sub-activity is for."""
        place = Place(input.year, input.opd, input.code)
        given = [Located(one.kelurahan, _percent(one.share)) for one in input.places]
        await actions.locate(info.context.actor, input.idempotency_key, place, given)
        return ProgressChanged(progress=await _progress(info, place))
