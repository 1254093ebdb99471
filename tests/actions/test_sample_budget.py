"""An invented year shows a new city what Lugas can do, says everywhere that it is one, and leaves for the first own file."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from backend.budget import exploring, outcomes
from backend.budget.actions import Announced
from backend.budget.models import BudgetImport, BudgetName, BudgetOffice, BudgetStage
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.parts import Parts
from backend.seeds.load import load_city
from backend.seeds.plant import plant_sample_money
from backend.seeds.sample_budget import load_sample, write_files
from tests import sipd
from tests.city import City
from tests.treasury import DECREE, load

NOVEMBER = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
KINDS = ["cash_plan", "expenditure", *["realisation"] * 10]
PLACE = """query P($year: Int!, $opd: String, $code: String! = "") { budgetPlace(year: $year, opd: $opd, code: $code) {
    name total parts { name } curve { day } months { month } proof { isSample importId } } }"""


async def states() -> list[tuple[str, str]]:
    found = await BudgetImport.filter(sample=True).order_by("kind").values_list("kind", "state")
    return [(str(kind), str(state)) for kind, state in found]


async def bring(parts: Parts, path: Path, total: Decimal, *, trial: bool = False) -> BudgetImport:
    """A file of the city's own."""
    since = date(2026, 1, 1)
    said = Announced(ImportKind.EXPENDITURE, 2026, "murni", DECREE, since, total, path.name, trial)
    return await load(parts, path, said)


@pytest.fixture
async def shown(city: City) -> City:
    """A new city in November 2026, with the invented year of that day."""
    with clock.at(NOVEMBER):
        await plant_sample_money(city.parts.documents)
    return city


async def test_a_new_city_can_be_walked_through_and_says_that_it_is_a_sample(shown: City) -> None:
    assert await states() == [(kind, "in_force") for kind in KINDS]
    with clock.at(NOVEMBER):
        city = (await shown.nobody.ask(PLACE, year=2026))["budgetPlace"]
        programme = (await shown.nobody.ask(PLACE, year=2026, opd="DLH", code="2.11.11"))["budgetPlace"]
        years = (await shown.nobody.ask("{ budgetYears { year stages { isSample } } }"))["budgetYears"]
        revenue = (
            await shown.nobody.ask("{ revenue(year: 2026) { proof { isSample } kinds { code received } } }")
        )["revenue"]

    assert (len(city["parts"]), len(city["curve"]), len(city["months"])) == (28, 10, 12)
    assert (programme["name"], programme["parts"]) == (
        "Program Pengelolaan Persampahan",
        [{"name": "Pengelolaan Sampah"}],
    )
    assert [said["proof"]["isSample"] for said in (city, programme, revenue)] == [True, True, True]
    assert years == [{"year": 2026, "stages": [{"isSample": True}]}]
    assert len(revenue["kinds"]) == 6
    # and nobody is told of what is invented, nor does it teach whose an office's code is
    jobs = await get_connection("default").execute_query_dict("SELECT 1 FROM pgqueuer")
    assert (jobs, await BudgetOffice.all().count()) == ([], 0)


async def test_it_is_planted_once(shown: City) -> None:
    with clock.at(NOVEMBER):
        await plant_sample_money(shown.parts.documents)
    assert len(await states()) == len(KINDS)


async def test_a_city_with_a_file_of_its_own_gets_no_sample(parts: Parts, tmp_path: Path, db: None) -> None:
    await bring(parts, tmp_path / "a.csv", sipd.write(tmp_path / "a.csv", sipd.rows(3)))
    await plant_sample_money(parts.documents)
    assert await states() == []


async def test_the_first_own_file_of_whatever_year_ends_the_sample(shown: City, tmp_path: Path) -> None:
    sample = await BudgetStage.get(year=2026)
    # when a file of the city's own is only tried, or refused, then nothing changes
    total = sipd.write(tmp_path / "a.csv", sipd.rows(3))
    await bring(shown.parts, tmp_path / "a.csv", total, trial=True)
    refused = await bring(shown.parts, tmp_path / "a.csv", total + 1)
    assert (refused.state, await states()) == ("refused", [(kind, "in_force") for kind in KINDS])

    # when one is in force
    own = await bring(shown.parts, tmp_path / "a.csv", total)

    # then nothing invented counts any more, not even a name, and a link to it still says what it was
    assert (own.state, await states()) == ("in_force", [(kind, "superseded") for kind in KINDS])
    assert await BudgetStage.all().values_list("import_id", flat=True) == [own.id]
    assert {name async for name in BudgetName.filter(name__contains="Persampahan")} == set()
    assert await outcomes.plan(2026, day=date(2026, 11, 22)) is None
    old = await exploring.stage_of(sample.import_id)
    assert (old and old.sample) is True


def test_the_invented_files_add_up_and_are_the_same_every_time(tmp_path: Path) -> None:
    totals = [
        [(f.said.stage, f.said.control_total) for f in write_files(load_sample(), load_city().opds, day, tmp_path)]
        for day in (date(2026, 3, 31), date(2026, 3, 1))
    ]  # fmt: skip
    assert totals[0] == totals[1]
    assert [stage for stage, _ in totals[0]] == ["murni", "murni", "2026-01-31", "2026-02-28"]
    budget, plan, january, february = (total for _, total in totals[0])
    assert budget == plan > february > january > Decimal(0)
