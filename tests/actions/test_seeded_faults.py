"""Exports of 100,000 rows with one fault each: refused at exactly its line, its column and its kind.

The file is generated once, and one line of it altered for each kind of fault. What the reader finds by itself is asked
of the reader; what needs the database, and that nothing is recorded after a refusal, goes the whole way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from backend.budget import codes
from backend.budget.actions import Announced
from backend.budget.expenditure import HEADINGS, Expenditure
from backend.budget.forms import Known
from backend.budget.models import BudgetImport, BudgetLine, BudgetName, BudgetOffice, BudgetStage
from backend.budget.rules import ImportKind
from backend.budget.tables import Unreadable, open_table
from backend.core.reads import fetch
from backend.parts import Parts
from tests import sipd, treasury
from tests.treasury import DECREE

ROWS = 100_000
AT = 87_654  # the row that is altered, counted from 0: two lines further down in the file
LINE = AT + 2
KNOWN = Known(
    {name.lower(): code for (name, *_), code in zip(sipd.OFFICES, ("DINKES", "DLH", "BKAD"), strict=True)},
    frozenset(code for code, _ in sipd.SOURCES),
)


@dataclass(frozen=True)
class Big:
    """The good export: its bytes, where each line begins, what it adds up to."""

    data: bytes
    begins: list[int]
    total: Decimal

    def with_line(self, line: bytes, row: int = AT) -> bytes:
        """The file with one other line in the place of a row."""
        return self.data[: self.begins[row + 1]] + line + b"\r\n" + self.data[self.begins[row + 2] :]

    def line(self, row: int = AT) -> bytes:
        return self.data[self.begins[row + 1] : self.begins[row + 2]].rstrip(b"\r\n")


@cache
def big() -> Big:
    """Made once; it takes as long as a few of the tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "big.csv"
        total = sipd.write(path, sipd.rows(ROWS))
        data = path.read_bytes()
    begins = [0]
    while (end := data.find(b"\n", begins[-1])) >= 0:
        begins.append(end + 1)
    assert len(begins) == ROWS + 2
    return Big(data, begins, total)


def altered(change: Mapping[str, str]) -> bytes:
    """The line of the row `AT` with some cells changed."""
    cells = dict(zip(HEADINGS, big().line().decode().split(","), strict=True)) | dict(change)
    return ",".join(cells[heading] for heading in HEADINGS).encode()


def read(path: Path) -> Expenditure:
    """What the reader makes of a file, without a database."""
    decree = codes.classification(DECREE)
    assert decree is not None
    form = Expenditure(BudgetImport(id=uuid4(), year=sipd.YEAR, stage="murni"), KNOWN, decree=decree)
    try:
        for _ in form.rows(open_table(path)):
            pass
    except Unreadable as problem:
        form.faults.add(problem.line, "", "unreadable", problem.text)
    return form


Found = tuple[int, str, str, str]
CELLS: Mapping[str, tuple[Mapping[str, str], tuple[str, str, str]]] = {
    "another year": ({"tahun": "2025"}, ("tahun", "other_year", "2025")),
    "an OPD nobody knows": (
        {"nama_skpd": "Dinas Angin", "kode_skpd": "9.99"},
        ("kode_skpd", "unknown_opd", "9.99 Dinas Angin"),
    ),
    "the code of another OPD": (
        {"kode_skpd": "2.11.0.00.0.00.01.0000", "nama_skpd": "DINAS KESEHATAN"},
        ("kode_skpd", "unknown_opd", "2.11.0.00.0.00.01.0000 DINAS KESEHATAN"),
    ),
    "a sub-activity that is no code": (
        {"kode_sub_kegiatan": "1.02.02.2"},
        ("kode_sub_kegiatan", "bad_code", "1.02.02.2"),
    ),
    "a field the decree has not": (
        {"kode_sub_kegiatan": "9.02.02.2.01.0002"},
        ("kode_sub_kegiatan", "bad_code", "9.02.02.2.01.0002"),
    ),
    "an account that is no code": ({"kode_rekening": "5.1.02.x"}, ("kode_rekening", "bad_code", "5.1.02.x")),
    "an account of a kind the decree has not": (
        {"kode_rekening": "5.9.02.01.01.0025"},
        ("kode_rekening", "bad_code", "5.9.02.01.01.0025"),
    ),
    "an account of revenue": (
        {"kode_rekening": "4.1.01.06.01.0001"},
        ("kode_rekening", "not_spending", "4.1.01.06.01.0001"),
    ),
    "a fund source that is no code": ({"kode_sumber_dana": "PAD"}, ("kode_sumber_dana", "bad_code", "PAD")),
    "a fund source nobody knows": (
        {"kode_sumber_dana": "1.9"},
        ("kode_sumber_dana", "unknown_source", "1.9"),
    ),
    "a programme above another": (
        {"kode_program": "1.02.03"},
        ("kode_program", "not_under_parent", "1.02.03"),
    ),
    "an activity above another": (
        {"kode_kegiatan": "1.02.02.2.02"},
        ("kode_kegiatan", "not_under_parent", "1.02.02.2.02"),
    ),
    "an amount that is none": ({"pagu": "seribu"}, ("pagu", "bad_amount", "seribu")),
    "an amount of nineteen digits": ({"pagu": "1" * 19}, ("pagu", "bad_amount", "1" * 19)),
    "an amount with another mark": ({"pagu": '"1.000,50"'}, ("pagu", "two_styles", "1.000,50")),
    "an amount below zero": ({"pagu": "-5.00"}, ("pagu", "negative", "-5.00")),
}


