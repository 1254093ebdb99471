"""Notices and pushes as the API says them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from backend.core.pages import Window
from backend.notifications import actions, listeners, queries
from backend.notifications.models import Notice as NoticeRow
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import input_type, mutation, object_type, query
from schema.ids import Node, encode, uuid_of
from schema.permissions import Need
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class Notice(Node):
    """Something the city told this person."""

    at: datetime
    """When it happened."""
    title: str
    """What happened."""
    body: str
    """What it means, and the next step."""
    url: str
    """Where in the app to go."""
    read: bool
    """It was seen."""

    @staticmethod
    def of(row: NoticeRow, said: listeners.Said) -> "Notice":
        return Notice(
            id=encode("Notice", row.id),
            at=row.at,
            title=said.title,
            body=said.body,
            url=said.url,
            read=row.read_at is not None,
        )


@scoped(Scope.PERSON)
@object_type
class NoticeEdge:
    """A notice in a list."""

    cursor: str
    """Where it stands."""
    node: Notice
    """The notice."""


@scoped(Scope.PERSON)
@object_type
class NoticeConnection:
    """A page of notices."""

    edges: list[NoticeEdge]
    """Newest first."""
    page_info: PageInfo
    """Whether more follow."""
    unread: int
    """How many were not seen yet."""


@input_type
class SubscribePushInput:
    """A browser that agreed to be woken (Push API's subscription)."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    endpoint: str
    """Address at a known push service."""
    p256dh: str
    """The browser's public key, base64url."""
    auth: str
    """The browser's secret, base64url."""


@input_type
class UnsubscribePushInput:
    """A browser that is to be left alone."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    endpoint: str
    """The same address."""


@input_type
class ReadNoticesInput:
    """Notices that were seen."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    ids: list[strawberry.ID]
    """At most 50."""


@scoped(Scope.PERSON)
@object_type
class PushChanged:
    """How many browsers are woken now."""

    devices: int
    """Count."""


@scoped(Scope.PERSON)
@object_type
class NoticesRead:
    """How many notices are left unread."""

    unread: int
    """Count."""


PushResult = Annotated[PushChanged | Refusal, strawberry.union("PushResult")]
ReadNoticesResult = Annotated[NoticesRead | Refusal, strawberry.union("ReadNoticesResult")]


@scoped(Scope.PERSON, vapid_public_key=Scope.OPEN)
@strawberry.type
class NotificationsQuery:
    """What the city told this person."""

    @query(Need.SIGNED_IN)
    async def notices(self, info: Info, first: int = 20, after: str | None = None) -> NoticeConnection:
        """One's own notices, newest first."""
        actor, locale = info.context.actor, info.context.locale
        page = await queries.mine(actor, Window.of(first, after))
        words = await listeners.in_words(page.rows, locale)
        edges = [
            NoticeEdge(cursor=c, node=Notice.of(row, said))
            for c, row, said in zip(page.cursors, page.rows, words, strict=True)
        ]
        info_ = PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)
        return NoticeConnection(edges=edges, page_info=info_, unread=await queries.unread(actor))

    @query(Need.NOTHING)
    async def vapid_public_key(self, info: Info) -> str:
        """The key a browser needs to agree to pushes (RFC 8292), base64url."""
        return info.context.parts.vapid_public_key


@scoped(Scope.PERSON)
@strawberry.type
class NotificationsMutation:
    """Reading notices, waking browsers."""

    @mutation
    async def subscribe_push(self, info: Info, input: SubscribePushInput) -> PushResult:
        """Let this browser be woken for news."""
        context = info.context
        await actions.subscribe(
            context.actor, input.idempotency_key, input.endpoint, input.p256dh, input.auth, context.parts.push
        )
        return PushChanged(devices=await queries.push_devices(context.actor))

    @mutation
    async def unsubscribe_push(self, info: Info, input: UnsubscribePushInput) -> PushResult:
        """Leave this browser alone."""
        await actions.unsubscribe(info.context.actor, input.idempotency_key, input.endpoint)
        return PushChanged(devices=await queries.push_devices(info.context.actor))

    @mutation
    async def read_notices(self, info: Info, input: ReadNoticesInput) -> ReadNoticesResult:
        """Mark notices as seen."""
        ids: list[UUID] = [uuid_of(i, "Notice") for i in input.ids]
        await actions.read(info.context.actor, input.idempotency_key, ids)
        return NoticesRead(unread=await queries.unread(info.context.actor))
