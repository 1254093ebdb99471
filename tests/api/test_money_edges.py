"""The edges of the public money: tables of revenue alone, a table for every day, a budget that grew since."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from backend.budget import absorption
from backend.budget.cash_plan import MONTHS
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.parts import Parts
from tests import sipd
from tests.city import SARI, City
from tests.taking_part import follow, notices
from tests.treasury import bring

pytestmark = pytest.mark.usefixtures("db")

HEADING = "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
PLACE = """query($opd: String) { budgetPlace(year: 2026, opd: $opd) {
    realisation { day realised } curve { day realised absorption } } revenue(year: 2026) { day kinds { received } } }"""


async def table(parts: Parts, folder: Path, day: str, *, spent: int = 0, received: int = 0) -> BudgetImport:
    """Bring what DINKES was paid and BAPENDA received up to a day."""
    path = folder / f"realisasi-{day}.csv"
    rows = [f"DINKES,{day},1.02.02.2.01.0002,5.1.02.01.01.0025,ATK,1000,{spent},,"] * bool(spent)
    rows += [f"BAPENDA,{day},,4.1.01.06.01.0001,Pajak hotel,80,{received},,"] * bool(received)
    path.write_text("\n".join((HEADING, *rows)) + "\n")
    total = Decimal(spent + received)
    return await bring(parts, path, ImportKind.REALISATION, day, total, date.fromisoformat(day))


async def budget(parts: Parts, folder: Path, stage: str, since: date, pagu: int) -> Decimal:
    """A stage whose 30 lines have so much each; its total."""
    path = folder / f"{stage}.csv"
    total = sipd.write(path, [row | {"pagu": str(pagu)} for row in sipd.rows(30)])
    await bring(parts, path, ImportKind.EXPENDITURE, stage, total, since)
    return total


async def test_a_table_of_revenue_alone_says_nothing_of_spending_nor_the_other_way_round(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    # given a table of spending and revenue, a newer one of revenue alone, and one of spending alone
    await budget(parts, tmp_path, "murni", date(2026, 1, 1), 100)
    await table(parts, tmp_path, "2026-02-28", spent=25, received=40)
    assert (await table(parts, tmp_path, "2026-03-31", received=60)).changes == []
    for opd in (None, "DINKES"):
        found = await city.nobody.ask(PLACE, opd=opd)
        # then what was paid stays what the last table says that tells of payments
        assert found["budgetPlace"]["realisation"] == {"day": "2026-02-28", "realised": "25.00"}
        assert [p["day"] for p in found["budgetPlace"]["curve"]] == ["2026-02-28"]
        assert found["revenue"] == {"day": "2026-03-31", "kinds": [{"received": "60.00"}]}
    (change,) = (await table(parts, tmp_path, "2026-04-30", spent=30)).changes
    assert change == {"opd": "DINKES", "before": "25.00", "after": "30.00"}
    found = await city.nobody.ask(PLACE, opd=None)
    assert found["budgetPlace"]["realisation"] == {"day": "2026-04-30", "realised": "30.00"}
    assert found["revenue"] == {"day": "2026-03-31", "kinds": [{"received": "60.00"}]}


async def test_followers_are_not_told_that_nothing_was_paid_when_a_table_tells_of_revenue_alone(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    await budget(parts, tmp_path, "murni", date(2026, 1, 1), 100)
    await table(parts, tmp_path, "2026-02-28", spent=25, received=40)
    await city.drain()
    sari = await city.login(SARI)
    await follow(sari, opd="DINKES")
    await table(parts, tmp_path, "2026-03-31", received=60)
    await city.drain()
    assert await notices(sari) == []
    await table(parts, tmp_path, "2026-04-30", spent=30)
    await city.drain()
    assert [body for _, body, _ in await notices(sari)] == ["Rp 25 menjadi Rp 30, sampai 30 April 2026."]


async def test_an_office_that_a_table_does_not_name_was_paid_nothing_by_then(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    await budget(parts, tmp_path, "murni", date(2026, 1, 1), 100)
    await table(parts, tmp_path, "2026-02-28", spent=25)
    found = (await city.nobody.ask(PLACE, opd="DLH"))["budgetPlace"]
    assert found["realisation"] == {"day": "2026-02-28", "realised": "0.00"}


_EVERY_DAY = """
WITH days AS (
    INSERT INTO budget_imports (id, kind, year, stage, classification, effective_on, file_name, sha256, size, key,
                                control_total, state, lines, skipped, total, fault_count, faults, note_count, notes,
                                changes, person_name, at, trial)
    SELECT gen_random_uuid(), kind, year, d::date::text, classification, d, file_name, md5(d::text), size, key,
           control_total, state, lines, skipped, total, fault_count, faults, note_count, notes,
           changes, person_name, at, trial
    FROM budget_imports, generate_series('2026-01-01'::date, '2026-10-30', '1 day') d
    WHERE kind = 'realisation' RETURNING id, stage
)
INSERT INTO realisation_sums (import_id, opd, account, budget, realised, last_year)
SELECT id, 'DINKES', '5.1.02', 1000, to_char(stage::date, 'DDD')::int, 0 FROM days
"""


async def test_of_a_table_for_every_day_the_curve_reaches_the_newest_and_ends_every_month(
    parts: Parts, tmp_path: Path
) -> None:
    # given a table of each day from January to October
    await table(parts, tmp_path, "2026-10-31", spent=304)
    await get_connection("default").execute_query(_EVERY_DAY)
    # when the curve is drawn
    points = await absorption.curve(2026, None)
    # then it is bounded, in order, ends with the newest table, and has each month's last one
    assert len(points) == 49
    assert [p.day for p in points] == sorted(p.day for p in points)
    assert points[-1].day == date(2026, 10, 31)
    months = absorption.by_month(2026, [Decimal(1)] * 12, points)
    assert [m.paid.day.day for m in months if m.paid] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31]
    assert all(p.realised == (p.day - date(2025, 12, 31)).days for p in points)


async def test_a_point_of_the_curve_is_held_against_the_budget_of_its_day(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    # given a budget of 3,000 that became 6,000 on 1 June
    await budget(parts, tmp_path, "murni", date(2026, 2, 1), 100)
    await budget(parts, tmp_path, "perubahan", date(2026, 6, 1), 200)
    for day, spent in (("2026-01-15", 10), ("2026-03-31", 300), ("2026-06-01", 600)):
        await table(parts, tmp_path, day, spent=spent)
    # then each day's absorption is that of the stage that counted on it; none counted in January
    points = (await city.nobody.ask(PLACE, opd=None))["budgetPlace"]["curve"]
    assert [(p["day"], p["absorption"]) for p in points] == [
        ("2026-01-15", None),
        ("2026-03-31", 0.1),
        ("2026-06-01", 0.1),
    ]


async def test_an_office_that_the_cash_plan_does_not_name_has_no_plan(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    await budget(parts, tmp_path, "murni", date(2026, 1, 1), 100)
    path = tmp_path / "kas.csv"
    head = ",".join(
        ("kode_skpd", "nama_skpd", "kode_sub_kegiatan", "kode_rekening", "uraian", *MONTHS, "jumlah")
    )
    months = ",".join(["1.00"] * 12)
    path.write_text(f"{head}\n,Dinas Kesehatan,,5.1.02.01.01.0025,Belanja,{months},12.00\n")
    await bring(parts, path, ImportKind.CASH_PLAN, "murni", Decimal(12), date(2026, 1, 1))
    query = "query($opd: String) { budgetPlace(year: 2026, opd: $opd) { months { planned } } }"
    counts = {
        opd: len((await city.nobody.ask(query, opd=opd))["budgetPlace"]["months"])
        for opd in (None, "DINKES", "DLH")
    }
    assert counts == {None: 12, "DINKES": 12, "DLH": 0}
