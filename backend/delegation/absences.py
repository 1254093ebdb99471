"""Going away and coming back: each once for its key, with its event, and with the stand-ins that go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor, Capacity
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import InvalidInput, NotAllowed, NotFound
from backend.delegation import policy, queries, rules
from backend.delegation.actions import Draw, Known, end, stand
from backend.delegation.events import ABSENCE, AbsenceKind
from backend.delegation.models import Absence, Delegation
from backend.delegation.rules import Paper, Reason, Wanted
from backend.identity.policy import require_signed_in

LEAVES = ("leave", "sick")


@dataclass(frozen=True)
class Leave:
    """A stretch in which somebody is away. `kind`: leave, sick, or trip (with the trip's id)."""

    person: UUID
    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    trip: UUID | None = None


@dataclass(frozen=True)
class StandIn:
    """Who is to act meanwhile, by an order that Lugas draws, or by one that was issued on `paper`."""

    receiver: UUID
    paper: Paper | None = None


@dataclass(frozen=True)
class Away:
    """A stretch in which the actor is away (`kind`: leave or sick), and who stands in, if that is known yet."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    stand_in: StandIn | None = None


async def go_away(actor: Actor, key: UUID, away: Away, known: Known, draw: Draw) -> UUID:
    """Record the own leave or illness, and the plh of the own head posts with it. Returns the absence's id.

    A head who names nobody may go all the same; the regional secretary is told at once.
    """
    person = require_signed_in(actor)

    async def act() -> UUID:
        if not actor.posts:
            raise NotAllowed("not_staff", policy.NOT_YOURS)
        if away.kind not in LEAVES:
            raise InvalidInput.at("kind", "Pilih cuti atau sakit.", "Choose leave or illness.")
        _require_stretch(away.starts_at, away.ends_at)
        leave = Leave(person, actor.name, away.kind, away.starts_at, away.ends_at)
        headed = await queries.headed_by(person)
        for opd in headed if away.stand_in else ():
            await stand(actor, _plh(opd, away, away.stand_in), known, draw)
        return (await absent(actor, leave, unattended=() if away.stand_in else headed)).id

    body = [str(getattr(away, part.name)) for part in fields(away)]
    return UUID((await once(Command(actor.scope, key, "go_away", body), act)).result)


def _plh(opd: str, away: Away, given: StandIn | None) -> Wanted:
    assert given is not None, "asked only where a stand-in was named"
    return Wanted(
        kind=Capacity.PLH,
        opd=opd,
        receiver=given.receiver,
        paper=given.paper,
        starts_at=away.starts_at,
        ends_at=away.ends_at,
        reason=Reason(away.kind),
    )


def _require_stretch(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise InvalidInput.at(
            "endsAt", "Kembali harus sesudah pergi.", "The return must come after the start."
        )
    if ends_at <= clock.now():
        raise InvalidInput.at("endsAt", "Tanggal kembali sudah lewat.", "The return is past already.")
    if ends_at - starts_at > rules.LONGEST:
        raise InvalidInput.at("endsAt", "Paling lama satu tahun.", "One year at most.")


async def absent(actor: Actor, leave: Leave, *, unattended: Sequence[str] = ()) -> Absence:
    """Write down that somebody is away, in the caller's transaction.

    `unattended` are the offices they head for which nobody stands in yet: the one who names stand-ins is asked to.
    """
    row = await Absence.create(
        id=uuid7(),
        person_id=leave.person,
        person_name=leave.name,
        kind=leave.kind,
        starts_at=leave.starts_at,
        ends_at=leave.ends_at,
        stops_at=leave.ends_at,
        trip_id=leave.trip,
        created_at=clock.now(),
    )
    await _record_absence(actor, row, AbsenceKind.RECORDED, unattended)
    return row


async def come_back(actor: Actor, key: UUID, absence: UUID) -> UUID:
    """Be back early: the own absence ends, and with it the stand-ins (plh) of the own posts."""
    person = require_signed_in(actor)

    async def act() -> UUID:
        row = await Absence.filter(id=absence, person_id=person).select_for_update().get_or_none()
        if row is None:
            raise NotFound
        await returned(actor, row)
        for post in actor.posts:
            await _take_back(actor, post.opd)
        return row.id

    return UUID((await once(Command(actor.scope, key, "come_back", str(absence)), act)).result)


async def returned(actor: Actor, row: Absence) -> None:
    """Somebody is back at this moment; nothing to do if they were back already."""
    now = clock.now()
    if row.stops_at <= now:
        return
    row.stops_at = max(row.starts_at, now)
    row.version += 1
    await row.save()
    await _record_absence(actor, row, AbsenceKind.ENDED)


async def _take_back(actor: Actor, opd: str) -> None:
    own = Delegation.filter(opd=opd, giver_id=actor.person, kind=Capacity.PLH, stops_at__gt=clock.now())
    for row in await own.order_by("id").select_for_update():
        await end(actor, row)


async def _record_absence(
    actor: Actor, row: Absence, kind: AbsenceKind, unattended: Sequence[str] = ()
) -> None:
    data: dict[str, object] = {
        "away": row.kind,
        "starts": row.starts_at.isoformat(),
        "ends": row.stops_at.isoformat(),
    }
    if unattended:
        data |= {"opd": unattended[0], "person": row.person_name}
    await record(Event(kind, ABSENCE, row.id, row.version, data), actor, silent=not unattended)
