"""Reads the realisation table: what each OPD was paid (SP2D, net) per account, and sub-activity, up to a day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import codes
from backend.budget.codes import Classification
from backend.budget.forms import NO_OPD, Change, Form, Sum
from backend.budget.models import BudgetImport
from backend.budget.tables import Table
from backend.core.texts import Text

ROWS_MOST = 300_000
OTHER_PERIOD = Text(
    "Periode baris ini lain dari periode berkas.", "This line is of another period than the file."
)
TOO_MANY = Text("Lebih dari 300.000 baris.", "More than 300,000 lines.")
TWICE = Text("Rekening ini sudah ada di baris lain.", "This account came in another line before.")
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
        "import_id, opd, account, budget, realised, last_year",
        """
        SELECT import_id, opd, left(account, 6) AS account, sum(budget)::numeric(20,2) AS budget,
               sum(realised)::numeric(20,2) AS realised, sum(last_year)::numeric(20,2) AS last_year
        FROM realisations WHERE true {only} GROUP BY import_id, opd, left(account, 6)""",
    ),
    # Spending alone: a programme has no revenue. Levels as in budget_nodes.
    Sum(
        "realisation_nodes",
        "import_id, opd, level, code, budget, realised",
        """
        SELECT import_id, opd, level, left(sub_activity, width) AS code,
               sum(budget)::numeric(20,2) AS budget, sum(realised)::numeric(20,2) AS realised
        FROM realisations, (VALUES (1::smallint, 7, 7), (2::smallint, 12, 12), (3::smallint, 20, 15)) w (level, width, least)
        WHERE length(sub_activity) >= least AND left(account, 1) = '5' {only}
        GROUP BY import_id, opd, level, left(sub_activity, width)""",
    ),
)
_CHANGES = """
SELECT opd, old.amount AS before, new.amount AS after FROM
    (SELECT opd, sum(realised) AS amount FROM realisation_sums WHERE account LIKE '5%' AND import_id =
        (SELECT i.id FROM budget_imports i WHERE kind = 'realisation' AND year = $2 AND id <> $1 AND stage <= $3
         AND state IN ('in_force', 'superseded')
         AND EXISTS (SELECT FROM realisation_sums x WHERE x.import_id = i.id AND x.account LIKE '5%')
         ORDER BY stage DESC, at DESC LIMIT 1) GROUP BY opd) old
    FULL JOIN (SELECT opd, sum(realised) AS amount FROM realisation_sums
               WHERE account LIKE '5%' AND import_id = $1 GROUP BY opd) new USING (opd)
WHERE old.amount IS DISTINCT FROM new.amount
  AND EXISTS (SELECT FROM realisation_sums x WHERE x.import_id = $1 AND x.account LIKE '5%')
