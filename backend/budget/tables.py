"""Reads a table out of a file, CSV or XLSX, row by row with its line number and its raw text."""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from backend.core.texts import Text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
RAW_MOST = 4000
UNZIPPED_MOST = 2 * 1024**3
_DELIMITERS = ",;\t"

NO_TABLE = Text("Berkas ini bukan tabel CSV atau XLSX.", "This file is no CSV or XLSX table.")
EMPTY = Text("Tabel ini kosong.", "This table is empty.")
NOT_UTF8 = Text(
    "Huruf di baris ini rusak (bukan UTF-8). Simpan ulang sebagai CSV UTF-8.",
    "The letters in this line are damaged (not UTF-8). Save it again as CSV UTF-8.",
)
TOO_LONG = Text("Baris ini terlalu panjang.", "This line is too long.")


class Unreadable(Exception):
    """The file is no table, from this line on (1 is the first)."""

    def __init__(self, line: int, text: Text) -> None:
        super().__init__(text.en)
        self.line = line
        self.text = text


class Record(NamedTuple):
    """One row: the line it begins in, its cells, and its text as it stands in the file."""

    line: int
    cells: list[str]
    raw: str


@dataclass(frozen=True)
class Table:
    """The headings of a file, lower case, and an iterator over what follows them."""

    headings: list[str]
    records: Iterator[Record]


def open_table(path: Path) -> Table:
    """The table of a file on disk. Raises Unreadable, also while its records are read.

    CSV is streamed; its delimiter is the mark of `,` `;` and tab that its first line has most of. Of a
    workbook the first sheet counts.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    rows = _workbook(path) if magic == b"PK\x03\x04" else _csv(path)
    first = next(rows, None)
    if first is None:
        raise Unreadable(1, EMPTY)
    return Table([" ".join(cell.split()).lower() for cell in first.cells], rows)


def _csv(path: Path) -> Iterator[Record]:
    """Records of a CSV file; what the parser took since the last record is that record's raw text."""
    taken: list[str] = []
    # utf-8-sig: a byte order mark at the beginning is no letter of the first heading.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = max(_DELIMITERS, key=file.readline(RAW_MOST).count)
        file.seek(0)
        reader = csv.reader(_lines(file, taken), delimiter=delimiter, strict=True)
        begin = 1
        try:
            for cells in reader:
                raw = "".join(taken)
                taken.clear()
                if len(raw) > RAW_MOST:
                    raise Unreadable(begin, TOO_LONG)
                if any(cells):
                    yield Record(begin, cells, raw.rstrip("\r\n"))
                begin = reader.line_num + 1
        except csv.Error as problem:
            raise Unreadable(begin, Text(f"CSV rusak: {problem}.", f"Broken CSV: {problem}.")) from problem


def _lines(file: io.TextIOWrapper, taken: list[str]) -> Iterator[str]:
    for line in itertools.count(1):
        text = file.readline(RAW_MOST + 1)
        if not text:
            return
        if len(text) > RAW_MOST:
            raise Unreadable(line, TOO_LONG)
        if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            raise Unreadable(line, NOT_UTF8)
        if "\0" in text:
            raise Unreadable(line, NO_TABLE)
        taken.append(text)
        yield text


def _workbook(path: Path) -> Iterator[Record]:
    """Records of the first sheet; the raw text of a row are its cells between tabs."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNZIPPED_MOST:
                raise Unreadable(1, TOO_LONG)
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        for line, row in enumerate(sheet.iter_rows(), 1 + (sheet.start[0] if sheet.start else 0)):
            cells = [_cell(value) for value in row]
            if any(cells):
                yield Record(line, cells, "\t".join(cells)[:RAW_MOST])
    except (CalamineError, zipfile.BadZipFile, IndexError) as problem:
        raise Unreadable(1, NO_TABLE) from problem


def _cell(value: object) -> str:
    # A workbook keeps every number as a float: 12 must not come back as 12.0, nor sen as 0.30000000000000004.
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
