"""A place of the budget in two stages: what grew, what shrank, what is new and what is gone."""

from decimal import Decimal

import strawberry

from backend.budget import exploring
from backend.budget.comparing import Compared, Comparison
from backend.budget.exploring import Spot, StageOf
from schema.budget_place import BudgetStage
from schema.context import Info
from schema.fields import field, object_type
from schema.scopes import Scope, scoped
from schema.services import Opd


@scoped(Scope.BUDGET)
@object_type
class ComparedSide:
    """One of the two stages."""

    year: int
    """The fiscal year."""
    stage: BudgetStage
    """The stage."""
    total: Decimal | None
    """Rupiah of the place in it; null where it has no such place."""


@scoped(Scope.BUDGET)
@object_type
class ComparedPart:
    """One part of the place in both stages."""

    opd_code: str
    """Whose it is."""
    code: str
    """Programme, activity or sub-activity, as the later one has it if it does; empty where the part is an OPD."""
    name: str
    """What it is called."""
    before: Decimal | None
    """Rupiah in the earlier one; null for what is new, or has no namesake there where the codes are not the same."""
    after: Decimal | None
    """Rupiah in the later one; null for what is gone, or has no namesake there where the codes are not the same."""
    difference: Decimal
    """After less before."""


@scoped(Scope.BUDGET)
@object_type
class BudgetComparison:
    """A place in two stages."""

    spot: strawberry.Private[Spot | None]
    before: ComparedSide
    """What it is held against."""
    after: ComparedSide
    """The stage that was asked for."""
    same_codes: bool
    """Both use one decree; otherwise one code may mean two things, and what lies below an OPD is paired by name."""
    difference: Decimal | None
    """Rupiah of the place now less before; null where one of them has no such place."""
    parts: list[ComparedPart]
    """What lies directly below in either, the largest change first, at most 200."""

    @field
    async def opd(self, info: Info) -> Opd | None:
        """Whose place it is; null for the city."""
        row = (await info.context.city()).opds.get(self.spot.opd or "") if self.spot else None
        return Opd.of(row) if row else None

    @field
    async def name(self) -> str:
        """What the code is called; empty for the city and an OPD."""
        return await exploring.name_of(self.spot) if self.spot else ""

    @staticmethod
    def of(before: StageOf, after: StageOf, found: Comparison) -> "BudgetComparison":
        return BudgetComparison(
            spot=found.after or found.before,
            before=_side(before, found.before),
            after=_side(after, found.after),
            same_codes=found.same_codes,
            difference=_difference(found),
            parts=[_part(part) for part in found.parts],
        )


def _side(stage: StageOf, spot: Spot | None) -> ComparedSide:
    return ComparedSide(year=stage.year, stage=BudgetStage.of(stage), total=spot.total if spot else None)


def _difference(found: Comparison) -> Decimal | None:
    return found.after.total - found.before.total if found.before and found.after else None


def _part(part: Compared) -> ComparedPart:
    return ComparedPart(
        opd_code=part.opd,
        code=part.code,
        name=part.name,
        before=part.before,
        after=part.after,
        difference=part.difference,
    )
