"""A trip from its request to its report: each act once for its key, with its event, and nobody away unnoticed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from tortoise.exceptions import IntegrityError

from backend.appointing import orders as appointing
from backend.core import clock
from backend.core.actors import Actor, Capacity, Post
from backend.core.calendar import UnknownYearError
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import Conflict, InvalidInput, NotAllowed
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.database import transaction
from backend.delegation import absences
from backend.delegation import actions as delegation
from backend.delegation import queries as standing
from backend.delegation.absences import Leave, StandIn
from backend.delegation.actions import Draw
from backend.delegation.models import Absence
from backend.delegation.policy import SECRETARIAT
from backend.delegation.rules import Reason, Wanted
from backend.identity.policy import require_signed_in
from backend.services import queries as services
from backend.signing import actions as signing
from backend.signing.approvals import Approval
from backend.signing.models import Letter
from backend.travel import orders, policy, queries, rules
from backend.travel.events import SHEET, SUBJECT, TripKind
from backend.travel.models import Trip
from backend.travel.rules import Cost, Signer, State, Wish

OVERLAP = Text(
    "Pada tanggal itu Anda sudah punya perjalanan lain.", "You have another trip on those dates already."
)
STAND_IN_NEEDED = Text(
    "Selama perjalanan ini kepala tidak di tempat. Tunjuk pengganti, atau nyatakan belum ada.",
    "The head is away during this trip. Name a stand-in, or say that there is none yet.",
)
MINISTRY = Text(
    "Perjalanan Wali Kota disetujui kementerian, di luar Lugas.",
    "The mayor's trips are approved by the ministry, outside Lugas.",
)


async def request(actor: Actor, key: UUID, wish: Wish) -> UUID:
    """Ask for an assignment order; whoever signs it is told. Returns the trip's id.

    Raises InvalidInput with every fault, Conflict("trip_overlap").
    """
    person = require_signed_in(actor)

    async def act() -> UUID:
        official = await standing.official(person, "")
        if official is None:
            raise NotAllowed("not_staff", policy.NOT_STAFF)
        if official.level == 1:
            raise NotAllowed("ministry", MINISTRY)
        table = await queries.rates()
        rules.require(wish, table, clock.now())
        rate = table[wish.region]
        worth = rules.worth(wish, rate, official.level)
        signer = await _signer(official.level, official.opd, inside=rate.inside)
        trip = Trip(
            id=uuid7(),
            person_id=person,
            person_name=actor.name,
            person_title=official.title,
            person_rank=official.rank,
            person_nip=official.nip,
            opd=official.opd,
            level=official.level,
            purpose=" ".join(wish.purpose.split()),
            place=wish.place.strip(),
            region=wish.region,
            kind=wish.kind,
            transport=wish.transport.strip(),
            starts_at=wish.starts_at,
            ends_at=wish.ends_at,
            days=worth.days,
            daily=worth.daily,
            representation=worth.representation,
            other=wish.other,
            ceiling=worth.ceiling,
            budget_code=wish.budget_code.strip(),
            signs_for=rules.signs_for(signer, official.opd, SECRETARIAT),
            state=State.REQUESTED,
            version=1,
            requested_at=clock.now(),
        )
        await _insert(trip)
        await _record(actor, trip, TripKind.REQUESTED)
        return trip.id

    body = [
        str(v) for v in (wish.purpose, wish.place, wish.region, wish.kind, wish.transport, wish.starts_at)
    ]
    body += [str(v) for v in (wish.ends_at, wish.other, wish.budget_code)]
    return UUID((await once(Command(actor.scope, key, "request_trip", body), act)).result)


async def _signer(level: int, opd: str, *, inside: bool) -> Signer:
    signer = await queries.signer_of(level, outside=not inside)
    # Nobody signs their own order: the secretary's goes to the mayor.
    return Signer.MAYOR if opd == SECRETARIAT and level == 2 else signer


async def _insert(trip: Trip) -> None:
    try:
        async with transaction():
            await trip.save(force_create=True)
    except IntegrityError:
        # The exclusion constraint decides: no two trips of one person share a moment.
        raise Conflict("trip_overlap", OVERLAP) from None


async def _record(actor: Actor, trip: Trip, kind: TripKind, **more: object) -> None:
    data = {
        "opd": trip.opd,
        "signs_for": trip.signs_for,
        "person": trip.person_name,
        "place": trip.place,
        "starts": trip.starts_at.isoformat(),
        "ends": trip.ends_at.isoformat(),
        "state": trip.state,
        **more,
    }
    office = "" if actor.is_system else trip.opd
    await record(Event(kind, SUBJECT, trip.id, trip.version, data), actor, office=office)


@dataclass(frozen=True)
class Ask:
    """Which trip an act is about, the version that was seen, and the idempotency key."""

    trip: UUID
    version: int
    key: UUID


async def _act_on(
    actor: Actor, ask: Ask, name: str, body: object, do: Callable[[Trip], Awaitable[None]]
) -> UUID:
    """Lock, check the version, then `do` it, once for the key. Returns the trip's id."""
    require_signed_in(actor)

    async def act() -> UUID:
        trip = await queries.lock(actor, ask.trip)
        if trip.version != ask.version:
            raise Conflict("stale_version", rules.MOVED, state=trip.state, version=trip.version)
        await do(trip)
        return trip.id

    return UUID(
        (await once(Command(actor.scope, ask.key, name, [str(ask.trip), ask.version, body]), act)).result
    )


