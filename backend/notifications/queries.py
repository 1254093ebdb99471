"""Reading notices: only one's own."""

from uuid import UUID

from tortoise.expressions import Q

from backend.core.actors import Actor
from backend.core.pages import Page, Window, moment
from backend.identity.policy import require_signed_in
from backend.notifications.models import Notice, PushSubscription


async def mine(actor: Actor, window: Window) -> Page[Notice]:
    """The actor's notices, newest first."""
    rows = Notice.filter(person_id=require_signed_in(actor))
    after = window.keys(moment, UUID)
    if after:
        at, last = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    found = await rows.order_by("-at", "-id").limit(window.first + 1)
    return Page.cut(found, window, lambda n: (n.at.isoformat(), str(n.id)))


async def unread(actor: Actor) -> int:
    return await Notice.filter(person_id=actor.person, read_at=None).count() if actor.person else 0


async def push_devices(actor: Actor) -> int:
    return await PushSubscription.filter(person_id=actor.person).count() if actor.person else 0
