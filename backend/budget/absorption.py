"""How much of a budget was paid, up to which day: absorption, and its curve over a year."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.budget.proofs import kept_rows
from backend.core import clock


@dataclass(frozen=True)
class Paid:
    """What was paid (SP2D, net) up to a day, and against which budget the city's table held it."""

    day: date
    budget: Decimal
    realised: Decimal
    import_id: UUID


# Tables that tell of payments: one of revenue alone says nothing of them.
_TABLES = """
SELECT i.id, i.stage FROM budget_imports i
WHERE i.kind = 'realisation' AND i.state = 'in_force' AND i.year = $1
  AND EXISTS (SELECT FROM realisation_sums x WHERE x.import_id = i.id AND x.account LIKE '5%')
"""
_SUMS = """
SELECT t.stage, coalesce(sum(s.budget), 0)::numeric(20,2), coalesce(sum(s.realised), 0)::numeric(20,2), t.id
FROM ({tables}) t LEFT JOIN realisation_sums s
     ON s.import_id = t.id AND s.account LIKE '5%' AND ($2::text IS NULL OR s.opd = $2)
GROUP BY t.id, t.stage ORDER BY t.stage
"""
_NEWEST = _SUMS.format(tables=f"{_TABLES} AND i.stage <= $3 ORDER BY i.stage DESC LIMIT 1")
# At most five a month, 60 in all: of each seven days of a month the newest, and so the last of every month.
_CURVE = _SUMS.format(
    tables=f"""SELECT DISTINCT ON (left(stage, 7), (right(stage, 2)::int - 1) / 7) id, stage FROM ({_TABLES}) i
    ORDER BY left(stage, 7), (right(stage, 2)::int - 1) / 7, stage DESC LIMIT 60"""  # noqa: S608 - our own text
)


async def paid(year: int, opd: str | None, day: date | None) -> Paid | None:
    """What the city or an OPD was paid up to the newest day of which there is a table, at most `day`."""
    rows = await kept_rows(_NEWEST, year, opd, (day or clock.today()).isoformat())
    return Paid(date.fromisoformat(rows[0][0]), *rows[0][1:]) if rows else None


async def curve(year: int, opd: str | None) -> list[Paid]:
    """What was paid up to each day of which there is a table, the earliest first: the absorption curve.

    Of many tables in a month those that end its weeks; always the month's last one. At most 60.
    """
    rows = await kept_rows(_CURVE, year, opd)
    return [Paid(date.fromisoformat(row[0]), *row[1:]) for row in rows]


@dataclass(frozen=True)
class PlanMonth:
    """A month of a cash plan beside what was paid: rupiah, cumulative from January on.

    `paid` is the newest table of a day within the month. `deviation` is what was paid over what was planned up to
    that very day, less 1 (a month's plan counts evenly over its days); None without a table or a plan.
    """

    month: int
    planned: Decimal
    planned_so_far: Decimal
    paid: Paid | None
    deviation: float | None


def by_month(year: int, months: Sequence[Decimal], points: Sequence[Paid]) -> list[PlanMonth]:
    """Twelve months of a plan beside the tables of the same year."""
    found, before = [], Decimal(0)
    for month, planned in enumerate(months, 1):
        paid = next((p for p in reversed(points) if p.day.month == month), None)
        deviation = None
        if paid:
            due = before + planned * paid.day.day / monthrange(year, month)[1]
            deviation = round(float(paid.realised / due) - 1, 6) if due else None
        before += planned
        found.append(PlanMonth(month, planned, before, paid, deviation))
    return found