async def land(actor: Actor, trip: Trip, state: State, kind: TripKind, **data: object) -> None:
    """Move a locked trip on, count the version, save and record."""
    trip.state = rules.move(State(trip.state), state)
    await note(actor, trip, kind, **data)


async def note(actor: Actor, trip: Trip, kind: TripKind, **data: object) -> None:
    """Count the version of a locked trip, save, and record what happened to it."""
    trip.version += 1
    await trip.save()
    await _record(actor, trip, kind, **data)


@dataclass(frozen=True)
class Meanwhile:
    """Who stands in for a head who travels: somebody by a written order, or (`alone`) nobody yet, said aloud."""

    stand_in: StandIn | None
    alone: bool


async def approve(actor: Actor, ask: Ask, meanwhile: Meanwhile, keyring: Keyring) -> UUID:
    """Approve a trip: its orders are drawn for the signature, and the traveller is away from then to then.

    For a head who is away on a working day a stand-in is named in the same act, or the approver says that there is
    none; then the regional secretary is told at once. Never does a stand-in come about by itself.
    """

    async def do(trip: Trip) -> None:
        post = policy.require_approve(actor, trip.signs_for, own=trip.person_id == actor.person)
        trip.decided_by, trip.decided_at = actor.person, clock.now()
        trip.report_due = await _report_due(trip)
        await land(actor, trip, State.APPROVED, TripKind.APPROVED)
        unattended = await _see_to_stand_in(actor, trip, meanwhile, appointing.drawing(keyring))
        leave = Leave(trip.person_id, trip.person_name, "trip", trip.starts_at, trip.ends_at, trip.id)
        await absences.absent(actor, leave, unattended=unattended)
        await orders.prepare(trip, _signatory(actor, post), keyring)

    given = meanwhile.stand_in
    body = [given and [str(given.receiver), str(given.paper)], meanwhile.alone]
    return await _act_on(actor, ask, "approve_trip", body, do)


def _signatory(actor: Actor, post: Post) -> signing.Signatory:
    assert actor.person is not None, "who approves has signed in"
    return signing.Signatory.of(actor.person, actor.name, post)


async def _report_due(trip: Trip) -> date | None:
    """Five working days after the return; none while that year's holidays are not decreed."""
    calendar = await services.calendar()
    try:
        return calendar.add_working_days(trip.ends_at.astimezone(clock.CITY_ZONE).date(), rules.REPORT_DAYS)
    except UnknownYearError:
        return None


async def _see_to_stand_in(actor: Actor, trip: Trip, meanwhile: Meanwhile, draw: Draw) -> list[str]:
    """Name the plh that was chosen; returns the offices for which nobody stands in."""
    offices = await standing.headed_by(trip.person_id) if await _on_working_days(trip) else []
    covered = {o for o in offices if await _covered(o, trip)}
    left = [o for o in offices if o not in covered]
    if not left:
        return []
    given = meanwhile.stand_in
    if given is None and not meanwhile.alone:
        raise InvalidInput.at("standIn", STAND_IN_NEEDED.id, STAND_IN_NEEDED.en)
    for opd in left if given else ():
        assert given is not None, "only where a stand-in was chosen"
        wanted = Wanted(
            kind=Capacity.PLH,
            opd=opd,
            receiver=given.receiver,
            paper=given.paper,
            starts_at=trip.starts_at,
            ends_at=trip.ends_at,
            reason=Reason.TRAVEL,
            trip=trip.id,
        )
        await delegation.stand(actor, wanted, await appointing.known(), draw)
    return [] if given else left


