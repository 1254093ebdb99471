"""Reads the expenditure export of SIPD: 22 columns, a row for each account of each sub-activity."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import codes
from backend.budget.codes import Classification
from backend.budget.forms import NEGATIVE, NO_OPD, Change, Form, Sum
from backend.budget.models import BudgetImport
from backend.budget.tables import Table
from backend.core.texts import Text

# FACTS 2.6; the order does not matter, each name must be there.
HEADINGS = (
    *("tahun", "kode_urusan", "nama_urusan", "kode_skpd", "nama_skpd", "kode_sub_unit", "nama_sub_unit"),
    *("kode_bidang_urusan", "nama_bidang_urusan", "kode_program", "nama_program"),
    *("kode_kegiatan", "nama_kegiatan", "kode_sub_kegiatan", "nama_sub_kegiatan"),
    *("kode_sumber_dana", "nama_sumber_dana", "kode_rekening", "nama_rekening"),
    *("kode_standar_harga", "nama_standar_harga", "pagu"),
)
# The columns that say whose a line is and under what; the rest are the item and its amount.
_PLACE = (
    *("tahun", "kode_skpd", "nama_skpd", "kode_sub_unit", "nama_sub_unit", "nama_bidang_urusan"),
    *("kode_program", "nama_program", "kode_kegiatan", "nama_kegiatan"),
    *("kode_sub_kegiatan", "nama_sub_kegiatan", "kode_sumber_dana", "kode_rekening", "nama_rekening"),
)
_REMEMBERED = 50_000
_INDEXING = "160MB"
_NAMED = (
    ("field", "nama_bidang_urusan"),
    ("programme", "nama_program"),
    ("activity", "nama_kegiatan"),
    ("sub_activity", "nama_sub_kegiatan"),
    ("account", "nama_rekening"),
    ("unit", "nama_sub_unit"),
)

OTHER_YEAR = Text("Tahun baris ini lain dari tahun berkas.", "This line is of another year than the file.")
NOT_SPENDING = Text(
    "Rekening ini bukan belanja (5); pendapatan dan pembiayaan tidak ikut dijumlahkan.",
    "This account is no spending (5); revenue and financing are never added to it.",
)
NO_SOURCE = Text("Sumber dana ini tidak ada di daftar.", "This fund source is not in the list.")
PARENT = Text(
    "Kode ini tidak di bawah kode induknya di baris yang sama.",
    "This code does not belong under its parent in the same line.",
)
OTHER_NAME = Text(
    "Nama kode ini lain dari baris sebelumnya; nama yang pertama dipakai.",
    "This code had another name in a line before; the first name is used.",
)

_SUMS = (
    Sum(
        "budget_totals",
        "import_id, year, stage, opd, fund_source, amount, lines",
        """
        SELECT import_id, year, stage, opd, fund_source, sum(amount)::numeric(20,2) AS amount, count(*)::int AS lines
        FROM budget_lines WHERE true {only} GROUP BY import_id, year, stage, opd, fund_source""",
    ),
    Sum(
        "budget_nodes",
        "import_id, opd, level, code, fund_source, amount, lines",
        """
        SELECT import_id, opd, level, left(sub_activity, width) AS code, fund_source,
               sum(amount)::numeric(20,2) AS amount, sum(lines)::int AS lines
        FROM (SELECT import_id, opd, sub_activity, fund_source, sum(amount) AS amount, count(*) AS lines
              FROM budget_lines WHERE sub_activity <> '' {only}
              GROUP BY import_id, opd, sub_activity, fund_source) s,
             (VALUES (1::smallint, 7), (2::smallint, 12), (3::smallint, 20)) w (level, width)
        GROUP BY import_id, opd, level, left(sub_activity, width), fund_source""",
    ),
    Sum(
        "budget_accounts",
        "import_id, opd, account, amount, lines",
        """
        SELECT import_id, opd, left(account, 6) AS account, sum(amount)::numeric(20,2) AS amount,
               count(*)::int AS lines
        FROM budget_lines WHERE true {only} GROUP BY import_id, opd, left(account, 6)""",
    ),
)
_INTO_NAMES = """
INSERT INTO budget_names (classification, kind, code, name)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
"""
_OFFICES = """
INSERT INTO budget_offices (code, opd) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (code) DO UPDATE SET opd = excluded.opd
"""
_STAGE = """
INSERT INTO budget_stages (year, stage, import_id, effective_on) VALUES ($1, $2, $3, $4)
ON CONFLICT (year, stage) DO UPDATE SET import_id = excluded.import_id, effective_on = excluded.effective_on
"""
_CHANGES = """
SELECT opd, old.amount AS before, new.amount AS after FROM
    (SELECT opd, sum(amount) AS amount FROM budget_totals WHERE import_id = $1 GROUP BY opd) old
    FULL JOIN (SELECT opd, sum(amount) AS amount FROM budget_totals WHERE import_id = $2 GROUP BY opd) new
    USING (opd)
