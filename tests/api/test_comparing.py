"""Two years whose codes come from two decrees: paired by name, and honest about what has no namesake."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.budget.actions import Announced
from backend.budget.rules import ImportKind
from backend.parts import Parts
from tests import sipd, treasury
from tests.city import City

pytestmark = pytest.mark.usefixtures("db", "two_years")

COMPARE = """
query C($opd: String, $code: String! = "", $year: Int! = 2026, $withYear: Int! = 2022) {
  budgetComparison(year: $year, withYear: $withYear, opd: $opd, code: $code) {
    sameCodes name difference before { total } after { total } parts { code name before after }
  }
}
"""
# Before the decree of 2023 a sub-activity has two digits at its end; codes were used again for other programmes.
OLD = "Kepmendagri 050-5889/2021"
THEN = (
    ("2.11.08", "PENGELOLAAN PERSAMPAHAN", "2.11.08.2.01.12", "Pengangkutan Sampah", "70.00"),
    ("2.11.08", "PENGELOLAAN PERSAMPAHAN", "2.11.08.2.01.13", "Bank sampah", "5.00"),
    ("2.11.11", "Perencanaan lingkungan", "2.11.11.2.01.01", "Rencana", "20.00"),
)
NOW = (
    ("2.11.11", "Pengelolaan persampahan", "2.11.11.2.01.0012", "Pengangkutan sampah", "100.00"),
    ("2.11.11", "Pengelolaan persampahan", "2.11.11.2.01.0013", "Sampah organik", "4.00"),
)


@pytest.fixture
async def two_years(db: None, parts: Parts, tmp_path: Path) -> None:
    """The same department in 2022 and 2026, under two decrees."""
    _, waste, _ = sipd.rows(3)
    for year, decree, given in ((2022, OLD, THEN), (2026, treasury.DECREE, NOW)):
        lines = [
            waste
            | {"tahun": str(year), "kode_program": programme, "nama_program": called}
            | {"kode_kegiatan": f"{programme}.2.01", "nama_kegiatan": "Pengurangan"}
            | {"kode_sub_kegiatan": sub, "nama_sub_kegiatan": name, "pagu": amount}
            for programme, called, sub, name, amount in given
        ]
        path = tmp_path / f"{year}.csv"
        whole = sipd.write(path, lines)
        since = date(year, 1, 1)
        said = Announced(ImportKind.EXPENDITURE, year, "murni", decree, since, whole, path.name)
        assert (await treasury.load(parts, path, said)).state == "in_force"


async def compare(city: City, **given: Any) -> Any:
    return (await city.nobody.ask(COMPARE, **given))["budgetComparison"]


def told(found: Any) -> list[tuple[Any, ...]]:
    return [(part["code"], part["name"], part["before"], part["after"]) for part in found["parts"]]


async def test_departments_are_the_same_under_any_decree(city: City) -> None:
    found = await compare(city)
    assert (found["sameCodes"], found["difference"]) == (False, "9.00")
    assert told(found) == [("", "Dinas Lingkungan Hidup", "95.00", "104.00")]


async def test_programmes_are_paired_by_name_though_a_code_was_used_again(city: City) -> None:
    assert told(await compare(city, opd="DLH")) == [
        ("2.11.11", "Pengelolaan persampahan", "75.00", "104.00"),
        ("2.11.11", "Perencanaan lingkungan", "20.00", None),
    ]


async def test_deeper_down_the_place_is_held_against_its_namesake(city: City) -> None:
    found = await compare(city, opd="DLH", code="2.11.11.2.01")
    assert (found["before"]["total"], found["after"]["total"]) == ("75.00", "104.00")
    assert told(found) == [
        ("2.11.11.2.01.0012", "Pengangkutan sampah", "70.00", "100.00"),
        ("2.11.08.2.01.13", "Bank sampah", "5.00", None),
        ("2.11.11.2.01.0013", "Sampah organik", None, "4.00"),
    ]
    # and a sub-activity's two digits became four
    found = await compare(city, opd="DLH", code="2.11.11.2.01.0012")
    assert (found["before"]["total"], found["difference"]) == ("70.00", "30.00")


async def test_a_code_only_the_earlier_decree_has_finds_its_namesake_too(city: City) -> None:
    found = await compare(city, opd="DLH", code="2.11.08.2.01.12")
    assert (found["name"], found["before"]["total"], found["after"]["total"]) == (
        "Pengangkutan sampah",
        "70.00",
        "100.00",
    )


async def test_without_a_namesake_nothing_is_compared(city: City) -> None:
    # seen from 2022, where this code is another programme's
    found = await compare(city, opd="DLH", code="2.11.11", year=2022, withYear=2026)
    assert (found["name"], found["before"]["total"], found["after"]["total"], found["difference"]) == (
        "Perencanaan lingkungan",
        None,
        "20.00",
        None,
    )
