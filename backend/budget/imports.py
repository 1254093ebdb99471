"""Brings a file into the budget: read once, checked whole, in one transaction, in force or refused."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import codes
from backend.budget.expenditure import Known, Reading, ReadLine
from backend.budget.faults import Fault, Faults
from backend.budget.models import BudgetImport, FundSource
from backend.budget.rules import ImportState
from backend.budget.tables import Unreadable, open_table
from backend.core import clock
from backend.core.copying import copy_rows
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.database import transaction

BATCH = 2000
_COLUMNS = (
    *("import_id", "row", "year", "stage", "opd", "unit", "sub_activity", "fund_source", "account"),
    *("name", "amount", "written"),
)
# `only` narrows a sum to one import; verify.py recomputes them for all.
SUMS = {
    "budget_totals": """
        SELECT import_id, year, stage, opd, fund_source, sum(amount)::numeric(20,2) AS amount, count(*)::int AS lines
        FROM budget_lines WHERE true {only} GROUP BY import_id, year, stage, opd, fund_source""",
    "budget_nodes": """
        SELECT import_id, opd, level, left(sub_activity, width) AS code, fund_source,
               sum(amount)::numeric(20,2) AS amount, count(*)::int AS lines
        FROM budget_lines, (VALUES (1::smallint, 7), (2::smallint, 12), (3::smallint, 20)) w (level, width)
        WHERE sub_activity <> '' {only}
        GROUP BY import_id, opd, level, left(sub_activity, width), fund_source""",
    "budget_accounts": """
        SELECT import_id, opd, left(account, 6) AS account, sum(amount)::numeric(20,2) AS amount,
               count(*)::int AS lines
        FROM budget_lines WHERE true {only} GROUP BY import_id, opd, left(account, 6)""",
}
_INTO = {
    "budget_totals": "import_id, year, stage, opd, fund_source, amount, lines",
    "budget_nodes": "import_id, opd, level, code, fund_source, amount, lines",
    "budget_accounts": "import_id, opd, account, amount, lines",
}
_NAMES = """
INSERT INTO budget_names (classification, kind, code, name)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
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

BALANCE = Text(
    "Jumlah baris tidak sama dengan total kendali.", "The sum of the lines is not the control total."
)
NO_LINES = Text("Berkas ini tidak punya baris anggaran.", "This file has no budget lines.")
NO_DECREE = Text("Kodefikasi ini tidak dikenal.", "This classification is not known.")
REPEATED = Text("Berkas yang sama persis sudah dimuat.", "The very same file was loaded before.")


@dataclass(frozen=True)
class Change:
    """What an import changes for one OPD: rupiah before and after, None where there was or is nothing."""

    opd: str
    before: Decimal | None
    after: Decimal | None


