"""Whether the sums that are kept say what the lines say."""

from dataclasses import dataclass
from decimal import Decimal

from backend.budget.imports import SUMS
from backend.core.reads import fetch

_MEASURES = ("amount", "lines", "budget", "realised", "last_year")


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
    for kept in SUMS:
        columns = kept.columns.split(", ")
        key = [c for c in columns if c not in _MEASURES]
        same = " AND ".join(f"kept.{m} = counted.{m}" for m in columns if m in _MEASURES)
        where = " || ' ' || ".join(f"{name}::text" for name in key)
        measure = next(c for c in columns if c in _MEASURES)
        rows = await fetch(
            f"SELECT {where}, kept.{measure}, counted.{measure} FROM {kept.table} kept"  # noqa: S608 - our own text
            f" FULL JOIN ({kept.query.format(only='')}) counted USING ({', '.join(key)})"
            f" WHERE ({same}) IS NOT TRUE ORDER BY {', '.join(key)} LIMIT 100",
            [],
        )
        found += [Difference(kept.table, *row) for row in rows]
    return found
