"""Loading the budget: lines and totals change together or not at all."""

from decimal import Decimal
from typing import Any

import pytest
from tortoise.connection import get_connection

from backend.budget.actions import replace_lines
from backend.budget.models import BudgetLine, BudgetYear, FundSource
from backend.budget.rules import Line
from backend.budget.verify import differences
from backend.core.problems import InvalidInput

pytestmark = pytest.mark.usefixtures("db")


def line(opd: str, source: str, amount: str) -> Line:
    return Line(opd, source, "5.1.02", "Belanja barang dan jasa", Decimal(amount))


LINES = [
    line("DINKES", "1.1", "100.10"),
    line("DINKES", "1.1", "200.20"),
    line("DINKES", "1.4.01", "5"),
    line("DLH", "1.1", "7"),
]


async def totals() -> list[tuple[Any, ...]]:
    rows = await get_connection("default").execute_query_dict(
        "SELECT year, stage, opd, fund_source, amount, lines FROM budget_totals ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row.values()) for row in rows]


async def test_the_city_knows_its_fund_sources() -> None:
    assert await FundSource.all().count() == 18
    assert (await FundSource.get(code="1.1")).name == "Pendapatan Asli Daerah"
    assert (await FundSource.get(code="2.2.01.01.03")).earmarked


async def test_lines_come_with_their_totals() -> None:
    assert await replace_lines(2026, "murni", LINES) == 4
    assert await totals() == [
        (2026, "murni", "DINKES", "1.1", Decimal("300.30"), 2),
        (2026, "murni", "DINKES", "1.4.01", Decimal("5.00"), 1),
        (2026, "murni", "DLH", "1.1", Decimal("7.00"), 1),
    ]
    assert (await BudgetYear.get(year=2026)).stage == "murni"
    assert await differences() == []


async def test_a_stage_is_replaced_whole_and_the_others_stay() -> None:
    # given two stages
    await replace_lines(2026, "murni", LINES)
    await replace_lines(2026, "pergeseran-1", LINES[:1])

    # when one is loaded again, though it is not the valid one
    await replace_lines(2026, "murni", LINES[3:], in_force=False)

    # then only that one changed
    assert await totals() == [
        (2026, "murni", "DLH", "1.1", Decimal("7.00"), 1),
        (2026, "pergeseran-1", "DINKES", "1.1", Decimal("100.10"), 1),
    ]
    assert await BudgetLine.all().count() == 2
    assert (await BudgetYear.get(year=2026)).stage == "pergeseran-1"


async def test_a_wrong_line_refuses_them_all() -> None:
    await replace_lines(2026, "murni", LINES)
    with pytest.raises(InvalidInput) as refused:
        await replace_lines(2026, "murni", [LINES[0], line("TIDAK-ADA", "1.1", "1")])
    assert [f.path for f in refused.value.faults] == ["lines.1.opd"]
    assert await BudgetLine.all().count() == 4
    assert len(await totals()) == 3


async def test_a_total_that_drifted_is_found() -> None:
    await replace_lines(2026, "murni", LINES)
    db = get_connection("default")
    await db.execute_query("UPDATE budget_totals SET amount = 8 WHERE opd = 'DLH'")
    await db.execute_query("DELETE FROM budget_totals WHERE fund_source = '1.4.01'")
    found = [(r["opd"], r["kept_amount"], r["real_amount"], r["kept_lines"]) for r in await differences()]
    assert found == [("DINKES", None, Decimal("5.00"), None), ("DLH", Decimal("8.00"), Decimal("7.00"), 1)]