class _Undo(Exception):
    """Takes everything back: the file is refused, or this was a trial."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__()
        self.changes = changes


Told = Callable[[int], None]


async def bring(
    import_id: UUID, path: Path, *, trial: bool = False, told: Told | None = None
) -> BudgetImport:
    """Read the file of an import that waits and put it in force, or refuse it whole with every fault.

    A `trial` (dry run) does everything and keeps nothing but what it found. `told` hears how many lines are
    read so far. Whatever comes of it stands on the returned row.
    """
    row = await BudgetImport.get(id=import_id)
    decree = codes.classification(row.classification)
    reading = Reading(row.year, decree or codes.CLASSIFICATIONS[0], await _known())
    if decree is None:
        reading.faults.add(0, "classification", "no_decree", NO_DECREE, row.classification)
    try:
        async with transaction() as tx:
            changes = await _try(tx, row, reading, path, told)
            _undo(changes, when=trial or bool(reading.faults))
            await _finish(row, reading, changes, ImportState.IN_FORCE)
    except _Undo as undone:
        state = ImportState.REFUSED if reading.faults else ImportState.TRIAL
        async with transaction():
            await _finish(row, reading, undone.changes, state)
    return row


def _undo(changes: list[Change], *, when: bool) -> None:
    if when:
        raise _Undo(changes)


async def _try(
    tx: TransactionalDBClient, row: BudgetImport, reading: Reading, path: Path, told: Told | None
) -> list[Change]:
    """Do everything that putting the file in force takes; what it would change, nothing where it is refused."""
    # Two imports of one year wait for each other, and a long one may take its time.
    await tx.execute_query("SELECT pg_advisory_xact_lock(hashtext('budget'), $1)", [row.year])
    await tx.execute_query("SET LOCAL statement_timeout = 0")
    await tx.execute_query("SET LOCAL idle_in_transaction_session_timeout = 0")
    await _not_repeated(row, reading.faults)
    await _load(tx, row, reading, path, told)
    _balance(row, reading)
    return [] if reading.faults else await _put_in_force(tx, row, reading)


async def _known() -> Known:
    rows = await fetch("SELECT code, lower(name) FROM opds", [])
    offices = {name: code for code, name in rows} | {code: code for code, _ in rows}
    return Known(offices, frozenset([s.code for s in await FundSource.all()]))


async def _not_repeated(row: BudgetImport, faults: Faults) -> None:
    states = [ImportState.IN_FORCE, ImportState.SUPERSEDED]
    before = await BudgetImport.filter(sha256=row.sha256, state__in=states).first()
    if before is not None:
        faults.add(0, "", "repeated", REPEATED, f"{before.file_name}, {before.at:%Y-%m-%d}")


async def _load(
    tx: TransactionalDBClient, row: BudgetImport, reading: Reading, path: Path, told: Told | None
) -> None:
    """Copy the lines in batches; reading runs in a thread, so that the loop stays free."""
    try:
        lines = reading.go(await asyncio.to_thread(open_table, path))
        while batch := await asyncio.to_thread(_batch, lines, row):
            if not reading.faults:
                await copy_rows(tx, "budget_lines", _COLUMNS, batch)
            if told:
                told(reading.lines)
    except Unreadable as problem:
        reading.faults.add(problem.line, "", "unreadable", problem.text)


def _batch(lines: Iterator[ReadLine], row: BudgetImport) -> list[tuple[Any, ...]]:
    return [
        (
            *(row.id, line.row, row.year, row.stage, line.opd, line.unit, line.sub_activity),
            *(line.fund_source, line.account, line.name, line.amount, line.raw),
        )
        for line in itertools.islice(lines, BATCH)
    ]


def _balance(row: BudgetImport, reading: Reading) -> None:
    if reading.faults:
        return
    if not reading.lines:
        reading.faults.add(0, "", "no_lines", NO_LINES)
    elif reading.total != row.control_total:
        short = f"{reading.total} - {row.control_total} = {reading.total - row.control_total}"
        reading.faults.add(0, "pagu", "not_balanced", BALANCE, short)


async def _put_in_force(tx: TransactionalDBClient, row: BudgetImport, reading: Reading) -> list[Change]:
    for table, sums in SUMS.items():
        await tx.execute_query(
            f"INSERT INTO {table} ({_INTO[table]}) {sums.format(only='AND import_id = $1')}", [row.id]
        )
    names = list(reading.names.items())
    await tx.execute_query(
        _NAMES,
        [row.classification, [k for (k, _), _ in names], [c for (_, c), _ in names], [n for _, n in names]],
    )
    before = await BudgetImport.get_or_none(
        kind=row.kind, year=row.year, stage=row.stage, state=ImportState.IN_FORCE
    )
    if before is not None:
        before.state, before.superseded_by = ImportState.SUPERSEDED, row.id
        await before.save(update_fields=["state", "superseded_by"])
    await tx.execute_query(_STAGE, [row.year, row.stage, row.id, row.effective_on])
    found = await tx.execute_query_dict(_CHANGES, [before.id if before else None, row.id])
    return [Change(**change) for change in found]


async def _finish(row: BudgetImport, reading: Reading, changes: list[Change], state: ImportState) -> None:
    row.state, row.done_at = state, clock.now()
    row.lines, row.skipped, row.total, row.progress = (
        reading.lines,
        reading.skipped,
        reading.total,
        reading.lines,
    )
    row.fault_count, row.faults = reading.faults.count, [_said(fault) for fault in reading.faults]
    row.changes = [{k: v if v is None else str(v) for k, v in asdict(change).items()} for change in changes]
    await row.save()


def _said(fault: Fault) -> dict[str, object]:
    return {
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "id": fault.text.id,
        "en": fault.text.en,
        "value": fault.value,
    }
