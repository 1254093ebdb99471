"""A place of the public money: what it is made of, who pays, what was paid, its lines and its proof."""

from collections.abc import Mapping
from datetime import date as Day  # noqa: N812 - a field is called day
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import strawberry

from backend.budget import absorption, exploring, outcomes, proofs, queries
from backend.budget.exploring import Spot, StageOf
from backend.core.kept import Kept
from backend.core.pages import Page, Window
from backend.core.reads import Reads, Row, read
from schema.budget import FundSource
from schema.city_year import BudgetProof
from schema.connections import Edge, PageInfo
from schema.context import Info
from schema.fields import field, object_type
from schema.plans.encode import Standing
from schema.scopes import Scope, scoped
from schema.seen import seen
from schema.services import Opd
from schema.wanted import reads_of, wanted_in


@strawberry.enum(description="How deep a place of the budget lies.")
class BudgetLevel(StrEnum):
    CITY = "city"
    OPD = "opd"
    PROGRAMME = "programme"
    ACTIVITY = "activity"
    SUB_ACTIVITY = "sub_activity"


@scoped(Scope.BUDGET)
@object_type
class BudgetPart:
    """One part of a place."""

    opd_code: str
    """Whose it is."""
    code: str
    """Programme, activity or sub-activity; empty where the part is an OPD."""
    name: str
    """What it is called."""
    total: Decimal
    """Rupiah with sen."""
    share: float
    """Of the whole place, 0 to 1."""
    lines: int
    """How many account lines it has."""


@scoped(Scope.BUDGET)
@object_type
class SourceShare:
    """What one source gives to a place."""

    source: FundSource
    """The source."""
    total: Decimal
    """Rupiah with sen."""
    share: float
    """Of the whole place, 0 to 1."""
    lines: int
    """How many lines it pays for."""


@scoped(Scope.BUDGET)
@object_type
class AccountTotal:
    """What goes to one kind of account (jenis)."""

    account: str
    """Such as 5.1.02."""
    name: str
    """What the kind is called."""
    total: Decimal
    """Rupiah with sen."""
    share: float
    """Of the whole place, 0 to 1."""


@scoped(Scope.BUDGET)
@object_type
class Realisation:
    """What was paid up to a day."""

    day: Day
    """The day."""
    realised: Decimal
    """Net SP2D, rupiah with sen."""
    budget: Decimal
    """The budget that the table of that day held it against."""
    absorption: float | None
    """Realised over the budget in force, 0 to 1 and above; null without a budget."""


@scoped(Scope.BUDGET)
@object_type
class PlanMonth:
    """A month of the cash plan (anggaran kas) beside what was paid."""

    month: int
    """1 to 12."""
    planned: Decimal
    """Rupiah planned for the month."""
    planned_so_far: Decimal
    """Rupiah planned from January to the end of the month."""
    realised: Decimal | None
    """Net SP2D from January on, by the newest table of a day within the month; null without one."""
    day: Day | None
    """The day of that table."""
    deviation: float | None
    """Paid over planned up to that day, less 1; a month's plan counts evenly over its days."""


@scoped(Scope.BUDGET)
@object_type
class AccountLine:
    """The last line of the tree, as the file has it."""

    row: int = seen("row.row", read("row"))
    """Its line in the file."""
    account: str = seen("row.account", read("account"))
    """Account of level 6."""
    account_name: str = seen("account_name", read("account"))
    """What the account is called."""
    name: str = seen("row.name", read("name"))
    """What it is for."""
    unit: str = seen("row.unit", read("unit"))
    """SIPD code of the unit that spends it."""
    source: FundSource = seen("source", read("fund_source"))
    """Who pays for it."""
    amount: Decimal = seen("row.amount", read("amount"))
    """Rupiah with sen."""
    written: str = seen("row.written", read("written"))
    """The line's text in the file."""


@scoped(Scope.BUDGET)
@object_type
class AccountLineEdge:
    """One line."""

    cursor: str
    """For `after`."""
    node: AccountLine
    """The line."""


@scoped(Scope.BUDGET)
@object_type
class AccountLineConnection:
    """A page of lines."""

    edges: list[AccountLineEdge]
    """In the file's order."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.BUDGET)
@object_type
class BudgetStage:
    """A stage of a year's budget."""

    stage: str
    """murni, pergeseran-n or perubahan."""
    effective_on: Day
    """The first day on which it counts."""
    total: Decimal
    """Rupiah with sen."""
    is_sample: bool
    """Invented, to show what Lugas can do."""

    @staticmethod
    def of(stage: StageOf) -> "BudgetStage":
        return BudgetStage(
            stage=stage.stage,
            effective_on=stage.effective_on,
            total=stage.total,
            is_sample=stage.sample,
        )


