"""Strawberry and Tortoise written plainly: models, DataLoaders, nothing cached; what most people would write."""

import base64
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from tortoise.connection import get_connection
from tortoise.functions import Sum

from backend import database
from backend.applications.models import Application
from backend.budget.models import BudgetLine, BudgetStage, FundSource
from backend.core.models import RecordedEvent
from backend.services.models import Opd as OpdRow
from backend.services.models import Service as ServiceRow


@dataclass
class Loaders:
    """One set a request."""

    services_of_opd: DataLoader[str, list[ServiceRow]] = field(
        default_factory=lambda: DataLoader(load_fn=services_of_opds)
    )
    service: DataLoader[str, ServiceRow] = field(default_factory=lambda: DataLoader(load_fn=services))
    opd: DataLoader[str, OpdRow] = field(default_factory=lambda: DataLoader(load_fn=opds))
    timeline: DataLoader[UUID, list[RecordedEvent]] = field(
        default_factory=lambda: DataLoader(load_fn=timelines)
    )
    top_lines: dict[tuple[int, str, int], DataLoader[str, list[BudgetLine]]] = field(default_factory=dict)


async def services_of_opds(codes: list[str]) -> list[list[ServiceRow]]:
    found: dict[str | None, list[ServiceRow]] = defaultdict(list)
    for row in await ServiceRow.filter(opd__in=codes).order_by("popular", "name", "code"):
        found[row.opd].append(row)
    return [found[code] for code in codes]


async def services(codes: list[str]) -> list[ServiceRow]:
    found = {row.code: row for row in await ServiceRow.filter(code__in=codes)}
    return [found[code] for code in codes]


async def opds(codes: list[str]) -> list[OpdRow]:
    found = {row.code: row for row in await OpdRow.filter(code__in=codes)}
    return [found[code] for code in codes]


async def timelines(ids: list[UUID]) -> list[list[RecordedEvent]]:
    found: dict[UUID, list[RecordedEvent]] = defaultdict(list)
    rows = RecordedEvent.filter(subject_kind="application", subject_id__in=ids).order_by("-seq")
    for row in await rows:
        found[row.subject_id].append(row)
    return [found[id_] for id_ in ids]


def lines_of(year: int, stage: str, first: int) -> Callable[[list[str]], Awaitable[list[list[BudgetLine]]]]:
    async def load(codes: list[str]) -> list[list[BudgetLine]]:
        # An ORM has no lateral join: one statement an OPD, each from the index.
        rows = BudgetLine.filter(year=year, stage=stage)
        return [await rows.filter(opd=code).order_by("-amount", "id").limit(first) for code in codes]

    return load


Info = strawberry.Info[Loaders, None]


@strawberry.type
class Service:
    code: str
    name: str
    category: str


def service_of(row: ServiceRow) -> Service:
    return Service(code=row.code, name=row.name, category=row.category)


@strawberry.type
class Opd:
    code: str
    name: str

    @strawberry.field
    async def services(self, info: Info) -> list[Service]:
        return [service_of(row) for row in await info.context.services_of_opd.load(self.code)]


@strawberry.type
class State:
    name: str
    kind: str


@strawberry.type
class Event:
    at: datetime
    kind: str


@strawberry.type
class Case:
    row: strawberry.Private[Application]
    number: str
    submitted_at: datetime
    due_at: datetime | None
    state: State

    @strawberry.field
    async def service(self, info: Info) -> Service:
        return service_of(await info.context.service.load(self.row.service_code))

    @strawberry.field
    async def service_name(self, info: Info) -> str:
        return (await info.context.service.load(self.row.service_code)).name

    @strawberry.field
    async def opd_name(self, info: Info) -> str:
        return (await info.context.opd.load(self.row.opd)).name

    @strawberry.field
    async def timeline(self, info: Info, last: int | None = None) -> list[Event]:
        return [Event(at=e.at, kind=e.kind) for e in (await info.context.timeline.load(self.row.id))[:last]]


def case_of(row: Application) -> Case:
    state = State(name=row.state, kind=row.state_kind)
    return Case(row=row, number=row.number, submitted_at=row.submitted_at, due_at=row.due_at, state=state)


