"""The cash plan comes in whole or not at all, stays below the budget, and is read by month."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from backend.budget import outcomes
from backend.budget.actions import Announced
from backend.budget.cash_plan import MONTHS
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.core.reads import fetch
from backend.parts import Parts
from tests import sipd, treasury
from tests.treasury import DECREE

pytestmark = pytest.mark.usefixtures("db")

HEADING = ",".join(
    ("kode_skpd", "nama_skpd", "kode_sub_kegiatan", "kode_rekening", "uraian", *MONTHS, "jumlah")
)
CODE = "1.02.0.00.0.00.01.0000"
SUB = "1.02.02.2.01.0002"


def line(
    account: str,
    months: Sequence[str],
    total: str,
    *,
    opd: tuple[str, str] = (CODE, "Dinas Kesehatan"),
    sub: str = SUB,
) -> str:
    return ",".join((*opd, sub, account, "Belanja", *months, total))


EVEN = ["10.00"] * 12
GOOD = (
    line("5.1.2.1.1.25", EVEN, "120.00"),
    line("5.1.02.01.01.0026", ["", *["0"] * 10, "30.50"], "30.50", sub=""),
    line("4.1.01", ["1000.00", *["0.00"] * 11], "1000.00", sub=""),
    line("5.1.01.01.01.0001", EVEN, "120.00", opd=("", "DINAS LINGKUNGAN HIDUP"), sub=""),
)
TOTAL = "1270.50"


async def load(
    parts: Parts, tmp_path: Path, rows: Sequence[str], total: str = TOTAL, *, stage: str = "murni"
) -> BudgetImport:
    path = tmp_path / f"kas-{uuid4()}.csv"
    path.write_text("\n".join((HEADING, *rows)) + "\n")
    said = Announced(ImportKind.CASH_PLAN, 2026, stage, DECREE, date(2026, 1, 2), Decimal(total), path.name)
    return await treasury.load(parts, path, said)


async def budget(parts: Parts, tmp_path: Path, pagu: str) -> None:
    """A budget in which health and environment have `pagu` for each of goods and staff."""
    given = [
        row | {"pagu": pagu, "kode_rekening": account}
        for row in sipd.rows(2)
        for account in ("5.1.02.01.01.0025", "5.1.01.01.01.0001")
    ]
    total = sipd.write(tmp_path / "apbd.csv", given)
    path, since = tmp_path / "apbd.csv", date(2026, 1, 1)
    await treasury.bring(parts, path, ImportKind.EXPENDITURE, "murni", total, since)


async def test_a_plan_is_read_by_month_for_the_city_and_an_office(parts: Parts, tmp_path: Path) -> None:
    # given a budget that is large enough
    await budget(parts, tmp_path, "1000.00")
    # when a plan comes in, in which revenue stands as well
    row = await load(parts, tmp_path, GOOD)
    # then it is in force, and spending alone is told by month
    assert (row.state, row.faults, row.notes, row.lines) == ("in_force", [], [], 4)
    city, health = await outcomes.plan(2026), await outcomes.plan(2026, "DINKES")
    assert city is not None
    assert health is not None
    assert city.months == (*[Decimal(20)] * 11, Decimal("50.50"))
    assert city.cumulative[-1] == Decimal("270.50")
    assert (health.months[0], health.months[11], health.stage) == (Decimal(10), Decimal("40.50"), "murni")
    # and its sums say what its lines say
    assert await differences() == []
    assert [(c["opd"], c["before"], c["after"]) for c in row.changes] == [
        ("DINKES", None, "150.50"),
        ("DLH", None, "120.00"),
    ]


async def test_a_plan_counts_from_its_first_day_on_and_the_next_supersedes_it(
    parts: Parts, tmp_path: Path
) -> None:
    await budget(parts, tmp_path, "1000.00")
    first = await load(parts, tmp_path, GOOD)
    second = await load(parts, tmp_path, [GOOD[0], GOOD[2]], "1120.00")
    assert await outcomes.plan(2026, day=date(2026, 1, 1)) is None
    found = await outcomes.plan(2026)
    assert found is not None
    assert found.import_id == second.id
    assert (await BudgetImport.get(id=first.id)).superseded_by == second.id


BAD = (
    (0, line("5.1.02.01.01.0025", EVEN, "120.01"), (2, "jumlah", "months_sum", "120.00, 120.01")),
    (0, line("5.1.02.01.01.0025", ["-1.00", *EVEN[1:]], "109.00"), (2, "januari", "negative", "-1.00")),
    (1, line("5.1.02", ["x", *EVEN[1:]], "110.00"), (3, "januari", "bad_amount", "x")),
    (1, line("5.1", EVEN, "120.00"), (3, "kode_rekening", "bad_code", "5.1")),
    (1, line("5.9.02", EVEN, "120.00"), (3, "kode_rekening", "bad_code", "5.9.02")),
    (1, line("5.1.02", EVEN, "120.00", sub="1.02"), (3, "kode_sub_kegiatan", "bad_code", "1.02")),
    (3, line("5.1.02", EVEN, "120.00", opd=("9", "Dinas X")), (5, "kode_skpd", "unknown_opd", "9 Dinas X")),
    (1, line("5.1.02", EVEN, "120.00"), (3, "kode_rekening", "parent_too", "5.1.02")),
    (1, line("5.1.02", EVEN, ""), (3, "jumlah", "bad_amount", "")),
    (1, line("5.1.02", EVEN[1:], "110.00"), (3, "", "width", "17")),
    (
        0,
        line("5.1.02.01.01.0025", ['"1.000,00"', *EVEN[1:]], "1110.00"),
        (2, "februari", "two_styles", "10.00"),
    ),
)


@pytest.mark.parametrize(("at", "text", "fault"), BAD, ids=lambda v: v[2] if isinstance(v, tuple) else "")
async def test_one_bad_line_refuses_the_plan(
    parts: Parts, tmp_path: Path, at: int, text: str, fault: tuple[int, str, str, str]
) -> None:
    await budget(parts, tmp_path, "10000.00")
    rows = [*GOOD]
    rows[at] = text
    row = await load(parts, tmp_path, rows)
    assert row.state == "refused"
    first = row.faults[0]
    assert (first["line"], first["column"], first["code"], first["value"]) == fault
    assert await fetch("SELECT 1 FROM cash_plans", []) == []
    assert await outcomes.plan(2026) is None


async def test_a_plan_beyond_the_budget_is_refused_at_its_kind_of_account(
    parts: Parts, tmp_path: Path
) -> None:
    # given a budget of 150.00 for each kind, and a plan of 150.50 for goods of the health office
    await budget(parts, tmp_path, "150.00")
    row = await load(parts, tmp_path, GOOD)
    assert row.state == "refused"
    assert [(f["line"], f["code"], f["value"]) for f in row.faults] == [
        (2, "over_budget", "DINKES 5.1.02: 150.50 > 150.00")
    ]
    assert await fetch("SELECT 1 FROM cash_plan_sums", []) == []


async def test_a_plan_that_comes_before_any_budget_is_kept_with_a_note(parts: Parts, tmp_path: Path) -> None:
    row = await load(parts, tmp_path, GOOD)
    assert (row.state, [n["code"] for n in row.notes]) == ("in_force", ["no_budget"])


async def test_a_plan_that_is_not_its_control_total_is_refused(parts: Parts, tmp_path: Path) -> None:
    row = await load(parts, tmp_path, GOOD, "1270.51")
    assert [(f["line"], f["code"]) for f in row.faults] == [(0, "not_balanced")]
