"""Reading notices: only one's own."""

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from backend.core.actors import Actor
from backend.core.pages import Page, Window
from backend.identity.policy import require_signed_in
from backend.notifications.models import Notice, PushSubscription


async def mine(actor: Actor, window: Window) -> Page[Notice]:
    """The actor's notices, newest first."""
    rows = Notice.filter(person_id=require_signed_in(actor))
    if window.after:
        moment, last = datetime.fromisoformat(str(window.after[0])), UUID(str(window.after[1]))
        rows = rows.filter(Q(at__lt=moment) | Q(at=moment, id__lt=last))
    found = await rows.order_by("-at", "-id").limit(window.first + 1)
    return Page.cut(found, window, lambda n: (n.at.isoformat(), str(n.id)))


async def unread(actor: Actor) -> int:
    return await Notice.filter(person_id=actor.person, read_at=None).count() if actor.person else 0


async def push_devices(actor: Actor) -> int:
    return await PushSubscription.filter(person_id=actor.person).count() if actor.person else 0
