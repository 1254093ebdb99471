"""Reads the cash plan (anggaran kas, RAK): what each account of an OPD is to be paid or received, month by month."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import codes
from backend.budget.codes import Classification
from backend.budget.forms import NEGATIVE, NO_OPD, Change, Form, Sum
from backend.budget.models import BudgetImport
from backend.budget.tables import Table
from backend.core.texts import Text

MONTHS = (
    *("januari", "februari", "maret", "april", "mei", "juni"),
    *("juli", "agustus", "september", "oktober", "november", "desember"),
)
ROWS_MOST = 300_000
SPENDING = "5"

TOO_MANY = Text("Lebih dari 300.000 baris.", "More than 300,000 lines.")
TOO_SHORT = Text(
    "Rekening rencana kas paling sedikit tiga tingkat, seperti 5.1.02.",
    "An account of a cash plan has at least three levels, as 5.1.02.",
)
MONTHS_SUM = Text(
    "Dua belas bulannya tidak sama dengan jumlah barisnya.", "Its twelve months do not add up to its own sum."
)
PARENT_TOO = Text(
    "Rekening ini ada juga rinciannya di berkas ini; jumlahnya akan terhitung dua kali.",
    "This account is also there in detail; its money would count twice.",
)
OVER = Text(
    "Rencana kas lebih besar dari anggaran yang berlaku untuk jenis belanja ini.",
    "The cash plan is larger than the budget in force for this kind of account.",
)
NO_BUDGET = Text(
    "Belum ada anggaran yang berlaku; rencana kas tidak bisa dibandingkan.",
    "No budget is in force yet to hold the cash plan against.",
)
_BUDGET_OF_DAY = """
SELECT import_id FROM budget_stages WHERE year = $1 AND effective_on <= $2
ORDER BY effective_on DESC, id DESC LIMIT 1
"""
_OVER = """
SELECT opd, account, plan.amount AS plan, coalesce(budget.amount, 0) AS budget FROM
    (SELECT opd, left(account, 6) AS account, sum(amount) AS amount FROM cash_plans
     WHERE import_id = $1 AND account LIKE '5.%' GROUP BY opd, left(account, 6)) plan
    LEFT JOIN (SELECT opd, account, amount FROM budget_accounts WHERE import_id = $2) budget USING (opd, account)
WHERE plan.amount > coalesce(budget.amount, 0) ORDER BY opd, account LIMIT 1000
"""
_CHANGES = """
SELECT opd, old.amount AS before, new.amount AS after FROM
    (SELECT opd, sum(amount) AS amount FROM cash_plan_sums WHERE import_id = $1 AND account LIKE '5.%' GROUP BY opd) old
    FULL JOIN (SELECT opd, sum(amount) AS amount FROM cash_plan_sums
               WHERE import_id = $2 AND account LIKE '5.%' GROUP BY opd) new USING (opd)
