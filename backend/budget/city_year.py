"""The whole city in a year as the ministry's table says it (DJPK)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.budget.proofs import kept_rows


@dataclass(frozen=True)
class CityFigure:
    """A kind of revenue, spending or financing in the ministry's table, in rupiah; `level` 0 is a total."""

    name: str
    parent: str
    level: int
    budget: Decimal
    realised: Decimal
    row: int


@dataclass(frozen=True)
class CityYear:
    """The ministry's table of a year, and the day its figures are of."""

    year: int
    day: date
    import_id: UUID
    figures: Sequence[CityFigure]


async def city_year(year: int) -> CityYear | None:
    """The newest table of a year; None without one."""
    rows = await kept_rows(
        "SELECT id, stage FROM budget_imports WHERE kind = 'djpk' AND state = 'in_force' AND year = $1"
        " ORDER BY stage DESC LIMIT 1",
        year,
    )
    if not rows:
        return None
    import_id, day = rows[0]
    figures = await kept_rows(
        'SELECT name, parent, level, budget, realised, "row" FROM djpk_figures WHERE import_id = $1 ORDER BY "row" LIMIT 100',
        import_id,
    )
    return CityYear(year, date.fromisoformat(day), import_id, [CityFigure(*row) for row in figures])
