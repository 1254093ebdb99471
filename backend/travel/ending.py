"""Orders of trips that turn out to be wrong: who approves or the inspectorate revokes or replaces them, with a reason."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from backend.core.actors import Actor, Post
from backend.core.commands import Command, once
from backend.core.problems import NotAllowed, NotFound, NotNow
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.delegation.queries import signers_of
from backend.identity.policy import require_signed_in
from backend.signing import ending
from backend.signing.actions import Signatory
from backend.signing.ending import By
from backend.signing.models import Letter
from backend.travel import orders, policy, queries, rules
from backend.travel.actions import calls_off, land, note
from backend.travel.events import SUBJECT, TripKind
from backend.travel.models import Trip
from backend.travel.rules import State

NO_SIGNER = Text(
    "Belum ada yang bisa menandatangani surat pengganti ini.", "Nobody can sign the new order at present."
)


async def endable(actor: Actor, letter: Letter) -> bool:
    """An order in force that the actor may revoke or replace."""
    trip = await Trip.get_or_none(id=letter.subject_id)
    return trip is not None and _office(actor, trip) is not None


async def revoke(actor: Actor, key: UUID, letter: Letter, reason: str) -> UUID:
    """The order no longer holds. Without its assignment order a trip is not made; a travel sheet ends alone."""

    async def do(trip: Trip, found: Letter, by: By) -> None:
        await ending.revoke(found, by)
        if found.subject_kind == SUBJECT and trip.state == State.ORDERED:
            await land(actor, trip, State.CANCELLED, TripKind.REVOKED, reason=by.reason)
            await calls_off(actor, trip)
        else:
            await note(actor, trip, TripKind.REVOKED, reason=by.reason)

    return await _act(actor, key, "revoke_order", letter, reason, do)


async def replace(actor: Actor, key: UUID, letter: Letter, reason: str, keyring: Keyring) -> UUID:
    """A new order, with a number of its own, waits for a signature in the old one's place."""

    async def do(trip: Trip, found: Letter, by: By) -> None:
        kind, signatory = found.subject_kind, await _signatory(actor, trip)
        mark = await ending.make_room(found, by)
        await ending.name_successor(mark, await orders.draw(trip, kind, signatory, keyring))
        if kind == SUBJECT:
            await land(actor, trip, State.APPROVED, TripKind.REPLACED, reason=by.reason)
        else:
            await note(actor, trip, TripKind.REPLACED, reason=by.reason)

    return await _act(actor, key, "replace_order", letter, reason, do)


async def _act(
    actor: Actor,
    key: UUID,
    name: str,
    letter: Letter,
    text: str,
    do: Callable[[Trip, Letter, By], Awaitable[None]],
) -> UUID:
    person, reason = require_signed_in(actor), rules.require_reason(text)

    async def act() -> UUID:
        trip = await Trip.filter(id=letter.subject_id).select_for_update().get_or_none()
        if trip is None:
            raise NotFound(queries.UNKNOWN)
        office = _office(actor, trip)
        if office is None:
            seen = await queries.by_id(actor, trip.id)
            raise NotAllowed("not_yours", policy.NOT_YOURS) if seen else NotFound(queries.UNKNOWN)
        found = await ending.published(letter.subject_kind, trip.id, state=trip.state)
        await do(trip, found, By(person, actor.name, office, reason))
        return found.id

    return UUID((await once(Command(actor.scope, key, name, [str(letter.id), reason]), act)).result)


def _office(actor: Actor, trip: Trip) -> str | None:
    """In whose name the actor may end an order: who approves such trips, or the inspectorate; never the traveller."""
    if actor.person is None or actor.person == trip.person_id:
        return None
    if policy.approving_post(actor, trip.signs_for) is not None:
        return queries.head_office(trip.signs_for)
    inspects = any(p.opd == queries.INSPECTORATE for p in actor.posts)
    return queries.INSPECTORATE if inspects else None


async def _signatory(actor: Actor, trip: Trip) -> Signatory:
    """Who signs the new order: the actor where they approve such trips, else whoever signs for the office now."""
    post: Post | None = policy.approving_post(actor, trip.signs_for)
    if post is not None and actor.person is not None:
        return Signatory.of(actor.person, actor.name, post)
    for one in (await signers_of((trip.signs_for,)))[trip.signs_for]:
        if one.whole and one.person != trip.person_id:
            return Signatory.of(one.person, one.name, one.post)
    raise NotNow("no_signer", NO_SIGNER)
