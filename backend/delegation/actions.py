"""Naming a stand-in and ending it: each once for its key, with its event.

A delegation counts from the signature of its order, or at once where the order was issued on paper.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
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
from backend.delegation.events import SUBJECT, DelegationKind
from backend.delegation.models import Delegation
from backend.delegation.queries import Candidate
from backend.delegation.rules import Official, Reason, Surroundings, Wanted
from backend.identity.policy import require_signed_in

YEAR_BACK = timedelta(days=366)
UNKNOWN = Text("Pelimpahan ini tidak ditemukan.", "There is no such delegation.")
CHANGED = Text("Pelimpahan ini sudah berubah. Buka lagi.", "This delegation has changed. Open it again.")
NO_POST = Text("Dinas ini belum punya jabatan kepala di sini.", "This department has no post of head here.")


@dataclass(frozen=True)
class Known:
    """What the catalogue knows of services: all codes, and those whose letters nobody may pass on."""

    services: frozenset[str]
    strategic: frozenset[str]


# Draws the order of a delegation that the actor names, and gives it its number: backend.appointing, further up.
Draw = Callable[[Actor, Delegation], Awaitable[None]]


async def grant(actor: Actor, key: UUID, wanted: Wanted, known: Known, draw: Draw) -> UUID:
    """Name a stand-in by a written order; returns the delegation's id.

    The order is drawn and waits for the actor's signature, unless it was issued on paper.
    Raises NotAllowed, InvalidInput with every fault, Conflict("overlap").
    """
    require_signed_in(actor)

    async def act() -> UUID:
        holder = await queries.holder_of(wanted.opd)
        policy.require_grant(actor, wanted.kind, wanted.opd, holder[0] if holder else None)
        return await stand(actor, wanted, known, draw)

    return UUID((await once(Command(actor.scope, key, "grant_delegation", _body(wanted)), act)).result)


def _body(wanted: Wanted) -> object:
    return [str(getattr(wanted, part.name)) for part in fields(wanted)]


async def stand(actor: Actor, wanted: Wanted, known: Known, draw: Draw) -> UUID:
    """Name a stand-in inside another act, whose policy has decided that the actor may."""
    holder = await queries.holder_of(wanted.opd)
    receiver = await _require(actor, wanted, known, holder[0] if holder else None)
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
    if wanted.paper is None:
        await draw(actor, row)
    await _record(actor, row, DelegationKind.GRANTED if wanted.paper else DelegationKind.ASKED)
    return row.id


async def _require(actor: Actor, wanted: Wanted, known: Known, holder: UUID | None) -> Candidate:
    """The receiver of a delegation that may stand; InvalidInput or Conflict otherwise."""
    receiver = await queries.official(wanted.receiver, wanted.opd)
    now = clock.now()
    official: Official | None = None
    if receiver is not None:
        official = queries.as_official(receiver, await queries.offices_of(receiver.person))
    around = Surroundings(
        now=now,
        holder=holder,
        receiver=official,
        others=await queries.spans_of(wanted.opd, min(now, wanted.starts_at) - YEAR_BACK),
        away=await queries.away(wanted.receiver, now),
        strategic=known.strategic,
        known_services=known.services,
        giver=actor.person,
    )
    rules.require(wanted, around)
    assert receiver is not None, "the rules refuse a delegation without a receiver"
    return receiver


async def require_still(actor: Actor, row: Delegation, known: Known) -> None:
    """What was asked for may still stand, from now or from its start; Conflict("stale_version") when it is over."""
    now = clock.now()
    if row.signed_at is not None or row.stops_at <= now:
        raise Conflict("stale_version", CHANGED, version=row.version)
    wanted = Wanted(
        kind=Capacity(row.kind),
        opd=row.opd,
        receiver=row.receiver_id,
        paper=None,
        starts_at=max(row.starts_at, now),
        ends_at=row.ends_at,
        reason=Reason(row.reason),
        services=tuple(row.services or ()),
        most=row.most,
        parent=row.parent_id,
        trip=row.trip_id,
    )
    holder = await queries.holder_of(row.opd)
    await _require(actor, wanted, known, holder[0] if holder else None)


def _row(
    actor: Actor,
    wanted: Wanted,
    receiver: Candidate,
    post_title: str,
    holder: tuple[UUID, str, str, str] | None,
) -> Delegation:
    paper = wanted.paper
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
        letter_number=paper.number.strip() if paper else "",
        letter_date=paper.day if paper else clock.today(),
        signed_at=clock.now() if paper else None,
        said_by=actor.person if paper else None,
        said_by_name=actor.name if paper else "",
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


async def step(actor: Actor, row: Delegation, kind: DelegationKind, **more: object) -> None:
    """Count the version of a locked delegation, keep it, and record what happened to it."""
    row.version += 1
    await row.save()
    await _record(actor, row, kind, **more)


async def come_into_force(actor: Actor, row: Delegation, number: str, day: date) -> bool:
    """The order is signed: a locked delegation counts from now, or from its start if that is later.

    False when it cannot any more: it was ended or is over, or another one took the post meanwhile.
    """
    now = clock.now()
    if row.stops_at <= now:
        return False
    row.signed_at, row.letter_number, row.letter_date = now, number, day
    row.starts_at = max(row.starts_at, now)
    try:
        async with transaction():
            await row.save()
    except IntegrityError:
        row.signed_at = None
        await end(actor, row)
        return False
    await step(actor, row, DelegationKind.GRANTED)
    return True


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


# Steps on the way of an order to its signature; who took them needs no telling.
_QUIET = (DelegationKind.ASKED, DelegationKind.SIGNING)


async def _record(actor: Actor, row: Delegation, kind: DelegationKind, **more: object) -> None:
    event = Event(kind, SUBJECT, row.id, row.version, facts(row) | more)
    await record(event, actor, office="" if actor.is_system else row.opd, silent=kind in _QUIET)


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
    await step(actor, row, DelegationKind.REVOKED)
    for child in await Delegation.filter(parent_id=row.id, stops_at__gt=now).select_for_update():
        await end(actor, child)


async def end_of_trip(actor: Actor, trip: UUID) -> None:
    """End the stand-ins that were named for a trip which is not made, or is over early."""
    rows = Delegation.filter(trip_id=trip, stops_at__gt=clock.now())
    for row in await rows.order_by("id").select_for_update():
        await end(actor, row)
