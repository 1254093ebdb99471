"""How much of a budget was paid, up to which day: absorption, and its curve over a year."""

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


async def paid(year: int, opd: str | None, day: date | None) -> Paid | None:
    """What the city or an OPD was paid up to the newest day of which there is a table, at most `day`."""
    rows = await kept_rows(
        """
        SELECT i.stage, coalesce(sum(s.budget), 0)::numeric(20,2), coalesce(sum(s.realised), 0)::numeric(20,2), i.id
        FROM budget_imports i LEFT JOIN realisation_sums s
             ON s.import_id = i.id AND s.account LIKE '5%' AND ($2::text IS NULL OR s.opd = $2)
        WHERE i.kind = 'realisation' AND i.state = 'in_force' AND i.year = $1 AND i.stage <= $3
        GROUP BY i.id, i.stage ORDER BY i.stage DESC LIMIT 1
        """,
        *(year, opd, (day or clock.today()).isoformat()),
    )
    return Paid(date.fromisoformat(rows[0][0]), *rows[0][1:]) if rows else None


async def curve(year: int, opd: str | None) -> list[Paid]:
    """What was paid up to each day of which there is a table, the earliest first: the absorption curve."""
    rows = await kept_rows(
        """
        SELECT i.stage, sum(s.budget)::numeric(20,2), sum(s.realised)::numeric(20,2), i.id
        FROM budget_imports i JOIN realisation_sums s
             ON s.import_id = i.id AND s.account LIKE '5%' AND ($2::text IS NULL OR s.opd = $2)
        WHERE i.kind = 'realisation' AND i.state = 'in_force' AND i.year = $1
        GROUP BY i.id, i.stage ORDER BY i.stage LIMIT 60
        """,
        *(year, opd),
    )
    return [Paid(date.fromisoformat(row[0]), *row[1:]) for row in rows]