WHERE old.amount IS DISTINCT FROM new.amount ORDER BY opd LIMIT 200
"""


@dataclass
class CashPlan(Form):
    """A cash plan on its way in, of one stage of a year. The control total is the sum of `jumlah` of all lines."""

    HEADINGS: ClassVar = (
        "kode_skpd",
        "nama_skpd",
        "kode_sub_kegiatan",
        "kode_rekening",
        "uraian",
        *MONTHS,
        "jumlah",
    )
    TABLE: ClassVar = "cash_plans"
    COLUMNS: ClassVar = (
        "import_id",
        "row",
        "opd",
        "sub_activity",
        "account",
        "name",
        "months",
        "amount",
        "written",
    )
    SUMS: ClassVar = (
        Sum(
            "cash_plan_sums",
            "import_id, opd, account, month, amount",
            """
            SELECT import_id, opd, left(account, 6) AS account, m.month::smallint AS month,
                   sum(m.amount)::numeric(20,2) AS amount
            FROM cash_plans, unnest(months) WITH ORDINALITY m (amount, month) WHERE true {only}
            GROUP BY import_id, opd, left(account, 6), m.month""",
        ),
    )

    decree: Classification = codes.CLASSIFICATIONS[0]
    # The first line of each account of an OPD's sub-activity, and of each kind of account of an OPD.
    _at: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _kinds: dict[tuple[str, str], int] = field(default_factory=dict)

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """See `Form.rows`."""
        for record, cells in self.records(table):
            if self.lines >= ROWS_MOST:
                self.faults.add(record.line, "", "too_many", TOO_MANY)
                break
            place = self._place(record.line, cells)
            months = self._months(record.line, cells)
            if place is None or months is None:
                continue
            opd, sub, account = place
            amount = sum(months, Decimal(0))
            self._at.setdefault(place, record.line)
            self._kinds.setdefault((opd, account[:6]), record.line)
            self.lines += 1
            self.total += amount
            yield (
                self.row.id,
                record.line,
                opd,
                sub,
                account,
                cells["uraian"][:300],
                months,
                amount,
                record.raw,
            )
        self._no_parents()

    async def hold(self, tx: TransactionalDBClient) -> None:
        """No kind of spending is planned beyond its budget: nothing may be paid that is not budgeted (PP 12/2019).

        A fault and no note, since whoever pays by the plan would pay beyond the law; revenue may come in higher
        than planned and is not held against anything.
        """
        stage = await tx.execute_query_dict(_BUDGET_OF_DAY, [self.row.year, self.row.effective_on])
        if not stage:
            self.notes.add(0, "", "no_budget", NO_BUDGET)
            return
        for found in await tx.execute_query_dict(_OVER, [self.row.id, stage[0]["import_id"]]):
            line = self._kinds[found["opd"], found["account"]]
            value = f"{found['opd']} {found['account']}: {found['plan']} > {found['budget']}"
            self.faults.add(line, "jumlah", "over_budget", OVER, value)

    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """What each OPD's planned spending becomes."""
        found = await tx.execute_query_dict(_CHANGES, [before.id if before else None, self.row.id])
        return [Change(**change) for change in found]

    def _place(self, line: int, cells: Mapping[str, str]) -> tuple[str, str, str] | None:
        """OPD, sub-activity (or empty) and account; None, with every fault, where that cannot be."""
        before = self.faults.count
        code, name = cells["kode_skpd"], cells["nama_skpd"]
        opd = self.known.opds.get(" ".join(name.split()).lower()) or self.known.opds.get(code)
        if opd is None:
            self.faults.add(line, "kode_skpd", "unknown_opd", NO_OPD, f"{code} {name}")
        sub_text, account_text = cells["kode_sub_kegiatan"], cells["kode_rekening"]
        sub = codes.sub_activity(sub_text, self.decree) if sub_text else ""
        if isinstance(sub, Text):
            self.faults.add(line, "kode_sub_kegiatan", "bad_code", sub, sub_text)
        account = codes.account_prefix(account_text)
        if not isinstance(account, Text) and account[:6] not in codes.ACCOUNT_KINDS:
            account = TOO_SHORT if len(account) < 6 else codes.NOT_A_CODE
        if isinstance(account, Text):
            self.faults.add(line, "kode_rekening", "bad_code", account, account_text)
        if self.faults.count > before:
            return None
        return str(opd), str(sub), str(account)

    def _months(self, line: int, cells: Mapping[str, str]) -> list[Decimal] | None:
        """The twelve amounts, empty ones as nothing; None where one cannot be or they do not add up to `jumlah`."""
        before = self.faults.count
        months = [self._month(line, month, cells[month]) for month in MONTHS]
        stated = self.amount(line, "jumlah", cells["jumlah"])
        if self.faults.count > before or stated is None:
            return None
        total = sum(months, Decimal(0))
        if total != stated:
            self.faults.add(line, "jumlah", "months_sum", MONTHS_SUM, f"{total}, {stated}")
            return None
        return months

    def _month(self, line: int, month: str, text: str) -> Decimal:
        amount = self.amount(line, month, text or "0")
        if amount is not None and amount < 0:
            self.faults.add(line, month, "negative", NEGATIVE, text)
        return amount or Decimal(0)

    def _no_parents(self) -> None:
        """An account beside its own details would count twice: said at the line of the parent."""
        parents = {
            (opd, sub, account[:end])
            for opd, sub, account in self._at
            for end in range(6, len(account))
            if account[end] == "."
        }
        for key in sorted(parents & self._at.keys(), key=self._at.__getitem__):
            self.faults.add(self._at[key], "kode_rekening", "parent_too", PARENT_TOO, key[2])
