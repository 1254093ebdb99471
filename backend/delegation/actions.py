"""Naming a stand-in and ending it, going away and coming back: each once for its key, with its event."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend.core import clock
from backend.core.actors import Actor, Capacity
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import Conflict, InvalidInput, NotAllowed, NotFound
from backend.core.texts import Text
from backend.database import transaction
from backend.delegation import policy, queries, rules
from backend.delegation.events import ABSENCE, SUBJECT, AbsenceKind, DelegationKind
from backend.delegation.models import Absence, Delegation
from backend.delegation.queries import Candidate
from backend.delegation.rules import Official, Reason, Surroundings, Wanted
from backend.identity.policy import require_signed_in

YEAR_BACK = timedelta(days=366)
LEAVES = ("leave", "sick")
UNKNOWN = Text("Pelimpahan ini tidak ditemukan.", "There is no such delegation.")
CHANGED = Text("Pelimpahan ini sudah berubah. Buka lagi.", "This delegation has changed. Open it again.")
NO_POST = Text("Dinas ini belum punya jabatan kepala di sini.", "This department has no post of head here.")


@dataclass(frozen=True)
class Known:
    """What the catalogue knows of services: all codes, and those whose letters nobody may pass on."""

    services: frozenset[str]
    strategic: frozenset[str]


async def grant(actor: Actor, key: UUID, wanted: Wanted, known: Known) -> UUID:
    """Name a stand-in by a written order; returns the delegation's id.

    Raises NotAllowed, InvalidInput with every fault, Conflict("overlap").
    """
    require_signed_in(actor)

    async def act() -> UUID:
        holder = await queries.holder_of(wanted.opd)
        policy.require_grant(actor, wanted.kind, wanted.opd, holder[0] if holder else None)
        return await _stand(actor, wanted, known, holder)

    return UUID((await once(Command(actor.scope, key, "grant_delegation", _body(wanted)), act)).result)


async def stand(actor: Actor, wanted: Wanted, known: Known) -> UUID:
    """Name a stand-in inside another act, whose policy has decided that the actor may."""
    return await _stand(actor, wanted, known, await queries.holder_of(wanted.opd))


def _body(wanted: Wanted) -> object:
    return [str(getattr(wanted, part.name)) for part in fields(wanted)]


async def _stand(
    actor: Actor, wanted: Wanted, known: Known, holder: tuple[UUID, str, str, str] | None
) -> UUID:
    receiver = await queries.official(wanted.receiver, wanted.opd)
    around = await _around(wanted, known, holder[0] if holder else None, receiver)
    rules.require(wanted, around)
    assert receiver is not None, "the rules refuse a delegation without a receiver"
    post_title = holder[2] if holder else await queries.head_title(wanted.opd)
    if post_title is None:
        raise InvalidInput.at("opdCode", NO_POST.id, NO_POST.en)
    row = _row(actor, wanted, receiver, post_title, holder)
    row.title = await _title(wanted, receiver, post_title)
    try:
        async with transaction():
            await row.save(force_create=True)
    except IntegrityError:
        # The exclusion constraint decides between two who name a stand-in at the same moment.
        raise Conflict("overlap", rules.OVERLAP) from None
    await _record(actor, row, DelegationKind.GRANTED)
    return row.id


async def _around(
    wanted: Wanted, known: Known, holder: UUID | None, receiver: Candidate | None
) -> Surroundings:
    now = clock.now()
    official: Official | None = None
    if receiver is not None:
        official = queries.as_official(receiver, await queries.offices_of(receiver.person))
    return Surroundings(
        now=now,
        holder=holder,
        receiver=official,
        others=await queries.spans_of(wanted.opd, min(now, wanted.starts_at) - YEAR_BACK),
        away=await queries.away(wanted.receiver, now),
        strategic=known.strategic,
        known_services=known.services,
    )


def _row(
    actor: Actor,
    wanted: Wanted,
    receiver: Candidate,
    post_title: str,
    holder: tuple[UUID, str, str, str] | None,
) -> Delegation:
    return Delegation(
        id=uuid7(),
        kind=wanted.kind,
        opd=wanted.opd,
        post_title=post_title,
        giver_id=holder[0] if holder else None,
        giver_name=holder[1] if holder else actor.name,
        receiver_id=receiver.person,
        receiver_name=receiver.name,
        receiver_rank=receiver.rank,
        receiver_nip=receiver.nip,
        receiver_level=receiver.level,
        letter_number=wanted.letter_number.strip(),
        letter_date=wanted.letter_date,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        stops_at=wanted.ends_at,
        services=list(wanted.services) or None,
        most=wanted.most,
        reason=wanted.reason,
        trip_id=wanted.trip,
        parent_id=wanted.parent,
        created_at=clock.now(),
    )


async def _title(wanted: Wanted, receiver: Candidate, post_title: str) -> str:
    an_title = ""
    if wanted.parent is not None:
        parent = await Delegation.get(id=wanted.parent)
        an_title = parent.title.partition(", ")[2]
    return rules.title_of(wanted.kind, post_title, receiver.title, an_title)[:200]


def facts(row: Delegation) -> dict[str, object]:
    """What every event of a delegation says of it."""
    return {
        "opd": row.opd,
        "kind": row.kind,
        "title": row.title,
        "receiver": row.receiver_name,
        "starts": row.starts_at.isoformat(),
        "ends": row.stops_at.isoformat(),
        "letter_number": row.letter_number,
    }


async def _record(actor: Actor, row: Delegation, kind: DelegationKind) -> None:
    event = Event(kind, SUBJECT, row.id, row.version, facts(row))
    await record(event, actor, office="" if actor.is_system else row.opd)


async def revoke(actor: Actor, key: UUID, delegation: UUID, version: int) -> UUID:
    """End a delegation now, or before it begins; what rests on it (u.b.) ends with it."""
    require_signed_in(actor)

    async def act() -> UUID:
        row = await lock(actor, delegation)
        if not _may_end(actor, row):
            raise NotAllowed("not_yours", policy.NOT_YOURS)
        if row.version != version or row.stops_at <= clock.now():
            raise Conflict("stale_version", CHANGED, version=row.version)
        await end(actor, row)
        return row.id

    return UUID(
        (await once(Command(actor.scope, key, "revoke_delegation", [str(delegation), version]), act)).result
    )


def _may_end(actor: Actor, row: Delegation) -> bool:
    """Who could have named it, and the head who returns early."""
    return actor.person == row.giver_id or policy.may_grant(actor, Capacity(row.kind), row.opd, row.giver_id)


async def lock(actor: Actor, delegation: UUID) -> Delegation:
    """The delegation for update; NotFound when it is absent or not the actor's to see."""
    row = await Delegation.filter(id=delegation).select_for_update().get_or_none()
    if row is None or not policy.may_see(actor, row.opd, row.giver_id, row.receiver_id):
        raise NotFound(UNKNOWN)
    return row


