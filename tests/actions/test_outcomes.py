"""What was paid is known by sub-activity; revenue and financing are never added to spending."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from backend.budget import absorption, outcomes
from backend.budget.actions import Announced
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.core.reads import fetch
from backend.parts import Parts
from tests import sipd, treasury
from tests.treasury import DECREE

pytestmark = pytest.mark.usefixtures("db")

DAY = "2026-10-31"
HEADING = "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
GOOD = (
    f"DINKES,{DAY},,5,Belanja,600.00,130.00,,",
    f"DINKES,{DAY},1.02.02,5,Program,500.00,110.00,,",
    f"DINKES,{DAY},1.2.2.2.1.2,5.1.02.01.01.0025,ATK,300.00,60.00,20.00,50.00",
    f"DINKES,{DAY},1.02.02.2.01.0002,5.1.02.01.01.0026,Cetak,100.00,40.00,40.00,",
    f"DINKES,{DAY},1.02.02.2.01.0006,5.1.02.01.01.0025,ATK,100.00,10.00,10.00,",
    f"DINKES,{DAY},,5.1.01.01.01.0001,Gaji,100.00,20.00,20.00,",
    f"DINKES,{DAY},,4.1.02.01.01.0001,Retribusi,50.00,40.00,80.00,30.00",
    f"BAPENDA,{DAY},,4.1.01.06.01.0001,Pajak hotel,900.00,800.00,88.89,700.00",
    f"BAPENDA,{DAY},,4.2.01.01.02.0001,DAU,1000.00,900.00,90.00,850.00",
    f"BKAD,{DAY},,6.1.01.01.01.0001,SiLPA,77.00,77.00,100.00,66.00",
)
TOTAL = "1947.00"


async def load(parts: Parts, tmp_path: Path, rows: Sequence[str], total: str = TOTAL) -> BudgetImport:
    path = tmp_path / f"realisasi-{uuid4()}.csv"
    path.write_text("\n".join((HEADING, *rows)) + "\n")
    said = Announced(ImportKind.REALISATION, 2026, DAY, DECREE, date(2026, 10, 31), Decimal(total), path.name)
    return await treasury.load(parts, path, said)


async def test_each_programme_activity_and_sub_activity_knows_what_was_paid_for_it(
    parts: Parts, tmp_path: Path
) -> None:
    row = await load(parts, tmp_path, GOOD)
    assert (row.state, row.faults, row.lines, row.skipped) == ("in_force", [], 8, 2)
    found = {
        code: await outcomes.paid_for(2026, "DINKES", code, date(2026, 11, 1))
        for code in ("1.02.02", "1.02.02.2.01", "1.02.02.2.01.0002", "1.02.02.2.01.0006", "1.02.03")
    }
    assert {code: (p.budget, p.realised) for code, p in found.items() if p} == {
        "1.02.02": (Decimal(500), Decimal(110)),
        "1.02.02.2.01": (Decimal(500), Decimal(110)),
        "1.02.02.2.01.0002": (Decimal(400), Decimal(100)),
        "1.02.02.2.01.0006": (Decimal(100), Decimal(10)),
    }
    assert await outcomes.paid_for(2026, "DINKES", "1.02.02", date(2026, 10, 30)) is None
    assert await differences() == []


async def test_revenue_and_financing_are_never_added_to_spending(parts: Parts, tmp_path: Path) -> None:
    # given a table with spending of 130.00, revenue and financing
    row = await load(parts, tmp_path, GOOD)
    # then what was paid is the spending alone, for the city, an office and on the curve
    day = date(2026, 11, 1)
    city, office = await absorption.paid(2026, None, day), await absorption.paid(2026, "DINKES", day)
    assert city is not None
    assert office is not None
    assert (city.realised, city.budget) == (Decimal(130), Decimal(600))
    assert office.realised == Decimal(130)
    assert [p.realised for p in await absorption.curve(2026, None)] == [Decimal(130)]
    assert [(c["opd"], c["after"]) for c in row.changes] == [("DINKES", "130.00")]


async def test_revenue_is_told_by_kind_with_its_target_and_last_year(parts: Parts, tmp_path: Path) -> None:
    assert await outcomes.revenue(2026, date(2026, 11, 1)) is None
    await load(parts, tmp_path, GOOD)
    found = await outcomes.revenue(2026, date(2026, 11, 1))
    assert found is not None
    assert found.day == date(2026, 10, 31)
    assert [(k.code, k.is_own, k.target, k.received, k.last_year) for k in found.kinds] == [
        ("4.1.01", True, Decimal(900), Decimal(800), Decimal(700)),
        ("4.1.02", True, Decimal(50), Decimal(40), Decimal(30)),
        ("4.2.01", False, Decimal(1000), Decimal(900), Decimal(850)),
    ]


@pytest.mark.parametrize(
    ("at", "text", "fault"),
    [
        (1, f"DINKES,{DAY},1.02.02,5,Program,500.00,111.00,,", (3, "realisasi", "parent_sum")),
        (4, f"DINKES,{DAY},1.02.02.2.01,x,ATK,1.00,1.00,,", (6, "kode_rekening", "bad_code")),
        (4, f"DINKES,{DAY},1.02,5.1.02,ATK,1.00,1.00,,", (6, "kode_sub_kegiatan", "bad_code")),
        (4, GOOD[2], (6, "kode_rekening", "twice")),
    ],
)
async def test_one_bad_line_refuses_the_table(
    parts: Parts, tmp_path: Path, at: int, text: str, fault: tuple[int, str, str]
) -> None:
    rows = [*GOOD]
    rows[at] = text
    row = await load(parts, tmp_path, rows)
    assert row.state == "refused"
    assert [(f["line"], f["column"], f["code"]) for f in row.faults] == [fault]
    assert await fetch("SELECT 1 FROM realisation_nodes", []) == []


async def test_an_export_of_spending_has_no_revenue_in_it(parts: Parts, tmp_path: Path) -> None:
    given = [
        row | {"kode_rekening": "4.1.01.06.01.0001"} if n == 1 else row for n, row in enumerate(sipd.rows(3))
    ]
    total = sipd.write(tmp_path / "a.csv", given)
    said = Announced(ImportKind.EXPENDITURE, 2026, "murni", DECREE, date(2026, 1, 1), total, "a.csv")
    row = await treasury.load(parts, tmp_path / "a.csv", said)
    assert [(f["line"], f["column"], f["code"]) for f in row.faults] == [(3, "kode_rekening", "not_spending")]
