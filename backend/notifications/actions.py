"""What people do with notices: read them, let a browser be woken, stop that."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.ids import uuid7
from backend.core.problems import InvalidInput, TooLarge
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.notifications.models import Notice, PushSubscription
from backend.notifications.push import PushSender

DEVICES_MOST = 10
READ_MOST = 50
TOO_MANY = Text("Paling banyak 10 HP atau komputer.", "At most 10 devices.")


async def read(actor: Actor, key: UUID, notices: Sequence[UUID]) -> None:
    """Mark own notices as read; others are ignored in silence. At most 50 a call."""
    person = require_signed_in(actor)
    if len(notices) > READ_MOST:
        raise TooLarge(
            "too_many", Text("Paling banyak 50 sekaligus.", "At most 50 at once."), limit=READ_MOST
        )

    async def act() -> int:
        return await Notice.filter(id__in=list(notices), person_id=person, read_at=None).update(
            read_at=clock.now()
        )

    await once(Command(actor.scope, key, "read_notices", sorted(map(str, notices))), act)


async def subscribe(
    actor: Actor, key: UUID, endpoint: str, p256dh: str, auth: str, sender: PushSender
) -> None:
    """Let a browser be woken for this person. One browser belongs to one person: the newest wins.

    Raises InvalidInput when the address is not a known push service, TooLarge over ten devices.
    """
    person = require_signed_in(actor)
    if len(endpoint) > 1000 or not sender.accepts(endpoint):
        raise InvalidInput.at(
            "endpoint", "Layanan notifikasi peramban ini tidak dikenal.", "Unknown push service."
        )
    if not 80 <= len(p256dh) <= 120 or not 16 <= len(auth) <= 40:
        raise InvalidInput.at(
            "p256dh", "Kunci notifikasi tidak benar. Izinkan lagi.", "Wrong push key. Allow again."
        )
    digest = hashlib.sha256(endpoint.encode()).hexdigest()

    async def act() -> UUID:
        await PushSubscription.filter(endpoint_hash=digest).delete()
        if await PushSubscription.filter(person_id=person).count() >= DEVICES_MOST:
            raise TooLarge("too_many_devices", TOO_MANY, limit=DEVICES_MOST)
        row = await PushSubscription.create(
            id=uuid7(),
            person_id=person,
            endpoint=endpoint,
            endpoint_hash=digest,
            p256dh=p256dh,
            auth=auth,
            created_at=clock.now(),
        )
        return row.id

    await once(Command(actor.scope, key, "subscribe_push", [endpoint, p256dh, auth]), act)


async def unsubscribe(actor: Actor, key: UUID, endpoint: str) -> None:
    """Stop waking a browser; that it is unknown is fine."""
    person = require_signed_in(actor)
    digest = hashlib.sha256(endpoint.encode()).hexdigest()

    async def act() -> int:
        return await PushSubscription.filter(endpoint_hash=digest, person_id=person).delete()

    await once(Command(actor.scope, key, "unsubscribe_push", endpoint), act)
