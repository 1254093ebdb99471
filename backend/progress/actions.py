"""Recording how far the work is: milestones with photos, and the kelurahan it is for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from tortoise.connection import get_connection

from backend.applications.models import Upload
from backend.budget import exploring
from backend.budget.events import PLACE, PlaceKind
from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import next_seq, record
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotFound, NotNow
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.progress.models import BudgetLocation, Milestone, MilestonePhoto
from backend.progress.policy import require_record
from backend.progress.rules import (
    MILESTONES_MOST,
    PHOTOS_MOST,
    Located,
    Place,
    Step,
    read_located,
    read_place,
    read_step,
)
from backend.services.reference import reference

UNKNOWN = Text("Tahap ini tidak ditemukan.", "There is no such step.")
NO_PLACE = Text("Subkegiatan ini tidak ada di anggaran tahun itu.", "No such sub-activity in that budget.")
STALE = Text("Tahap ini baru saja diubah orang lain.", "Someone else has just changed this step.")
TOO_MANY = Text("Paling banyak 60 tahap per subkegiatan.", "At most 60 steps a sub-activity.")
TOO_MANY_PHOTOS = Text("Paling banyak 8 foto per tahap.", "At most 8 photos a step.")
PHOTO_GONE = Text("Foto ini tidak ada lagi. Pilih lagi.", "This photo is gone. Choose it again.")
NO_KELURAHAN = Text("Kelurahan ini tidak dikenal.", "There is no such kelurahan.")
PHOTO_TYPES = ("image/jpeg", "image/png")


@dataclass(frozen=True)
class Seen:
    """A milestone as it was seen, to act on it."""

    milestone: UUID
    version: int


async def plan(actor: Actor, key: UUID, place: Place, step: Step, photos: Sequence[UUID] = ()) -> UUID:
    """Add a milestone to a sub-activity. Its id.

    Raises NotAllowed, InvalidInput, NotFound for a place that no budget has, NotNow past 60 of one place.
    """
    person = require_signed_in(actor)
    require_record(actor, place.opd)
    read_place(place)
    said = read_step(step, place.year, clock.today())

    async def act() -> UUID:
        name = await _name(place)
        await _alone(place)
        there = Milestone.filter(year=place.year, opd=place.opd, code=place.code, removed=False)
        if await there.count() >= MILESTONES_MOST:
            raise NotNow("too_many_milestones", TOO_MANY)
        who: dict[str, Any] = {"person_id": person, "person_name": actor.name, "at": clock.now()}
        row = await Milestone.create(id=uuid7(), version=1, **asdict(place), **asdict(said), **who)
        await _take(row, person, photos)
        kind = PlaceKind.MILESTONE_DONE if said.done_on else PlaceKind.MILESTONE_PLANNED
        await _tell(actor, place, kind, name, row)
        return row.id

    body = [*map(str, asdict(place).values()), *map(str, asdict(said).values()), *map(str, photos)]
    return UUID((await once(Command(actor.scope, key, "plan_milestone", body), act)).result)


async def change(actor: Actor, key: UUID, seen: Seen, step: Step, photos: Sequence[UUID] = ()) -> UUID:
    """Say anew how far a milestone is. NotAllowed, InvalidInput, NotFound, Conflict("stale_version")."""
    person = require_signed_in(actor)

    async def act() -> UUID:
        row = await _locked(actor, seen)
        place = Place(row.year, row.opd, row.code)
        said = read_step(step, row.year, clock.today())
        was_done = row.done_on is not None
        await row.update_from_dict(asdict(said) | {"version": row.version + 1}).save()
        await _take(row, person, photos)
        kind = PlaceKind.MILESTONE_DONE if said.done_on and not was_done else PlaceKind.MILESTONE_MOVED
        await _tell(actor, place, kind, await _name(place), row)
        return row.id

    body = [str(seen.milestone), seen.version, *map(str, asdict(step).values()), *map(str, photos)]
    return UUID((await once(Command(actor.scope, key, "change_milestone", body), act)).result)


async def remove(actor: Actor, key: UUID, seen: Seen) -> UUID:
    """Take a milestone off the screens; its events stay. NotAllowed, NotFound, Conflict("stale_version")."""
    require_signed_in(actor)

    async def act() -> UUID:
        row = await _locked(actor, seen)
        row.removed, row.version = True, row.version + 1
        await row.save(update_fields=["removed", "version"])
        place = Place(row.year, row.opd, row.code)
        await _tell(actor, place, PlaceKind.MILESTONE_REMOVED, await _name(place), row)
        return row.id

    body = [str(seen.milestone), seen.version]
    return UUID((await once(Command(actor.scope, key, "remove_milestone", body), act)).result)


async def locate(actor: Actor, key: UUID, place: Place, places: Sequence[Located]) -> None:
    """Say which kelurahan a sub-activity is for; the new list stands for the old. NotAllowed, InvalidInput, NotFound."""
    require_signed_in(actor)
    require_record(actor, place.opd)
    read_place(place)
    known = (await reference()).places
    if any(one.kelurahan not in known for one in read_located(places)):
        raise InvalidInput(FieldFault("places", NO_KELURAHAN))

    async def act() -> str:
        name = await _name(place)
        await _alone(place)
        await BudgetLocation.filter(**asdict(place)).delete()
        await BudgetLocation.bulk_create([BudgetLocation(**asdict(place), **asdict(one)) for one in places])
        await _tell(actor, place, PlaceKind.LOCATED, name)
        return place.code

    body = [*map(str, asdict(place).values()), *(f"{p.kelurahan} {p.share}" for p in places)]
    await once(Command(actor.scope, key, "locate_place", body), act)


async def _name(place: Place) -> str:
    """What the sub-activity is called in the stage that counts, or the newest one; NotFound where none has it."""
    stage = await exploring.standing(place.year)
    spot = await exploring.spot(stage, place.opd, place.code) if stage else None
    if spot is None:
        raise NotFound(NO_PLACE)
    return await exploring.name_of(spot)


async def _locked(actor: Actor, seen: Seen) -> Milestone:
    row = await Milestone.filter(id=seen.milestone, removed=False).select_for_update().get_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    require_record(actor, row.opd)
    if row.version != seen.version:
        raise Conflict("stale_version", STALE, version=row.version)
    await _alone(Place(row.year, row.opd, row.code))
    return row


async def _take(row: Milestone, person: UUID, photos: Sequence[UUID]) -> None:
    """Take photos into use; they lost the place they were taken at when they arrived (uploads.confirm)."""
    if not photos:
        return
    free = Upload.filter(id__in=list(photos), person_id=person, stored=True, taken=False)
    uploads = {u.id: u for u in await free.select_for_update().order_by("id") if u.media_type in PHOTO_TYPES}
    if any(photo not in uploads for photo in photos):
        raise InvalidInput(FieldFault("documents", PHOTO_GONE), code="upload_missing")
    if await MilestonePhoto.filter(milestone_id=row.id).count() + len(uploads) > PHOTOS_MOST:
        raise InvalidInput(FieldFault("documents", TOO_MANY_PHOTOS))
    for upload in uploads.values():
        await MilestonePhoto.create(
            id=uuid7(),
            milestone_id=row.id,
            upload_id=upload.id,
            key=upload.key,
            sha256=upload.sha256,
            size=upload.size,
            media_type=upload.media_type,
            at=clock.now(),
        )
    await Upload.filter(id__in=list(uploads)).update(taken=True)


def subject_of(place: Place) -> UUID:
    """The id under which events of a place are recorded."""
    return uuid5(NAMESPACE_URL, f"budget/{place.year}/{place.opd}/{place.code}")


async def _alone(place: Place) -> None:
    """Until the transaction ends nobody else records anything about this place."""
    await get_connection("default").execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [str(subject_of(place))]
    )


async def _tell(actor: Actor, place: Place, kind: PlaceKind, name: str, row: Milestone | None = None) -> None:
    subject = subject_of(place)
    where = await BudgetLocation.filter(**asdict(place)).order_by("kelurahan")
    data: dict[str, object] = asdict(place) | {"name": name, "kelurahan": [w.kelurahan for w in where]}
    if row is not None:
        done = row.done_on.isoformat() if row.done_on else ""
        data |= {"milestone": row.name, "milestone_id": str(row.id), "percent": row.percent, "due": done}
    event = Event(kind, PLACE, subject, await next_seq(PLACE, subject), data)
    await record(event, actor, office=place.opd)
