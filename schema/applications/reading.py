"""Reading cases: track by number, the own ones, an office's inbox, the signing desk."""

from collections.abc import Sequence
from enum import StrEnum

import strawberry

from backend.applications import queries
from backend.applications.models import Application as CaseRow
from backend.core.actors import StaffRole
from backend.core.pages import Page, Window
from backend.services import queries as catalogue
from schema.applications.assemble import assemble, track
from schema.applications.types import Application, ApplicationConnection, ApplicationEdge, Tracking
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.permissions import Need
from schema.places import Opd
from schema.scopes import Scope, scoped


@strawberry.enum(description="Which cases of one's offices.")
class InboxFilter(StrEnum):
    WAITING = "waiting"
    MINE = "mine"
    ALL_OPEN = "all_open"
    CLOSED = "closed"


async def connection(info: Info, found: tuple[Page[CaseRow], int]) -> ApplicationConnection:
    """A page of rows as a Relay connection."""
    page, total = found
    nodes = await assemble(info, page.rows)
    edges = [ApplicationEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)]
    info_ = PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)
    return ApplicationConnection(edges=edges, page_info=info_, total_count=total)


@scoped(Scope.OFFICE)
@object_type
class Desk:
    """The signing desk of a head."""

    waiting: int
    """Letters that wait for this head."""
    late_today: int
    """Of these, how many are late or end today."""
    title: str
    """The post."""
    code: strawberry.Private[str]

    @field
    async def opd(self) -> Opd:
        """The department."""
        row = await catalogue.opd(self.code)
        assert row is not None, "posts are held in an OPD of the city"
        return Opd.of(row)

    @field
    async def letters(self, info: Info, first: int = 20, after: str | None = None) -> ApplicationConnection:
        """The cases whose letters wait, by working time left."""
        return await connection(
            info, await queries.inbox(info.context.actor, "to_sign", Window.of(first, after))
        )


async def one(info: Info, row: CaseRow | None) -> Application | None:
    """One case, or null."""
    rows: Sequence[CaseRow] = [row] if row else []
    return next(iter(await assemble(info, rows)), None)


@scoped(Scope.PERSON, track=Scope.TRACK, inbox=Scope.OFFICE, desk=Scope.OFFICE)
@strawberry.type
class ApplicationsQuery:
    """Cases, each through the one gate of what the asking person may see."""

    @query(Need.NOTHING)
    async def track(self, info: Info, number: str) -> Tracking | None:
        """Where a case stands, for anyone who holds its number; no personal data."""
        case = await queries.track(number)
        return await track(info, case) if case else None

    @query(Need.SIGNED_IN)
    async def my_applications(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> ApplicationConnection:
        """The own cases, newest first."""
        return await connection(info, await queries.mine(info.context.actor, Window.of(first, after)))

    @query(Need.SIGNED_IN)
    async def application(self, info: Info, number: str) -> Application | None:
        """One case by its number; null when it is absent or not visible."""
        return await one(info, await queries.by_number(info.context.actor, number))

    @query(Need.STAFF)
    async def inbox(
        self,
        info: Info,
        filter: InboxFilter = InboxFilter.WAITING,
        first: int = 20,
        after: str | None = None,
    ) -> ApplicationConnection:
        """The work of one's offices, least working time first."""
        found = await queries.inbox(info.context.actor, filter.value, Window.of(first, after))
        return await connection(info, found)

    @query(Need.STAFF)
    async def desk(self, info: Info) -> Desk | None:
        """The signing desk; null for who is head of nothing."""
        actor = info.context.actor
        post = next((p for p in actor.posts if p.role is StaffRole.HEAD), None)
        if post is None:
            return None
        _, waiting = await queries.inbox(actor, "to_sign", Window(1, None))
        return Desk(
            waiting=waiting, late_today=await queries.late_today(actor), title=post.title, code=post.opd
        )
