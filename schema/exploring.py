"""Walking through the public money: years, places, a search, and one stage held against another."""

from datetime import date as Day  # noqa: N812 - a field is called day
from decimal import Decimal
from uuid import UUID

import strawberry

from backend.budget import comparing, exploring
from schema.budget_place import BudgetLevel, BudgetPlace, BudgetStage
from schema.comparing import BudgetComparison
from schema.fields import field, object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped


@scoped(Scope.BUDGET)
@object_type
class BudgetFound:
    """A place whose name answers a search."""

    opd_code: str
    """Whose it is."""
    code: str
    """Its code."""
    level: BudgetLevel
    """How deep it lies."""
    name: str
    """What it is called."""
    total: Decimal
    """Rupiah with sen."""

    @staticmethod
    def of(found: exploring.Found) -> "BudgetFound":
        return BudgetFound(
            opd_code=found.opd,
            code=found.code,
            level=BudgetLevel(found.level.value),
            name=found.name,
            total=found.amount,
        )


@scoped(Scope.BUDGET)
@object_type
class BudgetYear:
    """A year of which something is known."""

    year: int
    """The fiscal year."""

    @field
    async def stages(self) -> list[BudgetStage]:
        """Its stages, the newest first; empty where only the ministry's table is known."""
        return [BudgetStage.of(stage) for stage in await exploring.stages(self.year)]


@scoped(Scope.BUDGET)
@strawberry.type
class ExploringQuery:
    """Walking through the public money; nobody needs to sign in."""

    @query(Need.NOTHING)
    async def budget_years(self) -> list[BudgetYear]:
        """The years of which a budget or the ministry's table is known, the newest first."""
        return [BudgetYear(year=year) for year in await exploring.years()]

    @query(Need.NOTHING)
    async def budget_place(
        self,
        year: int,
        opd: str | None = None,
        code: str = "",
        stage: str | None = None,
        on: Day | None = None,
    ) -> BudgetPlace | None:
        """A place of a year's budget in the stage that counted on a day, or in the stage named; null without.

        Without either it is the stage that counts today, or, of a year in which none counts yet, the newest.
        """
        named = stage is not None or on is not None
        chosen = await (exploring.stage_on(year, stage, on) if named else exploring.standing(year))
        spot = await exploring.spot(chosen, opd, code) if chosen else None
        return BudgetPlace.of(spot, on) if spot else None

    @query(Need.NOTHING)
    async def budget_figure(
        self, import_id: UUID, opd: str | None = None, code: str = ""
    ) -> BudgetPlace | None:
        """A place as one import has it, for ever the same, whether it counts today or not; null without."""
        stage = await exploring.stage_of(import_id)
        spot = await exploring.spot(stage, opd, code) if stage else None
        return BudgetPlace.of(spot, None) if spot else None

    @query(Need.NOTHING)
    async def budget_comparison(
        self,
        year: int,
        with_year: int,
        stage: str | None = None,
        with_stage: str | None = None,
        opd: str | None = None,
        code: str = "",
    ) -> BudgetComparison | None:
        """A place in two stages, of one year or of two; without a stage's name the one that counts. Null without one of them."""
        after = await exploring.stage_on(year, stage, None)
        before = await exploring.stage_on(with_year, with_stage, None)
        if after is None or before is None:
            return None
        return BudgetComparison.of(before, after, await comparing.compare(before, after, opd, code))

    @query(Need.NOTHING)
    async def budget_search(self, year: int, text: str) -> list[BudgetFound]:
        """Programmes, activities and sub-activities by the words of their names, at most 50."""
        stage = await exploring.standing(year)
        return [BudgetFound.of(found) for found in (await exploring.search(stage, text) if stage else [])]

    @query(Need.NOTHING)
    async def budget_closest(self, year: int, opd: str, code: str, text: str) -> list[BudgetFound]:
        """The places of a year's budget most like one called `text` that it does not have, as deep as its code; at most 3."""
        stage = await exploring.standing(year)
        found = await exploring.closest(stage, opd, code, text) if stage else []
        return [BudgetFound.of(one) for one in found]