WHERE old.amount IS DISTINCT FROM new.amount ORDER BY opd LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class _Place:
    """OPD, unit, sub-activity, fund source and account of a line, as `COLUMNS` has them, and the account's name."""

    columns: tuple[str, str, str, str, str]
    account_name: str


@dataclass
class Expenditure(Form):
    """An expenditure export on its way in, of one year and one stage."""

    HEADINGS: ClassVar = HEADINGS
    TABLE: ClassVar = "budget_lines"
    COLUMNS: ClassVar = (
        *("row", "opd", "unit", "sub_activity", "fund_source", "account"),
        *("price_code", "name", "amount", "written"),
    )
    SUMS: ClassVar = _SUMS

    decree: Classification = codes.CLASSIFICATIONS[0]
    # (kind, code) to the name the file gives it first.
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    _read: dict[tuple[str, str], str | Text] = field(default_factory=dict)
    # An export says of every line again whose it is and under what: what was read of that is remembered.
    _places: dict[tuple[str, ...], _Place] = field(default_factory=dict)

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """See `Form.rows`."""
        at = self.places(table)
        if at is None:
            return
        place_of = itemgetter(*(at[heading] for heading in _PLACE))
        account_at, amount_at = at["kode_rekening"], at["pagu"]
        price_at, item_at = at["kode_standar_harga"], at["nama_standar_harga"]
        key: tuple[str, ...] = ()
        place: _Place | None = None
        for record in self.whole(table):
            cells = record.cells
            if not cells[account_at].strip():
                # A heading of SIPD's own outline: its sum is that of the rows below, and is never added.
                self.skipped += 1
                continue
            before, key = key, place_of(cells)
            if place is None or key != before:  # the items of an account follow one another
                place = self._place_of(record.line, key)
            amount = self._amount(record.line, cells[amount_at])
            if place is None or amount is None:
                continue
            self.lines += 1
            self.total += amount
            name = (cells[item_at].strip() or place.account_name)[:300]
            price = cells[price_at].strip()[:60]
            yield (record.line, *place.columns, price, name, amount, record.raw)

    async def begin(self, tx: TransactionalDBClient) -> str:
        """A bare table of the import's own: a million lines are indexed at once, not one by one.

        What all lines have in common is its default, and need not travel with each.
        """
        row = self.row
        await tx.execute_script(
            f"CREATE TABLE {self._part} (LIKE budget_lines INCLUDING DEFAULTS INCLUDING CONSTRAINTS);"
            f"ALTER TABLE {self._part} ADD CHECK (import_id = '{row.id}'),"
            f" ALTER import_id SET DEFAULT '{row.id}', ALTER year SET DEFAULT {row.year},"
            f" ALTER stage SET DEFAULT '{row.stage}'"
        )
        return self._part

    async def loaded(self, tx: TransactionalDBClient) -> None:
        """Becomes part of the lines, with their indexes; the check above spares PostgreSQL a look at every row."""
        await tx.execute_script(
            f"SET LOCAL maintenance_work_mem = '{_INDEXING}';"  # a million keys are sorted in memory
            f"ALTER TABLE budget_lines ATTACH PARTITION {self._part} FOR VALUES IN ('{self.row.id}');"
            f"ANALYZE {self._part}"
        )

    @property
    def _part(self) -> str:
        return f"budget_lines_{self.row.id.hex}"

    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """The names of its codes, its offices' SIPD codes, and its stage's new lines."""
        row, names = self.row, list(self.names.items())
        kinds, coded, named = [k for (k, _), _ in names], [c for (_, c), _ in names], [n for _, n in names]
        await tx.execute_query(_INTO_NAMES, [row.classification, kinds, coded, named])
        if not row.sample:  # an invented code may never say whose real money is
            await tx.execute_query(_OFFICES, [list(self.offices), list(self.offices.values())])
        await tx.execute_query(_STAGE, [row.year, row.stage, row.id, row.effective_on])
        found = await tx.execute_query_dict(_CHANGES, [before.id if before else None, row.id])
        return [Change(**change) for change in found]

    def _place_of(self, line: int, key: tuple[str, ...]) -> _Place | None:
        place = self._places.get(key)
        if place is None:
            place = self._place(line, dict(zip(_PLACE, key, strict=True)))
            if place is not None and len(self._places) < _REMEMBERED:
                self._places[key] = place
        return place

    def _place(self, line: int, cells: Mapping[str, str]) -> _Place | None:
        """Whose a line is and under what; None, with every fault, where that cannot be."""
        cells = {heading: text.strip() for heading, text in cells.items()}
        before = self.faults.count
        if cells["tahun"] != str(self.row.year):
            self.faults.add(line, "tahun", "other_year", OTHER_YEAR, cells["tahun"])
        opd = self._opd(line, cells)
        sub = self._code(line, cells, "kode_sub_kegiatan", lambda t: codes.sub_activity(t, self.decree))
        account = self._code(line, cells, "kode_rekening", lambda t: codes.account(t, self.decree))
        if account and account[0] != "5":
            self.faults.add(line, "kode_rekening", "not_spending", NOT_SPENDING, account)
        source = self._code(line, cells, "kode_sumber_dana", codes.fund_source)
        if source and source not in self.known.sources:
            self.faults.add(line, "kode_sumber_dana", "unknown_source", NO_SOURCE, source)
        if opd is None or sub is None or account is None or source is None:
            return None
        self._under_parents(line, cells, sub)
        if self.faults.count > before:
            return None
        self._note_names(line, cells, sub, account)
        columns = (opd, cells["kode_sub_unit"][:60], sub, source, account)
        return _Place(columns, cells["nama_rekening"])

    def _amount(self, line: int, text: str) -> Decimal | None:
        amount = self.amount(line, "pagu", text.strip())
        if amount is not None and amount < 0:
            self.faults.add(line, "pagu", "negative", NEGATIVE, text)
            return None
        return amount

    def _opd(self, line: int, cells: Mapping[str, str]) -> str | None:
        code, name = cells["kode_skpd"], cells["nama_skpd"]
        key = ("nama_skpd", name)
        opd = self._read.get(key)
        if opd is None:
            opd = self._read[key] = self.known.opds.get(" ".join(name.split()).lower(), NO_OPD)
        if isinstance(opd, Text) or self.offices.setdefault(code, opd) != opd:
            self.faults.add(line, "kode_skpd", "unknown_opd", NO_OPD, f"{code} {name}")
            return None
        return opd

    def _code(
        self, line: int, cells: Mapping[str, str], column: str, read: Callable[[str], str | Text]
    ) -> str | None:
        text = cells[column]
        known = self._read.get((column, text))
        if known is None:
            known = self._read[column, text] = read(text)
        if isinstance(known, Text):
            self.faults.add(line, column, "bad_code", known, text)
            return None
        return known

    def _under_parents(self, line: int, cells: Mapping[str, str], sub: str) -> None:
        """Programme, activity and sub-activity of a row are one path, whatever their padding."""
        for column, length in (("kode_program", 7), ("kode_kegiatan", 12)):
            text = cells[column]
            code = self._read.get((column, text))
            if code is None:
                code = self._read[column, text] = codes.programme_prefix(text)
            if isinstance(code, Text) or code != sub[:length]:
                self.faults.add(line, column, "not_under_parent", PARENT, text)

    def _note_names(self, line: int, cells: Mapping[str, str], sub: str, account: str) -> None:
        own = {
            "field": sub[:4],
            "programme": sub[:7],
            "activity": sub[:12],
            "sub_activity": sub,
            "account": account,
            "unit": cells["kode_sub_unit"][:60],
        }
        for kind, heading in _NAMED:
            name = cells[heading][:300]
            if self.names.setdefault((kind, own[kind]), name) != name:
                self.notes.add(line, heading, "other_name", OTHER_NAME, name)
