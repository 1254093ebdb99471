"""Keeping the budget: lines of a stage are replaced whole, and the totals go with them or not at all."""

from collections.abc import Iterable

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection

from backend.budget import rules
from backend.budget.models import FundSource
from backend.budget.rules import Line
from backend.database import transaction

_INSERT = """
INSERT INTO budget_lines (year, stage, opd, fund_source, account, name, amount)
SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[])
"""
# Also what backend/budget/verify.py holds the table against.
TOTALS = """
SELECT year, stage, opd, fund_source, sum(amount)::numeric(20,2) AS amount, count(*)::int AS lines
FROM budget_lines GROUP BY year, stage, opd, fund_source
"""
_TOTAL = f"""
INSERT INTO budget_totals (year, stage, opd, fund_source, amount, lines)
SELECT * FROM ({TOTALS}) t WHERE year = $1 AND stage = $2
"""  # noqa: S608 - our own text
_IN_FORCE = """
INSERT INTO budget_years (year, stage) VALUES ($1, $2) ON CONFLICT (year) DO UPDATE SET stage = excluded.stage
"""


async def replace_lines(year: int, stage: str, lines: Iterable[Line], *, in_force: bool = True) -> int:
    """Put `lines` in the place of a stage's lines, with their totals; returns how many lines there are now.

    All or nothing: InvalidInput names every wrong line. `in_force` makes this stage the year's valid budget.
    """
    given = list(lines)
    rules.read_stage(stage)
    rules.check(year, given, *await _known())
    async with transaction() as tx:
        # Two loads of one year wait for each other.
        await tx.execute_query("SELECT pg_advisory_xact_lock(hashtext('budget'), $1)", [year])
        await _replace(tx, year, stage, given)
        if in_force:
            await tx.execute_query(_IN_FORCE, [year, stage])
    return len(given)


async def _replace(tx: TransactionalDBClient, year: int, stage: str, lines: list[Line]) -> None:
    for table in ("budget_totals", "budget_lines"):
        await tx.execute_query(
            f"DELETE FROM {table} WHERE year = $1 AND stage = $2",  # noqa: S608 - names from our code
            [year, stage],
        )
    columns: list[object] = [
        [line.opd for line in lines],
        [line.fund_source for line in lines],
        [line.account for line in lines],
        [line.name for line in lines],
        [line.amount for line in lines],
    ]
    await tx.execute_query(_INSERT, [year, stage, *columns])
    await tx.execute_query(_TOTAL, [year, stage])


async def _known() -> tuple[set[str], set[str]]:
    rows = await get_connection("default").execute_query_dict("SELECT code FROM opds")
    return {r["code"] for r in rows}, {s.code for s in await FundSource.all()}
