"""Whether the sums that are kept say what the lines say."""

from dataclasses import dataclass
from decimal import Decimal

from backend.budget.imports import SUMS
from backend.core.reads import fetch

# Of each table: what its rows are about, and so what a difference is told by.
_KEYS = {
    "budget_totals": ("import_id", "opd", "fund_source"),
    "budget_nodes": ("import_id", "opd", "level", "code", "fund_source"),
    "budget_accounts": ("import_id", "opd", "account"),
}


@dataclass(frozen=True)
class Difference:
    """A sum that differs from its lines: rupiah kept and counted, None on the side that has no such sum."""

    table: str
    where: str
    kept: Decimal | None
    counted: Decimal | None


async def differences() -> list[Difference]:
    """Sums that differ from their lines, recomputed from all lines: empty when all is well, at most 100 a table."""
    found = []
    for table, key in _KEYS.items():
        names = ", ".join(key)
        where = " || ' ' || ".join(f"{name}::text" for name in key)
        rows = await fetch(
            f"SELECT {where}, kept.amount, counted.amount FROM {table} kept"  # noqa: S608 - our own text
            f" FULL JOIN ({SUMS[table].format(only='')}) counted USING ({names})"
            " WHERE (kept.amount, kept.lines) IS DISTINCT FROM (counted.amount, counted.lines)"
            f" ORDER BY {names} LIMIT 100",
            [],
        )
        found += [Difference(table, *row) for row in rows]
    return found
