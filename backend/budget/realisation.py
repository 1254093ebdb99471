"""Reads the realisation table: what each OPD was paid (SP2D, net) per account up to a day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import codes
from backend.budget.forms import NO_OPD, Change, Form, Sum
from backend.budget.models import BudgetImport
from backend.budget.tables import Table
from backend.core.texts import Text

ROWS_MOST = 300_000
OTHER_PERIOD = Text(
    "Periode baris ini lain dari periode berkas.", "This line is of another period than the file."
)
TOO_MANY = Text("Lebih dari 300.000 baris.", "More than 300,000 lines.")
PARENT_SUM = Text(
    "Jumlah di bawah kode ini tidak sama dengan jumlahnya sendiri.",
    "What stands below this code does not add up to its own amount.",
)
PERCENT = Text(
    "Persentase ini tidak mungkin dari anggaran dan realisasi di barisnya.",
    "This percentage cannot come from the budget and realisation in its line.",
)
# Of each OPD, the deepest account lines alone: a parent is never added to its children.
_SUMS = (
    Sum(
        "realisation_sums",
        "import_id, opd, account, budget, realised",
        """
        SELECT import_id, opd, left(account, 6) AS account, sum(budget)::numeric(20,2) AS budget,
               sum(realised)::numeric(20,2) AS realised
        FROM realisations WHERE true {only} GROUP BY import_id, opd, left(account, 6)""",
    ),
)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    opd: str
    account: str
    name: str
    budget: Decimal
    realised: Decimal
    last_year: Decimal
    raw: str


@dataclass
class Realisation(Form):
    """A realisation table on its way in; the import's `stage` is its day, such as 2026-10-31."""

    HEADINGS: ClassVar = (
        *("kode_opd", "periode", "kode_rekening", "uraian", "anggaran", "realisasi", "persentase"),
        "realisasi_ly",
    )
    TABLE: ClassVar = "realisations"
    COLUMNS: ClassVar = (
        *("import_id", "row", "opd", "account", "name", "budget", "realised", "last_year", "written"),
    )
    SUMS: ClassVar = _SUMS

    _rows: dict[tuple[str, str], _Row] = field(default_factory=dict)

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """See `Form.rows`. The table is read whole first: only then it is known which lines are parents."""
        for record, cells in self.records(table):
            if len(self._rows) >= ROWS_MOST:
                self.faults.add(record.line, "", "too_many", TOO_MANY)
                return
            self._take(record.line, record.raw, cells)
        if self.faults:
            return
        parents = {
            (row.opd, row.account[:end])
            for row in self._rows.values()
            for end in range(1, len(row.account))
            if row.account[end] == "."
        }
        self._hold_against_children(parents)
        for key, row in self._rows.items():
            if key in parents:
                self.skipped += 1
                continue
            self.lines += 1
            self.total += row.realised
            what = (row.opd, row.account, row.name, row.budget, row.realised, row.last_year, row.raw)
            yield (self.row.id, row.line, *what)

    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """Nothing beyond its sums."""
        return []

    def _take(self, line: int, raw: str, cells: dict[str, str]) -> None:
        before = self.faults.count
        opd = self.known.opds.get(cells["kode_opd"])
        if opd is None:
            self.faults.add(line, "kode_opd", "unknown_opd", NO_OPD, cells["kode_opd"])
        if _day(cells["periode"]) != self.row.stage:
            self.faults.add(line, "periode", "other_period", OTHER_PERIOD, cells["periode"])
        account = codes.account_prefix(cells["kode_rekening"])
        if isinstance(account, Text):
            self.faults.add(line, "kode_rekening", "bad_code", account, cells["kode_rekening"])
        columns = ("anggaran", "realisasi", "realisasi_ly")
        amounts = [self.amount(line, column, cells[column] or "0") for column in columns]
        if self.faults.count > before or opd is None or isinstance(account, Text):
            return
        budget, realised, last_year = (amount or Decimal(0) for amount in amounts)
        self._look_at_percent(line, cells["persentase"], budget, realised)
        self._rows[opd, account] = _Row(
            line, opd, account, cells["uraian"][:300], budget, realised, last_year, raw
        )

    def _look_at_percent(self, line: int, text: str, budget: Decimal, realised: Decimal) -> None:
        """A percentage that its own line contradicts by more than a hundredth is noted, and never shown."""
        if text and not percent_fits(text, budget, realised):
            self.notes.add(line, "persentase", "impossible_percent", PERCENT, text)

    def _hold_against_children(self, parents: set[tuple[str, str]]) -> None:
        below: dict[tuple[str, str], Decimal] = {}
        for key, row in self._rows.items():
            if key in parents:
                continue
            for end in range(1, len(row.account)):
                if row.account[end] == ".":
                    above = (row.opd, row.account[:end])
                    below[above] = below.get(above, Decimal(0)) + row.realised
        for key in parents & self._rows.keys():
            row = self._rows[key]
            if below[key] != row.realised:
                value = f"{row.account}: {row.realised}, {below[key]}"
                self.faults.add(row.line, "realisasi", "parent_sum", PARENT_SUM, value)


def percent_fits(text: str, budget: Decimal, realised: Decimal, slack: Decimal = Decimal("0.011")) -> bool:
    """Whether a percentage is that of its line, but for `slack` points (0 is right where there is no budget)."""
    percent = read_percent(text)
    real = realised / budget * 100 if budget else Decimal(0)
    return percent is not None and abs(percent - real) <= slack


def read_percent(text: str) -> Decimal | None:
    """A percentage as 98.57, 98,57 or 98,57 %; None where it is none."""
    try:
        return Decimal(text.replace("%", "").strip().replace(",", "."))
    except ArithmeticError:
        return None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return text
