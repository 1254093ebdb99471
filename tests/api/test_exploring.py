"""Walking through the budget over the API: every level adds up, every figure has its proof."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.parts import Parts
from backend.seeds.load import DATA
from tests import sipd
from tests.city import City
from tests.treasury import bring

pytestmark = pytest.mark.usefixtures("db")

PLACE = """
query P($year: Int!, $opd: String, $code: String! = "", $stage: String, $on: Date) {
  budgetPlace(year: $year, opd: $opd, code: $code, stage: $stage, on: $on) {
    year stage effectiveOn level opd { code } code name total lines
    parts { opdCode code name total share lines }
    bySource { source { code } total share lines } byAccount { account name total share }
    realisation { day realised budget absorption } curve { day realised }
    accountLines(first: 50) { edges { node { row account name amount written source { short } } } }
    proof { fileName sha256 classification lines total controlTotal difference superseded }
  }
}
"""


@pytest.fixture
async def total(parts: Parts, tmp_path: Path) -> Decimal:
    """A budget of 200 lines in force."""
    found = sipd.write(tmp_path / "apbd.csv", sipd.rows(200))
    await bring(parts, tmp_path / "apbd.csv", ImportKind.EXPENDITURE, "murni", found, date(2026, 1, 1))
    return found


async def place(city: City, **given: Any) -> Any:
    answer = await city.nobody.ask(PLACE, **{"year": sipd.YEAR, **given})
    return answer["budgetPlace"]


def money(rows: Iterator[Any] | list[Any], field: str = "total") -> Decimal:
    return sum((Decimal(row[field]) for row in rows), Decimal(0))


async def test_every_level_adds_up_to_the_rupiah(city: City, total: Decimal) -> None:
    seen: set[str] = set()

    async def walk(**at: Any) -> None:
        found = await place(city, **at)
        seen.add(found["level"])
        amount = Decimal(found["total"])
        assert money(found["bySource"]) == amount
        if found["parts"]:
            assert money(found["parts"]) == amount
            assert sum(part["share"] for part in found["parts"]) == pytest.approx(1, abs=1e-5)
        if found["level"] in ("CITY", "OPD"):
            assert money(found["byAccount"]) == amount
        for part in found["parts"]:
            await walk(opd=part["opdCode"], code=part["code"])
        if found["level"] == "SUB_ACTIVITY" and found["lines"] <= 50:
            assert money([e["node"] for e in found["accountLines"]["edges"]], "amount") == amount

    await walk()
    assert seen == {"CITY", "OPD", "PROGRAMME", "ACTIVITY", "SUB_ACTIVITY"}
    assert Decimal((await place(city))["total"]) == total


async def test_a_line_leads_back_to_its_place_in_the_file(city: City, total: Decimal, tmp_path: Path) -> None:
    written = (tmp_path / "apbd.csv").read_text().splitlines()
    found = await place(city, opd="DLH", code="2.11.11.2.01.0012")
    for edge in found["accountLines"]["edges"]:
        assert edge["node"]["written"] == written[edge["node"]["row"] - 1]
    assert (found["name"], found["level"]) == ("Sub kegiatan 2.11.11.2.01.0012", "SUB_ACTIVITY")
    assert found["proof"]["fileName"] == "apbd.csv"
    assert found["proof"]["difference"] == "0.00"
    assert Decimal(found["proof"]["controlTotal"]) == total


async def test_what_is_not_there_is_null_and_what_cannot_be_is_said(city: City, total: Decimal) -> None:
    assert await place(city, year=2030) is None
    assert await place(city, opd="SETWAN") is None
    assert await place(city, opd="DLH", code="1.02.02") is None
    refused = await city.nobody.errors(PLACE, year=sipd.YEAR, opd="DLH", code="1")
    assert refused[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_stage_that_counted_on_a_day(
    city: City, total: Decimal, parts: Parts, tmp_path: Path
) -> None:
    # given a revision that counts from October on
    revised = sipd.write(tmp_path / "p.csv", sipd.rows(100, seed=7))
    await bring(parts, tmp_path / "p.csv", ImportKind.EXPENDITURE, "perubahan", revised, date(2026, 10, 1))
    # then both can be asked for, by day and by name
    assert Decimal((await place(city, on="2026-09-30"))["total"]) == total
    assert Decimal((await place(city, on="2026-10-01"))["total"]) == revised
    assert Decimal((await place(city, stage="murni"))["total"]) == total
    years = await city.nobody.ask("{ budgetYears { year stages { stage effectiveOn total } } }")
    assert years["budgetYears"] == [
        {
            "year": 2026,
            "stages": [
                {"stage": "perubahan", "effectiveOn": "2026-10-01", "total": str(revised)},
                {"stage": "murni", "effectiveOn": "2026-01-01", "total": str(total)},
            ],
        }
    ]


async def test_absorption_is_what_was_paid_over_the_budget_in_force(
    city: City, total: Decimal, parts: Parts, tmp_path: Path
) -> None:
    # given tables of two days
    heading = "kode_opd,periode,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly\n"
    for day, paid in (("2026-06-30", "1000.00"), ("2026-09-30", "2500.50")):
        path = tmp_path / f"{day}.csv"
        path.write_text(f"{heading}DLH,{day},5.1.02.01.01.0025,ATK,0,{paid},,0\n")
        await bring(parts, path, ImportKind.REALISATION, day, Decimal(paid), date.fromisoformat(day))
    # when the department is looked at, today and on a day between
    now = await place(city, opd="DLH")
    then = await place(city, opd="DLH", on="2026-07-01")
    # then
    assert now["realisation"]["realised"] == "2500.50"
    assert now["realisation"]["absorption"] == round(float(Decimal("2500.50") / Decimal(now["total"])), 6)
    assert (then["realisation"]["day"], then["realisation"]["realised"]) == ("2026-06-30", "1000.00")
    assert [(p["day"], p["realised"]) for p in now["curve"]] == [
        ("2026-06-30", "1000.00"),
        ("2026-09-30", "2500.50"),
    ]


async def test_a_search_finds_names_by_their_words(city: City, total: Decimal) -> None:
    found = await city.nobody.ask(
        '{ budgetSearch(year: 2026, text: "program 2.11.11") { opdCode code level name } }'
    )
    assert found["budgetSearch"][0] == {
        "opdCode": "DLH",
        "code": "2.11.11",
        "level": "PROGRAMME",
        "name": "Program 2.11.11",
    }
    refused = await city.nobody.errors('{ budgetSearch(year: 2026, text: "a") { code } }')
    assert refused[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_ministrys_table_says_what_part_of_a_year_it_covers(city: City, parts: Parts) -> None:
    path = DATA / "apbd" / "kota-malang-2023.csv"
    spent = Decimal("2811860000000")
    await bring(parts, path, ImportKind.DJPK, "2023-09-30", spent, date(2023, 9, 30))
    answer = await city.nobody.ask(
        "{ cityYear(year: 2023) { day partOfYear figures { name parent level budget realised absorption row }"
        " proof { fileName difference } } }"
    )
    found = answer["cityYear"]
    assert (found["day"], found["partOfYear"]) == ("2023-09-30", True)
    assert found["proof"] == {"fileName": "kota-malang-2023.csv", "difference": "0.00"}
    assert [f for f in found["figures"] if f["level"] == 0] == [
        {
            "name": name,
            "parent": "",
            "level": 0,
            "budget": f"{budget * 10**7}.00",
            "realised": f"{realised * 10**7}.00",
            "absorption": round(realised / budget, 6),
            "row": row,
        }
        for name, budget, realised, row in (
            ("Pendapatan Daerah", 256183, 156402, 2),
            ("Belanja Daerah", 281186, 144607, 14),
            ("Pembiayaan Daerah", 25004, 0, 25),
        )
    ]


FIGURE = """
query F($importId: UUID!, $opd: String, $code: String! = "") {
  budgetFigure(importId: $importId, opd: $opd, code: $code) {
    year stage total parts { code total } proof { importId fileName superseded supersededBy }
  }
}
"""


async def test_a_permanent_figure_stays_and_says_what_took_its_place(
    city: City, total: Decimal, parts: Parts, tmp_path: Path
) -> None:
    # given a figure and its address
    before = await city.nobody.ask(PLACE, year=sipd.YEAR, opd="DLH", code="2.11.11")
    first = await BudgetImport.get(kind="expenditure", state="in_force", year=sipd.YEAR)
    # when a correction takes the import's place
    other = sipd.write(tmp_path / "2.csv", sipd.rows(90, seed=5))
    second = await bring(parts, tmp_path / "2.csv", ImportKind.EXPENDITURE, "murni", other, date(2026, 1, 1))
    # then the address shows the same figure, and which import counts now
    answer = await city.nobody.ask(FIGURE, importId=str(first.id), opd="DLH", code="2.11.11")
    found = answer["budgetFigure"]
    assert found["total"] == before["budgetPlace"]["total"]
    assert found["parts"] == [
        {"code": part["code"], "total": part["total"]} for part in before["budgetPlace"]["parts"]
    ]
    assert found["proof"] == {
        "importId": str(first.id),
        "fileName": "apbd.csv",
        "superseded": True,
        "supersededBy": str(second.id),
    }
    assert (await place(city, opd="DLH"))["total"] != before["budgetPlace"]["total"]
    # and an import that never counted has no figures
    await BudgetImport.filter(id=first.id).update(state="refused")
    gone = await city.nobody.ask(FIGURE, importId=str(first.id))
    assert gone == {"budgetFigure": None}


COMPARE = """
query C($stage: String, $withStage: String, $withYear: Int!, $opd: String, $code: String! = "") {
  budgetComparison(year: 2026, stage: $stage, withYear: $withYear, withStage: $withStage, opd: $opd, code: $code) {
    sameCodes name opd { code } difference before { year total stage { stage } } after { year total stage { stage } }
    parts { opdCode code name before after difference }
  }
}
"""


async def test_two_stages_side_by_side_tell_what_grew_shrank_is_new_and_gone(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    # given a first budget of two departments, and a revision that drops one and adds another
    health, waste, money_office = list(sipd.rows(3))
    rows = (
        (health | {"pagu": "100.00"}, waste | {"pagu": "70.50"}),
        (health | {"pagu": "60.00"}, money_office),
    )
    rows[1][1]["pagu"] = "5.00"
    for stage, (lines, since) in {
        "murni": (rows[0], date(2026, 1, 1)),
        "perubahan": (rows[1], date(2026, 9, 1)),
    }.items():
        whole = sipd.write(tmp_path / f"{stage}.csv", list(lines))
        await bring(parts, tmp_path / f"{stage}.csv", ImportKind.EXPENDITURE, stage, whole, since)
    # when
    answer = await city.nobody.ask(COMPARE, stage="perubahan", withYear=2026, withStage="murni")
    found = answer["budgetComparison"]
    # then
    assert (found["sameCodes"], found["name"], found["opd"], found["difference"]) == (
        True,
        "",
        None,
        "-105.50",
    )
    assert found["before"] == {"year": 2026, "total": "170.50", "stage": {"stage": "murni"}}
    assert found["after"] == {"year": 2026, "total": "65.00", "stage": {"stage": "perubahan"}}
    assert [(p["opdCode"], p["before"], p["after"], p["difference"]) for p in found["parts"]] == [
        ("DLH", "70.50", None, "-70.50"),
        ("DINKES", "100.00", "60.00", "-40.00"),
        ("BKAD", None, "5.00", "5.00"),
    ]
    # and a department's programmes, and a place that is only in one of them
    one = await city.nobody.ask(COMPARE, stage="perubahan", withYear=2026, withStage="murni", opd="DINKES")
    assert one["budgetComparison"]["parts"] == [
        {
            "opdCode": "DINKES",
            "code": "1.02.02",
            "name": "Program 1.02.02",
            "before": "100.00",
            "after": "60.00",
            "difference": "-40.00",
        }
    ]
    gone = await city.nobody.ask(
        COMPARE, stage="perubahan", withYear=2026, withStage="murni", opd="DLH", code="2.11.11"
    )
    sides = gone["budgetComparison"]
    assert (sides["before"]["total"], sides["after"]["total"], sides["difference"]) == ("70.50", None, None)
    assert (sides["name"], sides["opd"]) == ("Program 2.11.11", {"code": "DLH"})
    assert [(p["before"], p["after"]) for p in sides["parts"]] == [("70.50", None)]
    # and there is nothing to hold against where a year has no budget
    none = await city.nobody.ask(COMPARE, withYear=2025)
    assert none == {"budgetComparison": None}