def bytes_of() -> Iterator[tuple[str, bytes, Found]]:
    """Faults of the file itself."""
    line = big().line()
    yield "a cell too many", big().with_line(line + b",x"), (LINE, "", "width", "23")
    yield "a torn line", big().with_line(line[:40]), (LINE, "", "width", str(line[:40].count(b",") + 1))
    yield "letters that are not UTF-8", big().with_line(line + b"\xff"), (LINE, "", "unreadable", "")
    yield "a NUL", big().with_line(line + b"\0"), (LINE, "", "unreadable", "")
    yield "a line of 5,000 letters", big().with_line(line + b"x" * 5000), (LINE, "", "unreadable", "")
    yield (
        "a quote within a cell",
        big().with_line(line.replace(b"Barang", b'"Barang" x')),
        (LINE, "", "unreadable", ""),
    )
    yield "a missing column", big().data.replace(b"pagu", b"jumlah", 1), (1, "pagu", "no_column", "")


def found_in(form: Expenditure) -> list[Found]:
    return [(fault.line, fault.column, fault.code, fault.value) for fault in form.faults]


def test_the_good_file_has_no_fault_and_its_own_sum(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(big().data)
    form = read(tmp_path / "a.csv")
    assert (found_in(form), form.lines, form.total) == ([], ROWS, big().total)


# The row has to be one of the health office's: the codes above are its.
def test_the_altered_row_is_of_the_first_office() -> None:
    assert AT % len(sipd.OFFICES) == 0
    assert b"DINAS KESEHATAN" in big().line()


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_found_at_its_line_and_column(tmp_path: Path, name: str) -> None:
    change, fault = CELLS[name]
    (tmp_path / "a.csv").write_bytes(big().with_line(altered(change)))
    assert found_in(read(tmp_path / "a.csv")) == [(LINE, *fault)]


def test_damage_of_the_file_is_found_at_its_line(tmp_path: Path) -> None:
    for name, data, fault in bytes_of():
        (tmp_path / "a.csv").write_bytes(data)
        assert found_in(read(tmp_path / "a.csv")) == [fault], name


async def bring(parts: Parts, path: Path, total: Decimal) -> BudgetImport:
    said = Announced(ImportKind.EXPENDITURE, sipd.YEAR, "murni", DECREE, date(2026, 1, 1), total, path.name)
    return await treasury.load(parts, path, said)


async def nothing_recorded() -> bool:
    models = (BudgetLine, BudgetStage, BudgetName, BudgetOffice)
    sums = await fetch(
        "SELECT import_id FROM budget_totals UNION SELECT import_id FROM budget_nodes"
        " UNION SELECT import_id FROM budget_accounts",
        [],
    )
    return sums == [] and [await model.all().count() for model in models] == [0] * len(models)


@pytest.mark.usefixtures("db")
async def test_refused_the_whole_way_nothing_is_recorded(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    # a fault after 87,654 good lines that were copied already
    path.write_bytes(big().with_line(altered({"pagu": "-5.00"})))
    row = await bring(parts, path, big().total)
    assert row.state == "refused"
    assert [(f["line"], f["column"], f["code"], f["value"]) for f in row.faults] == [
        (LINE, "pagu", "negative", "-5.00")
    ]
    assert await nothing_recorded()
    # a sum that differs by one sen
    path.write_bytes(big().data)
    total = big().total
    row = await bring(parts, path, total + Decimal("0.01"))
    assert [(f["line"], f["code"], f["value"]) for f in row.faults] == [
        (0, "not_balanced", f"{total} - {total + Decimal('0.01')} = -0.01")
    ]
    assert await nothing_recorded()


def workbook(path: Path, change: Mapping[str, str]) -> None:
    """The export as a workbook, one row of it altered."""
    rows = list(sipd.rows(ROWS))
    rows[AT] = rows[AT] | dict(change)
    sipd.write_workbook(path, rows)


def test_a_fault_in_a_workbook_is_found_at_its_row(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", {"kode_rekening": "4.1.01.06.01.0001", "tahun": "2025"})
    assert found_in(read(tmp_path / "a.xlsx")) == [
        (LINE, "tahun", "other_year", "2025"),
        (LINE, "kode_rekening", "not_spending", "4.1.01.06.01.0001"),
    ]
