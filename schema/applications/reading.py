"""Reading cases: track by number, the own ones, an office's inbox, the signing desk."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import strawberry

from backend.applications import counts, queries
from backend.core.actors import StaffRole
from backend.core.conditions import Is
from backend.core.pages import Page, Window
from backend.core.reads import Reads, Row
from schema.applications.case import Case, Reader
from schema.applications.types import Application, ApplicationConnection, Tracking
from schema.connections import Edge, PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.services import Opd
from schema.wanted import reads_of, wanted_in


@strawberry.enum(description="Which cases of one's offices.")
class InboxFilter(StrEnum):
    WAITING = "waiting"
    MINE = "mine"
    ALL_OPEN = "all_open"
    CLOSED = "closed"


class Listed(Protocol):
    """A list of cases: reads a page with the given parts of each."""

    def __call__(self, window: Window, reads: Reads) -> Awaitable[Page[Row]]: ...


async def connection(
    info: Info, window: Window, read: Listed, count: Callable[[], Awaitable[int]]
) -> ApplicationConnection:
    """A page of cases as a Relay connection: what nobody selected is neither read nor counted."""
    wanted = wanted_in(info)
    page = await read(window, reads_of(Application, wanted.below("edges", "node")))
    reader = await Reader.of(info.context)
    edges: Any = [Edge(page, i, Application(case=Case(reader, row))) for i, row in enumerate(page.rows)]
    return ApplicationConnection(
        edges=edges,
        page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end),
        total_count=await count() if "totalCount" in wanted.fields else 0,
    )


async def inbox_of(info: Info, which: str, first: int, after: str | None) -> ApplicationConnection:
    """One of the lists of an officer's or head's work."""
    actor = info.context.actor
    return await connection(
        info,
        Window.of(first, after),
        partial(queries.inbox, actor, which),
        partial(queries.count_inbox, actor, which),
    )


def parts_of(info: Info, *path: str) -> Reads:
    """What to read of the one case that stands at `path` below the field being resolved."""
    return reads_of(Application, wanted_in(info).below(*path))


async def one(info: Info, row: Row | None) -> Application | None:
    """One case, or null."""
    return Application(case=Case(await Reader.of(info.context), row)) if row is not None else None


async def case_by_id(info: Info, case_id: UUID, *path: str) -> Application | None:
    """One case by its id, if the asking person may see it; `path` leads to where it is selected."""
    where = Is("id", case_id)
    return await one(info, await queries.one(info.context.actor, where, parts_of(info, *path)))


@scoped(Scope.OFFICE)
@object_type
class Desk:
    """The signing desk of a head."""

    title: str
    """The post."""
    code: strawberry.Private[str]

    @field
    async def waiting(self, info: Info) -> int:
        """Letters that wait for this head."""
        return await queries.count_inbox(info.context.actor, "to_sign")

    @field
    async def late_today(self, info: Info) -> int:
        """Of these, how many are late or end today."""
        return await queries.late_today(info.context.actor)

    @field
    async def opd(self, info: Info) -> Opd:
        """The department."""
        return Opd.of((await info.context.city()).opds[self.code])

    @field
    async def letters(self, info: Info, first: int = 20, after: str | None = None) -> ApplicationConnection:
        """The cases whose letters wait, by working time left."""
        return await inbox_of(info, "to_sign", first, after)


@scoped(Scope.STATISTICS)
@object_type
class Workload:
    """How many cases of a department stand where."""

    opd: Opd
    """The department."""
    with_office: int
    """New, or being worked on."""
    with_resident: int
    """Waiting for the resident: the clock stands still."""
    to_sign: int
    """Waiting for a signature."""
    closed: int
    """Done, refused or withdrawn, ever."""


@scoped(Scope.PERSON, track=Scope.TRACK, workloads=Scope.STATISTICS, inbox=Scope.OFFICE, desk=Scope.OFFICE)
@strawberry.type
class ApplicationsQuery:
    """Cases, each through the one gate of what the asking person may see."""

    @query(Need.NOTHING)
    async def track(self, info: Info, number: str) -> Tracking | None:
        """Where a case stands, for anyone who holds its number; no personal data."""
        row = await queries.track(number, reads_of(Tracking, wanted_in(info)))
        return Tracking(case=Case(await Reader.of(info.context), row, public=True)) if row else None

    @query(Need.SIGNED_IN)
    async def my_applications(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> ApplicationConnection:
        """The own cases, newest first."""
        actor = info.context.actor
        return await connection(
            info, Window.of(first, after), partial(queries.mine, actor), partial(queries.count_mine, actor)
        )

    @query(Need.SIGNED_IN)
    async def application(self, info: Info, number: str) -> Application | None:
        """One case by its number; null when it is absent or not visible."""
        return await one(info, await queries.by_number(info.context.actor, number, parts_of(info)))

    @query(Need.STAFF)
    async def inbox(
        self,
        info: Info,
        filter: InboxFilter = InboxFilter.WAITING,
        first: int = 20,
        after: str | None = None,
    ) -> ApplicationConnection:
        """The work of one's offices, least working time first."""
        return await inbox_of(info, filter.value, first, after)

    @query(Need.NOTHING)
    async def workloads(self, info: Info) -> list[Workload]:
        """How many cases stand where, for every department: numbers only, for everyone."""
        offices = (await info.context.city()).opds
        return [
            Workload(
                opd=Opd.of(offices[w.opd]),
                with_office=w.with_office,
                with_resident=w.with_resident,
                to_sign=w.to_sign,
                closed=w.closed,
            )
            for w in await counts.workloads()
        ]

    @query(Need.STAFF)
    async def desk(self, info: Info) -> Desk | None:
        """The signing desk; null for who is head of nothing."""
        actor = info.context.actor
        post = next((p for p in actor.posts if p.role is StaffRole.HEAD), None)
        if post is None:
            return None
        return Desk(title=post.title, code=post.opd)