async def _on_working_days(trip: Trip) -> bool:
    calendar = await services.calendar()
    try:
        return calendar.office_minutes_between(trip.starts_at, trip.ends_at) > 0
    except UnknownYearError:
        return True


async def _covered(opd: str, trip: Trip) -> bool:
    spans = await standing.spans_of(opd, trip.starts_at)
    return any(s.kind is Capacity.PLH and s.covers(trip.starts_at, trip.ends_at) for s in spans)


async def refuse(actor: Actor, ask: Ask, reason: str) -> UUID:
    """Refuse a trip with a reason."""

    async def do(trip: Trip) -> None:
        policy.require_approve(actor, trip.signs_for, own=trip.person_id == actor.person)
        trip.reason = rules.require_reason(reason)
        await land(actor, trip, State.REFUSED, TripKind.REFUSED, reason=trip.reason)

    return await _act_on(actor, ask, "refuse_trip", " ".join(reason.split()), do)


async def cancel(actor: Actor, ask: Ask) -> UUID:
    """The traveller does not go, or is back: the absence and its stand-ins end, unsigned orders are void."""

    async def do(trip: Trip) -> None:
        if trip.person_id != actor.person:
            raise NotAllowed("not_yours", policy.NOT_YOURS)
        await land(actor, trip, State.CANCELLED, TripKind.CANCELLED)
        for kind in (SUBJECT, SHEET):
            await signing.void(kind, trip.id)
        await calls_off(actor, trip)

    return await _act_on(actor, ask, "cancel_trip", None, do)


async def calls_off(actor: Actor, trip: Trip) -> None:
    """The traveller is there after all: the absence ends, and the stand-ins that were named for the trip."""
    absence = await Absence.filter(trip_id=trip.id).select_for_update().get_or_none()
    if absence is not None:
        await absences.returned(actor, absence)
    await delegation.end_of_trip(actor, trip.id)


async def report(actor: Actor, ask: Ask, text: str, costs: Sequence[Cost]) -> UUID:
    """What was done and what it cost, within the ceiling; due five working days after the return."""

    async def do(trip: Trip) -> None:
        if trip.person_id != actor.person:
            raise NotAllowed("not_yours", policy.NOT_YOURS)
        total = rules.require_report(text, costs, Decimal(trip.ceiling))
        trip.report, trip.cost_total, trip.reported_at = text.strip(), total, clock.now()
        trip.costs = [{"what": c.what.strip(), "amount": str(c.amount)} for c in costs]
        late = trip.report_due is not None and clock.today() > trip.report_due
        await land(actor, trip, State.REPORTED, TripKind.REPORTED, late=late, total=str(total))

    return await _act_on(actor, ask, "report_trip", [text, [[c.what, str(c.amount)] for c in costs]], do)


async def sign_letter(
    actor: Actor, key: UUID, letter: Letter, version: int, sha256: str, approval: Approval
) -> UUID:
    """Sign an order of a trip exactly as it was seen and approved; the worker applies the key.

    The assignment order moves the trip; the sheet (SPPD) goes with it and may follow in the same batch.
    """

    async def act() -> UUID:
        trip = await queries.lock(actor, letter.subject_id)
        post = policy.require_approve(actor, trip.signs_for, own=trip.person_id == actor.person)
        sheet = letter.subject_kind == SHEET
        if not sheet and trip.version != version:
            raise Conflict("stale_version", rules.MOVED, state=trip.state, version=trip.version)
        locked = await Letter.filter(id=letter.id).select_for_update().get()
        await signing.ask(locked, sha256, _signatory(actor, post), approval)
        if not sheet:
            await land(actor, trip, State.SIGNING, TripKind.SIGNING)
        return trip.id

    body = [str(letter.id), version, sha256]
    return UUID((await once(Command(actor.scope, key, "sign_trip", body), act)).result)
