"""Whether the totals that are kept say what the lines say."""

from typing import Any

from tortoise.connection import get_connection

from backend.budget.actions import TOTALS

_DIFFERENCES = f"""
SELECT year, stage, opd, fund_source,
       kept.amount AS kept_amount, kept.lines AS kept_lines, real.amount AS real_amount, real.lines AS real_lines
FROM budget_totals kept
FULL JOIN ({TOTALS}) real USING (year, stage, opd, fund_source)
WHERE (kept.amount, kept.lines) IS DISTINCT FROM (real.amount, real.lines)
ORDER BY year, stage, opd, fund_source
LIMIT 100
"""  # noqa: S608 - our own text


async def differences() -> list[dict[str, Any]]:
    """Totals that differ from their lines, recomputed from all lines: empty when all is well, at most 100 rows.

    Each row names year, stage, OPD and fund source with `kept_*` and `real_*` amount (rupiah) and lines;
    None on a side that has no such total.
    """
    rows: list[dict[str, Any]] = list(await get_connection("default").execute_query_dict(_DIFFERENCES))
    return rows