@strawberry.type
class CaseEdge:
    node: Case


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class CaseConnection:
    edges: list[CaseEdge]
    page_info: PageInfo


def connection(rows: Sequence[Application], first: int) -> CaseConnection:
    page = rows[:first]
    keys = [page[-1].order_at, page[-1].submitted_at, page[-1].id] if page else None
    cursor = base64.urlsafe_b64encode(orjson.dumps(keys, default=str)).decode() if keys else None
    edges = [CaseEdge(node=case_of(row)) for row in page]
    return CaseConnection(edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=cursor))


@strawberry.type
class Source:
    code: str
    name: str


@strawberry.type
class SourceTotal:
    source: Source
    total: Decimal


@strawberry.type
class Line:
    account: str
    name: str
    amount: Decimal


@strawberry.type
class OpdBudget:
    year: strawberry.Private[int]
    stage: strawberry.Private[str]
    opd: Opd
    total: Decimal
    by_source: list[SourceTotal]

    @strawberry.field
    async def top_lines(self, info: Info, first: int) -> list[Line]:
        key = (self.year, self.stage, first)
        loader = info.context.top_lines.setdefault(key, DataLoader(load_fn=lines_of(*key)))
        rows = await loader.load(self.opd.code)
        return [Line(account=r.account, name=r.name, amount=r.amount) for r in rows]


@strawberry.type
class Budget:
    stage: strawberry.Private[str]
    kept: strawberry.Private[bool]
    year: int

    @strawberry.field
    async def opds(self) -> list[OpdBudget]:
        sources = {s.code: s.name for s in await FundSource.all()}
        found: dict[str, list[SourceTotal]] = defaultdict(list)
        for row in await self._totals():
            source = Source(code=row["fund_source"], name=sources[row["fund_source"]])
            found[row["opd"]].append(SourceTotal(source=source, total=row["total"]))
        return [
            OpdBudget(
                year=self.year,
                stage=self.stage,
                opd=Opd(code=o.code, name=o.name),
                total=sum((s.total for s in found[o.code]), Decimal()),
                by_source=found[o.code],
            )
            for o in await OpdRow.all().order_by("name")
            if o.code in found
        ]

    async def _totals(self) -> Sequence[dict[str, Any]]:
        if self.kept:
            rows: Sequence[dict[str, Any]] = await get_connection("default").execute_query_dict(
                "SELECT opd, fund_source, amount AS total FROM budget_totals"
                " WHERE year = $1 AND stage = $2 ORDER BY fund_source",
                [self.year, self.stage],
            )
            return rows
        lines = BudgetLine.filter(year=self.year, stage=self.stage).annotate(total=Sum("amount"))
        grouped = lines.group_by("opd", "fund_source").order_by("fund_source")
        return await grouped.values("opd", "fund_source", "total")


@strawberry.type
class Query:
    @strawberry.field
    async def opds(self) -> list[Opd]:
        return [Opd(code=o.code, name=o.name) for o in await OpdRow.all().order_by("name")]

    @strawberry.field
    async def track(self, number: str) -> Case | None:
        row = await Application.get_or_none(number=number)
        return case_of(row) if row else None

    @strawberry.field
    async def inbox(self, opd: str, first: int) -> CaseConnection:
        rows = Application.filter(opd=opd, closed_at=None).order_by("order_at", "submitted_at", "id")
        return connection(await rows.limit(first + 1), first)

    @strawberry.field
    async def budget(self, year: int) -> Budget | None:
        return await budget_of(year, kept=False)

    @strawberry.field
    async def kept_budget(self, year: int) -> Budget | None:
        return await budget_of(year, kept=True)


async def budget_of(year: int, *, kept: bool) -> Budget | None:
    row = await BudgetStage.get_or_none(year=year)
    return Budget(year=row.year, stage=row.stage, kept=kept) if row else None


class View(GraphQL[Loaders, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Loaders:
        return Loaders()


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    await database.connect(os.environ["DATABASE_URL"])
    yield
    await database.disconnect()


app = Starlette(
    routes=[Route("/graphql", View(strawberry.Schema(Query), graphql_ide=None))], lifespan=lifespan
)