async def end(actor: Actor, row: Delegation) -> None:
    """Close a delegation at this moment (or at its start, if it has not begun), with every u.b. under it."""
    now = clock.now()
    row.stops_at = max(row.starts_at, min(now, row.stops_at))
    row.revoked_at, row.revoked_by = now, actor.person
    row.version += 1
    await row.save()
    await _record(actor, row, DelegationKind.REVOKED)
    for child in await Delegation.filter(parent_id=row.id, stops_at__gt=now).select_for_update():
        await end(actor, child)


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
    """Who is to act meanwhile, by which written order."""

    receiver: UUID
    letter_number: str
    letter_date: date


@dataclass(frozen=True)
class Away:
    """A stretch in which the actor is away (`kind`: leave or sick), and who stands in, if that is known yet."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    stand_in: StandIn | None = None


async def go_away(actor: Actor, key: UUID, away: Away, known: Known) -> UUID:
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
            await _stand(actor, _plh(opd, away, away.stand_in), known, await queries.holder_of(opd))
        return (await absent(actor, leave, unattended=() if away.stand_in else headed)).id

    body = [str(getattr(away, part.name)) for part in fields(away)]
    return UUID((await once(Command(actor.scope, key, "go_away", body), act)).result)


def _plh(opd: str, away: Away, given: StandIn | None) -> Wanted:
    assert given is not None, "asked only where a stand-in was named"
    return Wanted(
        kind=Capacity.PLH,
        opd=opd,
        receiver=given.receiver,
        letter_number=given.letter_number,
        letter_date=given.letter_date,
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


async def end_of_trip(actor: Actor, trip: UUID) -> None:
    """End the stand-ins that were named for a trip which is not made, or is over early."""
    rows = Delegation.filter(trip_id=trip, stops_at__gt=clock.now())
    for row in await rows.order_by("id").select_for_update():
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