@scoped(Scope.BUDGET)
@object_type
class BudgetPlace:
    """A place in the tree of the budget: the city, an OPD, or one of its programmes and what lies below."""

    spot: strawberry.Private[Spot]
    day: strawberry.Private[Day | None]
    year: int
    """The fiscal year."""
    stage: str
    """murni, pergeseran-n or perubahan."""
    effective_on: Day
    """The first day on which this stage counts."""
    level: BudgetLevel
    """How deep it lies."""
    code: str
    """Programme, activity or sub-activity; empty above."""
    total: Decimal
    """Rupiah with sen."""
    lines: int
    """How many account lines lie below."""

    @staticmethod
    def of(spot: Spot, day: Day | None) -> "BudgetPlace":
        return BudgetPlace(
            spot=spot,
            day=day,
            year=spot.stage.year,
            stage=spot.stage.stage,
            effective_on=spot.stage.effective_on,
            level=BudgetLevel(spot.level.value),
            code=spot.code,
            total=spot.total,
            lines=spot.lines,
        )

    @field
    async def opd(self, info: Info) -> Opd | None:
        """Whose place it is; null for the city."""
        row = (await info.context.city()).opds.get(self.spot.opd or "")
        return Opd.of(row) if row else None

    @field
    async def name(self) -> str:
        """What the code is called; empty for the city and an OPD."""
        return await exploring.name_of(self.spot)

    @field
    async def stages(self) -> list[BudgetStage]:
        """Every stage of the year, the newest first."""
        return [BudgetStage.of(stage) for stage in await exploring.stages(self.year)]

    @field
    async def parts(self) -> list[BudgetPart]:
        """What lies directly below, the largest first, at most 200; none below a sub-activity."""
        return await _lists.get(self._parts, ("parts", *self.spot.key))

    async def _parts(self) -> Standing[BudgetPart]:
        return Standing(
            BudgetPart(
                opd_code=part.opd,
                code=part.code,
                name=part.name,
                total=part.amount,
                share=_share(part.amount, self.total),
                lines=part.lines,
            )
            for part in await exploring.parts(self.spot)
        )

    @field
    async def by_source(self) -> list[SourceShare]:
        """From which sources, the largest first."""
        return await _lists.get(self._by_source, ("sources", *self.spot.key))

    async def _by_source(self) -> Standing[SourceShare]:
        known = await queries.sources()
        return Standing(
            SourceShare(
                source=_source(known[code]), total=amount, share=_share(amount, self.total), lines=lines
            )
            for code, amount, lines in await exploring.sources(self.spot)
        )

    @field
    async def by_account(self) -> list[AccountTotal]:
        """To which kinds of account, the largest first; for the city and an OPD."""
        return await _lists.get(self._by_account, ("accounts", *self.spot.key))

    async def _by_account(self) -> Standing[AccountTotal]:
        return Standing(
            AccountTotal(
                account=account,
                name=queries.ACCOUNT_NAMES.get(account, account),
                total=amount,
                share=_share(amount, self.total),
            )
            for account, amount, _ in await exploring.accounts(self.spot)
        )

    @field
    async def account_lines(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> AccountLineConnection:
        """The lines of a sub-activity, each with its text in the file."""
        reads = reads_of(AccountLine, wanted_in(info).below("edges", "node"))
        page = await exploring.lines(self.spot, Window.of(first, after), reads)
        about = _About(await queries.sources(), await self._account_names(reads, page))
        edges: Any = [Edge(page, place, _Line(row, about)) for place, row in enumerate(page.rows)]
        return AccountLineConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    async def _account_names(self, reads: Reads, page: Page[Row]) -> Mapping[str, str]:
        if "account" not in reads.columns:
            return {}
        return await exploring.account_names(self.spot.stage, {row.account for row in page.rows})

    @field
    async def realisation(self) -> Realisation | None:
        """What was paid up to the newest day known; null where no table says it, below an OPD often so."""
        opd, code = self.spot.opd, self.code
        if code and opd:
            below = await outcomes.paid_for(self.year, opd, code, self.day)
            return _realisation(below, self.total) if below else None
        found = await absorption.paid(self.year, opd, self.day)
        return _realisation(found, self.total) if found else None

    @field
    async def months(self) -> list[PlanMonth]:
        """The cash plan by month beside what was paid, for the city and an OPD; empty without a plan."""
        plan = None if self.code else await outcomes.plan(self.year, self.spot.opd, self.day)
        if plan is None:
            return []
        points = await absorption.curve(self.year, self.spot.opd)
        return [_month(month) for month in absorption.by_month(self.year, plan.months, points)]

    @field
    async def curve(self) -> list[Realisation]:
        """What was paid up to each day known, the earliest first, at most 60; for the city and an OPD.

        Each is held against the budget in force on its day.
        """
        if self.code:
            return []
        year, opd = self.year, self.spot.opd
        return [
            _realisation(paid, await exploring.budget_on(year, opd, paid.day))
            for paid in await absorption.curve(year, opd)
        ]

    @field
    async def proof(self) -> BudgetProof:
        """The file behind the figures."""
        return BudgetProof.of(await proofs.proof(self.spot.stage.import_id))


# What a place is made of is small and stands as long as its import counts, and so does what plans encode of it.
_lists: Kept[Standing[Any]] = Kept(queries.TOPIC, most=1000)


class _About(NamedTuple):
    """What lines only name by code."""

    sources: Mapping[str, queries.Source]
    account_names: Mapping[str, str]


class _Line(NamedTuple):
    """A line beside what its codes mean; the fields of AccountLine are looked up here."""

    row: Row
    about: _About

    @property
    def source(self) -> queries.Source:
        return self.about.sources[self.row.fund_source]

    @property
    def account_name(self) -> str:
        return self.about.account_names[self.row.account]


def _share(part: Decimal, whole: Decimal) -> float:
    return round(float(part / whole), 6) if whole else 0.0


def _source(known: queries.Source) -> FundSource:
    return FundSource(code=known.code, name=known.name, short=known.short)


def _month(month: absorption.PlanMonth) -> PlanMonth:
    return PlanMonth(
        month=month.month,
        planned=month.planned,
        planned_so_far=month.planned_so_far,
        realised=month.paid.realised if month.paid else None,
        day=month.paid.day if month.paid else None,
        deviation=month.deviation,
    )


def _realisation(paid: absorption.Paid | outcomes.PaidFor, budget: Decimal) -> Realisation:
    absorption = round(float(paid.realised / budget), 6) if budget else None
    return Realisation(day=paid.day, realised=paid.realised, budget=paid.budget, absorption=absorption)
