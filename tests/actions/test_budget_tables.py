"""Realisation and the ministry's tables: real figures of Malang, with the damage their copies have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backend.budget.actions import Announced
from backend.budget.models import BudgetImport, DjpkFigure, RealisationRow
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.core.problems import InvalidInput
from backend.parts import Parts
from backend.seeds.load import DATA
from backend.seeds.plant import plant_money
from tests import sipd
from tests.treasury import DECREE, load

pytestmark = pytest.mark.usefixtures("db")

BILLION = 10**9


@dataclass(frozen=True)
class Year:
    """A table of DJPK: the day of its figures, and what it says of spending, in billions of rupiah."""

    year: int
    day: str
    budget: str
    realised: str


YEARS = (
    Year(2021, "2021-12-31", "2554.77", "2225.95"),
    Year(2022, "2022-12-31", "2219.29", "2188.32"),
    Year(2023, "2023-09-30", "2811.86", "1446.07"),
    Year(2024, "2024-12-31", "2620.70", "2553.45"),
)


async def djpk(parts: Parts, table: Year, path: Path | None = None) -> BudgetImport:
    given = path or DATA / "apbd" / f"kota-malang-{table.year}.csv"
    total = Decimal(table.budget) * BILLION
    said = Announced(
        ImportKind.DJPK, table.year, table.day, DECREE, date(table.year, 12, 31), total, given.name
    )
    return await load(parts, given, said)


async def figure(row: BudgetImport, name: str) -> tuple[Decimal, Decimal]:
    found = await DjpkFigure.get(import_id=row.id, name=name)
    return found.budget / BILLION, found.realised / BILLION


@pytest.mark.parametrize("table", YEARS, ids=lambda t: str(t.year))
async def test_the_real_tables_come_in_with_the_figures_that_are_known(parts: Parts, table: Year) -> None:
    row = await djpk(parts, table)
    assert (row.state, row.faults) == ("in_force", [])
    assert await figure(row, "Belanja Daerah") == (Decimal(table.budget), Decimal(table.realised))


async def test_parents_are_never_added_to_their_children(parts: Parts) -> None:
    row = await djpk(parts, YEARS[3])
    # "Belanja Pegawai" stands twice in the file, as a group and as its only part
    assert await DjpkFigure.filter(import_id=row.id, name="Belanja Pegawai").count() == 1
    groups = await DjpkFigure.filter(import_id=row.id, parent="Belanja Daerah")
    assert sum(g.budget for g in groups) == Decimal("2620.70") * BILLION
    assert row.skipped == 3


async def test_damaged_names_are_mended_and_said(parts: Parts) -> None:
    row = await djpk(parts, YEARS[0])
    assert await figure(row, "Belanja Modal") == (Decimal("347.62"), Decimal("295.09"))
    assert [(n["line"], n["value"]) for n in row.notes if n["code"] == "mended_name"] == [
        (17, "Belanja Barang Jasa: Belanja Barang dan Jasa"),
        (18, "Belanjaodal: Belanja Modal"),
        (38, "Penyertaanodal Daerah: Penyertaan Modal Daerah"),
    ]


async def test_more_than_all_of_a_budget_is_kept_and_explained(parts: Parts) -> None:
    row = await djpk(parts, YEARS[1])
    assert await figure(row, "Belanja Modal") == (Decimal("246.90"), Decimal("310.83"))
    assert "Belanja Modal" in [n["value"] for n in row.notes if n["code"] == "over_budget"]


async def test_figures_of_a_part_of_a_year_carry_their_day(parts: Parts) -> None:
    row = await djpk(parts, YEARS[2])
    assert (row.stage, row.year) == ("2023-09-30", 2023)
    with pytest.raises(InvalidInput) as refused:
        await djpk(parts, Year(2023, "2022-09-30", "2811.86", "1446.07"))
    assert [f.path for f in refused.value.faults] == ["stage"]


async def test_an_account_that_the_portal_does_not_have_is_refused(parts: Parts, tmp_path: Path) -> None:
    text = (DATA / "apbd" / "kota-malang-2024.csv").read_text().replace("Belanja Hibah", "Belanja Hadiah")
    (tmp_path / "x.csv").write_text(text)
    row = await djpk(parts, YEARS[3], tmp_path / "x.csv")
    assert [(f["line"], f["code"], f["value"]) for f in row.faults] == [
        (22, "unknown_account", "Belanja Hadiah")
    ]
    assert await DjpkFigure.filter(import_id=row.id).count() == 0


async def test_a_percentage_a_hundred_times_too_large_is_noted(parts: Parts, tmp_path: Path) -> None:
    # as the table of Kediri has it: 12311.00 for 123.11
    text = (DATA / "apbd" / "kota-malang-2024.csv").read_text().replace(",98.35", ",9835.00")
    (tmp_path / "x.csv").write_text(text)
    row = await djpk(parts, YEARS[3], tmp_path / "x.csv")
    assert [(n["line"], n["value"]) for n in row.notes if n["code"] == "impossible_percent"] == [
        (15, "9835.00")
    ]


def table(rows: Sequence[str]) -> str:
    heading = "kode_opd,periode,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
    return "\n".join((heading, *rows)) + "\n"


GOOD = (
    "DINKES,2026-10-31,5,BELANJA,300.00,120.00,40.00,90.00",
    "DINKES,2026-10-31,5.1.02,Barang,300.00,120.00,40.00,90.00",
    "DINKES,2026-10-31,5.1.2.1.1.25,ATK,100.00,20.50,20.50,10.00",
    "DINKES,2026-10-31,5.1.02.01.01.0026,Cetak,200.00,99.50,49.75,80.00",
    "DLH,2026-10-31,5.1.02.01.01.0025,ATK,10.00,-1.00,-10.00,0",
)


async def realisation(parts: Parts, tmp_path: Path, rows: Sequence[str], total: str) -> BudgetImport:
    path = tmp_path / "realisasi.csv"
    path.write_text(table(rows))
    said = Announced(
        ImportKind.REALISATION, 2026, "2026-10-31", DECREE, date(2026, 10, 31), Decimal(total), path.name
    )
    return await load(parts, path, said)


async def test_only_the_deepest_lines_are_added(parts: Parts, tmp_path: Path) -> None:
    row = await realisation(parts, tmp_path, GOOD, "119.00")
    assert (row.state, row.faults, row.lines, row.skipped) == ("in_force", [], 3, 2)
    kept = await RealisationRow.filter(import_id=row.id).order_by("row").values_list("row", "opd", "realised")
    assert kept == [
        (4, "DINKES", Decimal("20.50")),
        (5, "DINKES", Decimal("99.50")),
        (6, "DLH", Decimal("-1.00")),
    ]
    assert await differences() == []


@pytest.mark.parametrize(
    ("line", "text", "fault"),
    [
        (1, "DINKES,2026-10-31,5.1.02,Barang,300.00,121.00,40.33,90.00", (3, "realisasi", "parent_sum")),
        (4, "DLH,2026-09-30,5.1.02.01.01.0025,ATK,10.00,-1.00,-10.00,0", (6, "periode", "other_period")),
        (4, "DINAS,2026-10-31,5.1.02.01.01.0025,ATK,10.00,-1.00,-10.00,0", (6, "kode_opd", "unknown_opd")),
        (4, "DLH,2026-10-31,lima,ATK,10.00,-1.00,-10.00,0", (6, "kode_rekening", "bad_code")),
        (4, 'DLH,2026-10-31,5.1.02.01.01.0025,ATK,"1.000,00",-1.00,0,0', (6, "anggaran", "two_styles")),
    ],
)
async def test_one_bad_line_refuses_the_table(
    parts: Parts, tmp_path: Path, line: int, text: str, fault: tuple[int, str, str]
) -> None:
    rows = [*GOOD]
    rows[line] = text
    row = await realisation(parts, tmp_path, rows, "119.00")
    assert row.state == "refused"
    assert [(f["line"], f["column"], f["code"]) for f in row.faults] == [fault]
    assert await RealisationRow.all().count() == 0


async def test_an_office_is_known_by_its_sipd_code_once_an_export_named_it(
    parts: Parts, tmp_path: Path
) -> None:
    # given an export in which an SIPD code stands beside the office's name
    total = sipd.write(tmp_path / "a.csv", sipd.rows(3))
    said = Announced(ImportKind.EXPENDITURE, 2026, "murni", DECREE, date(2026, 1, 1), total, "a.csv")
    await load(parts, tmp_path / "a.csv", said)
    # then a table that knows the code alone is understood
    coded = [row.replace("DINKES", "1.02.0.00.0.00.01.0000") for row in GOOD]
    row = await realisation(parts, tmp_path, coded, "119.00")
    assert (row.state, row.lines) == ("in_force", 3)


async def test_a_new_city_has_the_ministrys_tables_once(parts: Parts) -> None:
    await plant_money(parts.documents)
    await plant_money(parts.documents)
    kept = await BudgetImport.filter(kind="djpk").order_by("year").values_list("year", "stage", "state")
    assert kept == [(t.year, t.day, "in_force") for t in YEARS]
