"""A place of the budget in two stages: what grew, what shrank, what is new and what is gone."""

from decimal import Decimal

from backend.budget.comparing import Compared, Comparison
from backend.budget.exploring import Spot, StageOf
from schema.budget_place import BudgetStage
from schema.fields import object_type
from schema.scopes import Scope, scoped


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
    """Programme, activity or sub-activity; empty where the part is an OPD."""
    name: str
    """What it is called."""
    before: Decimal | None
    """Rupiah in the earlier one; null for what is new."""
    after: Decimal | None
    """Rupiah in the later one; null for what is gone."""
    difference: Decimal
    """After less before."""


@scoped(Scope.BUDGET)
@object_type
class BudgetComparison:
    """A place in two stages."""

    before: ComparedSide
    """What it is held against."""
    after: ComparedSide
    """The stage that was asked for."""
    same_codes: bool
    """Both use one decree; otherwise one code may mean two things."""
    parts: list[ComparedPart]
    """What lies directly below in either, the largest change first, at most 200."""

    @staticmethod
    def of(before: StageOf, after: StageOf, found: Comparison) -> "BudgetComparison":
        return BudgetComparison(
            before=_side(before, found.before),
            after=_side(after, found.after),
            same_codes=found.same_codes,
            parts=[_part(part) for part in found.parts],
        )


def _side(stage: StageOf, spot: Spot | None) -> ComparedSide:
    return ComparedSide(year=stage.year, stage=BudgetStage.of(stage), total=spot.total if spot else None)


def _part(part: Compared) -> ComparedPart:
    return ComparedPart(
        opd_code=part.opd,
        code=part.code,
        name=part.name,
        before=part.before,
        after=part.after,
        difference=(part.after or Decimal(0)) - (part.before or Decimal(0)),
    )
