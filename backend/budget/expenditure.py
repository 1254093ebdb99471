"""Reads the expenditure export of SIPD: 22 columns, a row for each account of each sub-activity."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from backend.budget import codes
from backend.budget.amounts import Style, read_amount
from backend.budget.codes import Classification
from backend.budget.faults import Faults
from backend.budget.tables import Record, Table
from backend.core.texts import Text

# FACTS 2.6; the order does not matter, each name must be there.
HEADINGS = (
    *("tahun", "kode_urusan", "nama_urusan", "kode_skpd", "nama_skpd", "kode_sub_unit", "nama_sub_unit"),
    *("kode_bidang_urusan", "nama_bidang_urusan", "kode_program", "nama_program"),
    *("kode_kegiatan", "nama_kegiatan", "kode_sub_kegiatan", "nama_sub_kegiatan"),
    *("kode_sumber_dana", "nama_sumber_dana", "kode_rekening", "nama_rekening"),
    *("kode_standar_harga", "nama_standar_harga", "pagu"),
)
_NAMED = (
    ("field", "nama_bidang_urusan"),
    ("programme", "nama_program"),
    ("activity", "nama_kegiatan"),
    ("sub_activity", "nama_sub_kegiatan"),
    ("account", "nama_rekening"),
    ("unit", "nama_sub_unit"),
)

MISSING = Text("Kolom ini tidak ada di berkas.", "The file has no such column.")
WIDTH = Text("Jumlah kolom baris ini lain dari judul tabel.", "This line has another number of columns.")
OTHER_YEAR = Text("Tahun baris ini lain dari tahun berkas.", "This line is of another year than the file.")
NO_OPD = Text("OPD ini tidak ada di daftar kota.", "This OPD is not in the city's list.")
NO_SOURCE = Text("Sumber dana ini tidak ada di daftar.", "This fund source is not in the list.")
NEGATIVE = Text("Pagu tidak boleh kurang dari nol.", "A budget cannot be below zero.")
TWO_STYLES = Text(
    "Tanda sen berbeda dari baris lain di berkas ini.", "The mark before the sen differs from other lines."
)
PARENT = Text(
    "Kode ini tidak di bawah kode induknya di baris yang sama.",
    "This code does not belong under its parent in the same line.",
)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line with its codes in one padding; `row` is the file's line, `raw` its text, `amount` rupiah with sen."""

    row: int
    opd: str
    unit: str
    sub_activity: str
    fund_source: str
    account: str
    name: str
    amount: Decimal
    raw: str


@dataclass(frozen=True)
class Known:
    """What the city knows: OPD by SIPD code or by lower-case name, and the codes of fund sources."""

    opds: Mapping[str, str]
    sources: frozenset[str]


@dataclass
class Reading:
    """Goes through an export once, yields its lines, and gathers its faults, names and sum on the way."""

    year: int
    decree: Classification
    known: Known
    faults: Faults = field(default_factory=Faults)
    # (kind, code) to the name the file gives it first.
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    total: Decimal = Decimal(0)
    lines: int = 0
    skipped: int = 0
    _style: Style | None = None
    _read: dict[tuple[str, str], str | Text] = field(default_factory=dict)

    def go(self, table: Table) -> Iterator[ReadLine]:
        """The lines of a table; those with a fault are left out, and the file is refused whole afterwards."""
        at = {heading: place for place, heading in enumerate(table.headings)}
        missing = [heading for heading in HEADINGS if heading not in at]
        for heading in missing:
            self.faults.add(1, heading, "no_column", MISSING)
        if missing:
            return
        width = len(table.headings)
        for record in table.records:
            if len(record.cells) != width:
                self.faults.add(record.line, "", "width", WIDTH, str(len(record.cells)))
                continue
            row = {heading: record.cells[at[heading]].strip() for heading in HEADINGS}
            if not row["kode_rekening"]:
                # A heading of SIPD's own outline: its sum is that of the rows below, and is never added.
                self.skipped += 1
                continue
            line = self._line(record, row)
            if line is not None:
                self.lines += 1
                self.total += line.amount
                yield line

    def _line(self, record: Record, row: Mapping[str, str]) -> ReadLine | None:
        before = self.faults.count
        line = record.line
        if row["tahun"] != str(self.year):
            self.faults.add(line, "tahun", "other_year", OTHER_YEAR, row["tahun"])
        opd = self.known.opds.get(row["kode_skpd"]) or self.known.opds.get(_folded(row["nama_skpd"]))
        if opd is None:
            self.faults.add(
                line, "kode_skpd", "unknown_opd", NO_OPD, f"{row['kode_skpd']} {row['nama_skpd']}"
            )
        sub = self._code(line, row, "kode_sub_kegiatan", lambda t: codes.sub_activity(t, self.decree))
        account = self._code(line, row, "kode_rekening", lambda t: codes.account(t, self.decree))
        source = self._code(line, row, "kode_sumber_dana", codes.fund_source)
        if source and source not in self.known.sources:
            self.faults.add(line, "kode_sumber_dana", "unknown_source", NO_SOURCE, source)
        amount = self._amount(line, row["pagu"])
        if opd is None or sub is None or account is None or source is None or amount is None:
            return None
        if self.faults.count > before:
            return None
        if not self._under_parents(line, row, sub):
            return None
        self._note_names(row, sub, account)
        name = row["nama_standar_harga"] or row["nama_rekening"]
        return ReadLine(line, opd, row["kode_sub_unit"], sub, source, account, name[:300], amount, record.raw)

    def _code(
        self, line: int, row: Mapping[str, str], column: str, read: Callable[[str], str | Text]
    ) -> str | None:
        text = row[column]
        known = self._read.get((column, text))
        if known is None:
            known = self._read[column, text] = read(text)
        if isinstance(known, Text):
            self.faults.add(line, column, "bad_code", known, text)
            return None
        return known

    def _under_parents(self, line: int, row: Mapping[str, str], sub: str) -> bool:
        """Programme, activity and sub-activity of a row are one path, whatever their padding."""
        good = True
        for column, length in (("kode_program", 7), ("kode_kegiatan", 12)):
            text = row[column]
            code = self._read.get((column, text))
            if code is None:
                code = self._read[column, text] = codes.programme_prefix(text)
            if isinstance(code, Text) or code != sub[:length]:
                self.faults.add(line, column, "not_under_parent", PARENT, text)
                good = False
        return good

    def _amount(self, line: int, text: str) -> Decimal | None:
        amount = read_amount(text)
        if isinstance(amount, Text):
            self.faults.add(line, "pagu", "bad_amount", amount, text)
            return None
        if amount.value < 0:
            self.faults.add(line, "pagu", "negative", NEGATIVE, text)
            return None
        if amount.style is not None:
            if self._style is None:
                self._style = amount.style
            if amount.style is not self._style:
                self.faults.add(line, "pagu", "two_styles", TWO_STYLES, text)
                return None
        return amount.value

    def _note_names(self, row: Mapping[str, str], sub: str, account: str) -> None:
        own = {
            "field": sub[:4],
            "programme": sub[:7],
            "activity": sub[:12],
            "sub_activity": sub,
            "account": account,
            "unit": row["kode_sub_unit"],
        }
        for kind, heading in _NAMED:
            self.names.setdefault((kind, own[kind]), row[heading][:300])


def _folded(name: str) -> str:
    return " ".join(name.split()).lower()
