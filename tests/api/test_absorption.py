"""What was paid against the cash plan by month, below an OPD, and what the city receives, over the API."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.budget.absorption import Paid, by_month
from backend.budget.cash_plan import MONTHS
from backend.budget.rules import ImportKind
from backend.core.ids import uuid7
from backend.parts import Parts
from tests import sipd
from tests.city import City
from tests.treasury import bring

HEADING = "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
PLAN = ",".join(("kode_skpd", "nama_skpd", "kode_sub_kegiatan", "kode_rekening", "uraian", *MONTHS, "jumlah"))


@pytest.fixture
async def told(db: None, parts: Parts, tmp_path: Path) -> None:
    """A budget, a plan of 120.00 a year, and tables of two days with revenue and spending of one sub-activity."""

    async def load(kind: ImportKind, stage: str, heading: str, rows: list[str], total: str) -> None:
        path = tmp_path / f"{kind}-{stage}.csv"
        path.write_text("\n".join((heading, *rows)) + "\n")
        since = date(2026, 1, 1) if stage == "murni" else date.fromisoformat(stage)
        await bring(parts, path, kind, stage, Decimal(total), since)

    total = sipd.write(tmp_path / "apbd.csv", sipd.rows(30))
    await bring(parts, tmp_path / "apbd.csv", ImportKind.EXPENDITURE, "murni", total, date(2026, 1, 1))
    months = ",".join(["10.00"] * 12)
    plan = [f",Dinas Kesehatan,,5.1.02.01.01.0025,Belanja,{months},120.00"]
    await load(ImportKind.CASH_PLAN, "murni", PLAN, plan, "120.00")
    for day, paid in (("2026-02-28", "25.00"), ("2026-10-31", "90.00")):
        rows = [
            f"DINKES,{day},1.02.02.2.01.0002,5.1.02.01.01.0025,ATK,100.00,{paid},,",
            f"BAPENDA,{day},,4.1.01.06.01.0001,Pajak hotel,80.00,88.00,,70.00",
            f"BAPENDA,{day},,4.2.01.01.02.0001,DAU,0.00,9.00,,8.50",
        ]
        await load(ImportKind.REALISATION, day, HEADING, rows, str(Decimal(paid) + 97))


async def test_each_month_of_the_plan_stands_beside_what_was_paid(city: City, told: None) -> None:
    query = (
        "query($opd: String, $code: String!) { budgetPlace(year: 2026, opd: $opd, code: $code)"
        " { months { month planned plannedSoFar realised day deviation } realisation { realised } } }"
    )
    opd = (await city.nobody.ask(query, opd="DINKES", code=""))["budgetPlace"]
    months = opd["months"]
    assert [(m["month"], m["plannedSoFar"]) for m in months] == [(n, f"{n * 10}.00") for n in range(1, 13)]
    assert {m["month"]: (m["day"], m["realised"], m["deviation"]) for m in months if m["day"]} == {
        2: ("2026-02-28", "25.00", 0.25),
        10: ("2026-10-31", "90.00", -0.1),
    }
    # and below an OPD what was paid is known where the table says by sub-activity
    below = (await city.nobody.ask(query, opd="DINKES", code="1.02.02"))["budgetPlace"]
    assert (below["months"], below["realisation"]) == ([], {"realised": "90.00"})
    other = (await city.nobody.ask(query, opd="DLH", code="2.11.11"))["budgetPlace"]
    assert other["realisation"] is None


async def test_revenue_stands_against_its_target_and_last_year(city: City, told: None) -> None:
    query = (
        "{ revenue(year: 2026) { year day partOfYear kinds { code name isOwn target received lastYear share }"
        " proof { fileName } } }"
    )
    found = (await city.nobody.ask(query))["revenue"]
    assert (found["day"], found["partOfYear"], found["proof"]) == (
        "2026-10-31",
        True,
        {"fileName": "realisation-2026-10-31.csv"},
    )
    assert [tuple(kind.values()) for kind in found["kinds"]] == [
        ("4.1.01", "Pajak Daerah", True, "80.00", "88.00", "70.00", 1.1),
        ("4.2.01", "Transfer Pemerintah Pusat", False, "0.00", "9.00", "8.50", None),
    ]


MONEY = st.decimals(0, 10**12, places=2)


@given(st.lists(MONEY, min_size=12, max_size=12), st.dates(date(2026, 1, 1), date(2026, 12, 31)), MONEY)
def test_a_plan_adds_up_over_its_months_and_deviates_by_the_day(
    months: list[Decimal], day: date, realised: Decimal
) -> None:
    found = by_month(2026, months, [Paid(day, Decimal(0), realised, uuid7())])
    assert found[-1].planned_so_far == sum(months)
    assert [m.month for m in found if m.paid] == [day.month]
    assert all(m.deviation is None for m in found if m.month != day.month)
    if found[day.month - 1].planned_so_far == 0:
        assert found[day.month - 1].deviation is None