ORDER BY opd LIMIT 200
"""
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    opd: str
    sub: str
    account: str
    name: str
    budget: Decimal
    realised: Decimal
    last_year: Decimal
    raw: str


@dataclass
class Realisation(Form):
    """A realisation table on its way in; the import's `stage` is its day, such as 2026-10-31.

    The control total is what its last lines add up to, of whatever account.
    """

    HEADINGS: ClassVar = (
        *("kode_opd", "periode", "kode_rekening", "uraian", "anggaran", "realisasi", "persentase"),
        "realisasi_ly",
    )
    OPTIONAL: ClassVar = ("kode_sub_kegiatan",)
    TABLE: ClassVar = "realisations"
    COLUMNS: ClassVar = (
        *("import_id", "row", "opd", "sub_activity", "account", "name", "budget", "realised", "last_year"),
        "written",
    )
    SUMS: ClassVar = _SUMS

    decree: Classification = codes.CLASSIFICATIONS[0]
    # By OPD, sub-activity (or its programme or activity, or empty) and account.
    _rows: dict[_Key, _Row] = field(default_factory=dict)

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """See `Form.rows`. The table is read whole first: only then it is known which lines are parents."""
        for record, cells in self.records(table):
            if len(self._rows) >= ROWS_MOST:
                self.faults.add(record.line, "", "too_many", TOO_MANY)
                return
            self._take(record.line, record.raw, cells)
        if self.faults:
            return
        parents = {above for key in self._rows for above in _above(key)} & self._rows.keys()
        self._hold_against_children(parents)
        for key, row in self._rows.items():
            if key in parents:
                self.skipped += 1
                continue
            self.lines += 1
            self.total += row.realised
            what = (row.opd, row.sub, row.account, row.name, row.budget, row.realised, row.last_year, row.raw)
            yield (self.row.id, row.line, *what)

    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """What each OPD was paid, against the newest table of the year that told of payments; a table of revenue changes none."""
        found = await tx.execute_query_dict(_CHANGES, [self.row.id, self.row.year, self.row.stage])
        return [Change(**change) for change in found]

    def _take(self, line: int, raw: str, cells: dict[str, str]) -> None:
        before = self.faults.count
        place = self._place(line, cells)
        if _day(cells["periode"]) != self.row.stage:
            self.faults.add(line, "periode", "other_period", OTHER_PERIOD, cells["periode"])
        columns = ("anggaran", "realisasi", "realisasi_ly")
        amounts = [self.amount(line, column, cells[column] or "0") for column in columns]
        if self.faults.count > before or place is None:
            return
        if place in self._rows:
            self.faults.add(line, "kode_rekening", "twice", TWICE, f"{place[2]}: {self._rows[place].line}")
            return
        budget, realised, last_year = (amount or Decimal(0) for amount in amounts)
        self._look_at_percent(line, cells["persentase"], budget, realised)
        self._rows[place] = _Row(line, *place, cells["uraian"][:300], budget, realised, last_year, raw)

    def _place(self, line: int, cells: dict[str, str]) -> _Key | None:
        opd = self.known.opds.get(cells["kode_opd"])
        if opd is None:
            self.faults.add(line, "kode_opd", "unknown_opd", NO_OPD, cells["kode_opd"])
        account = codes.account_prefix(cells["kode_rekening"])
        if isinstance(account, Text):
            self.faults.add(line, "kode_rekening", "bad_code", account, cells["kode_rekening"])
        sub = self._sub(cells["kode_sub_kegiatan"])
        if isinstance(sub, Text):
            self.faults.add(line, "kode_sub_kegiatan", "bad_code", sub, cells["kode_sub_kegiatan"])
        if opd is None or isinstance(account, Text) or isinstance(sub, Text):
            return None
        return opd, sub, account

    def _sub(self, text: str) -> str | Text:
        """A sub-activity, or the programme or activity above some; empty where the file does not say."""
        if not text:
            return ""
        code = codes.programme_prefix(text)
        if isinstance(code, Text) or len(code) in (7, 12):
            return code
        return codes.sub_activity(text, self.decree)

    def _look_at_percent(self, line: int, text: str, budget: Decimal, realised: Decimal) -> None:
        """A percentage that its own line contradicts by more than a hundredth is noted, and never shown."""
        if text and not percent_fits(text, budget, realised):
            self.notes.add(line, "persentase", "impossible_percent", PERCENT, text)

    def _hold_against_children(self, parents: set[_Key]) -> None:
        below = dict.fromkeys(parents, Decimal(0))
        for key, row in self._rows.items():
            for above in _above(key) if key not in parents else ():
                if above in below:
                    below[above] += row.realised
        for key in parents:
            row = self._rows[key]
            if below[key] != row.realised:
                value = f"{row.account}: {row.realised}, {below[key]}"
                self.faults.add(row.line, "realisasi", "parent_sum", PARENT_SUM, value)


def _above(key: _Key) -> list[_Key]:
    """What this place is a part of: itself with a shorter account, a shorter code, or both."""
    opd, sub, account = key
    subs = [sub, *(sub[:width] for width in (12, 7, 0) if len(sub) > width)]
    accounts = [account, *(account[:end] for end in range(1, len(account)) if account[end] == ".")]
    return [(opd, s, a) for s in subs for a in accounts][1:]


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
