"""Brings a file into the budget: read once, checked whole, in one transaction, in force or refused."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget import claims, codes
from backend.budget.cash_plan import CashPlan
from backend.budget.claims import Claim
from backend.budget.djpk import Djpk
from backend.budget.events import EXPORT, MOVES, SUBJECT, BudgetKind
from backend.budget.expenditure import Expenditure
from backend.budget.faults import Fault, Faults
from backend.budget.forms import Change, Form, Known
from backend.budget.models import BudgetImport, BudgetName, BudgetStage, FundSource
from backend.budget.policy import require_treasury
from backend.budget.realisation import Realisation
from backend.budget.rules import ImportKind, ImportState
from backend.budget.tables import Unreadable, open_table
from backend.core import clock, jobs
from backend.core.actors import Actor
from backend.core.copying import copy_rows
from backend.core.events import Event
from backend.core.outbox import next_seq, record
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.core.words import on_day
from backend.database import transaction, unhurried

BATCH = 2000
_BECAME = {
    ImportState.IN_FORCE: BudgetKind.IN_FORCE,
    ImportState.REFUSED: BudgetKind.REFUSED,
    ImportState.TRIAL: BudgetKind.TRIED,
}
# The sums that imports keep; `lugas verify` recounts them.
SUMS = (*Expenditure.SUMS, *CashPlan.SUMS, *Realisation.SUMS)

BALANCE = Text(
    "Jumlah baris tidak sama dengan total kendali.", "The sum of the lines is not the control total."
)
NO_LINES = Text("Berkas ini tidak punya baris anggaran.", "This file has no budget lines.")
REPEATED = ("Berkas yang sama persis sudah dimuat pada {day}.", "The very same file was loaded on {day}.")


class _Undo(Exception):
    """Takes everything back: the file is refused, or this was a trial."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__()
        self.changes = changes


Told = Callable[[int], None]


async def bring(
    actor: Actor, import_id: UUID, path: Path, *, told: Told | None = None, claim: Claim | None = None
) -> BudgetImport:
    """Read the file of an import that waits and put it in force, or refuse it whole with every fault.

    One that was announced as a trial (dry run) does everything and keeps nothing but what it found. `told` hears
    how many lines are read so far. Whatever comes of it stands on the returned row, and is an event.

    Raises NotAllowed, Conflict("already_read") for an import that does not wait any more, and Conflict("being_read")
    for a worker's claim that stands no more.
    """
    require_treasury(actor)
    row = await BudgetImport.get(id=import_id)
    form = await _form(row)
    try:
        async with transaction() as tx:
            await claims.require(row.id, claim)
            with unhurried(tx):
                changes = await _try(tx, form, path, told)
            _undo(changes, when=row.trial or bool(form.faults))
            await _finish(actor, form, changes, ImportState.IN_FORCE)
            await _leave(claim)
    except _Undo as undone:
        state = ImportState.REFUSED if form.faults else ImportState.TRIAL
        async with transaction():
            await claims.require(row.id, claim)
            await _finish(actor, form, undone.changes, state)
            await _leave(claim)
    return row


async def _leave(claim: Claim | None) -> None:
    """What is done is no progress any more: both are seen at once."""
    if claim is not None:
        await claim.leave()


async def _form(row: BudgetImport) -> Form:
    known = await _known()
    decree = codes.classification(row.classification)
    assert decree is not None, "a file is not received under an unknown decree"
    match ImportKind(row.kind):
        case ImportKind.REALISATION:
            return Realisation(row, known, decree=decree)
        case ImportKind.DJPK:
            return Djpk(row, known)
        case ImportKind.CASH_PLAN:
            return CashPlan(row, known, decree=decree)
        case ImportKind.EXPENDITURE:
            return Expenditure(row, known, decree=decree)


def _undo(changes: list[Change], *, when: bool) -> None:
    if when:
        raise _Undo(changes)


async def _try(tx: TransactionalDBClient, form: Form, path: Path, told: Told | None) -> list[Change]:
    """Do everything that putting the file in force takes; what it would change, nothing where it is refused."""
    # Two imports of one year wait for each other, and a long one may take its time.
    await tx.execute_query("SET LOCAL lock_timeout = '60s'")
    await tx.execute_query("SELECT pg_advisory_xact_lock(hashtext('budget'), $1)", [form.row.year])
    await tx.execute_query("SET LOCAL statement_timeout = 0")
    await tx.execute_query("SET LOCAL idle_in_transaction_session_timeout = 0")
    if (
        not form.row.sample and form.row.kind != ImportKind.DJPK
    ):  # the ministry's table is no file of the city's
        await _clear_samples(tx)
    await _not_repeated(form.row, form.faults)
    await _load(tx, form, path, told)
    _balance(form)
    if not form.faults:
        await form.hold(tx)
    return [] if form.faults else await _put_in_force(tx, form)


async def _clear_samples(tx: TransactionalDBClient) -> None:
    """What was invented to show Lugas counts no longer once the city brings a file of its own, of whatever year.

    The names of its codes go too. Samples are planted in an empty city alone, so all names known by now are theirs.
    """
    samples = BudgetImport.filter(sample=True, state=ImportState.IN_FORCE).using_db(tx).select_for_update()
    found = [row.id for row in await samples]
    if not found:
        return
    await BudgetStage.filter(import_id__in=found).using_db(tx).delete()
    await BudgetImport.filter(id__in=found).using_db(tx).update(state=ImportState.SUPERSEDED)
    await BudgetName.all().using_db(tx).delete()


async def _known() -> Known:
    rows = await fetch("SELECT code, lower(name) FROM opds", [])
    offices = dict(await fetch("SELECT code, opd FROM budget_offices", []))
    offices |= {name: code for code, name in rows} | {code: code for code, _ in rows}
    return Known(offices, frozenset([s.code for s in await FundSource.all()]))


async def _not_repeated(row: BudgetImport, faults: Faults) -> None:
    states = [ImportState.IN_FORCE, ImportState.SUPERSEDED]
    before = await BudgetImport.filter(sha256=row.sha256, state__in=states).first()
    if before is not None:
        day = before.at.astimezone(clock.CITY_ZONE).date()
        faults.add(0, "", "repeated", on_day(*REPEATED, day), before.file_name)


async def _load(tx: TransactionalDBClient, form: Form, path: Path, told: Told | None) -> None:
    """Copy the rows in batches, each while the next is read; reading runs in a thread, so the loop stays free."""
    table = await form.begin(tx)
    ahead: asyncio.Task[list[tuple[Any, ...]]] | None = None
    try:
        rows = form.rows(await asyncio.to_thread(open_table, path))
        ahead = _next(rows)
        while batch := await ahead:
            ahead = _next(rows)
            if not form.faults:
                await copy_rows(tx, table, form.COLUMNS, batch)
            if told:
                told(form.lines)
    except Unreadable as problem:
        form.faults.add(problem.line, "", "unreadable", problem.text)
    finally:
        if ahead is not None:
            await asyncio.gather(ahead, return_exceptions=True)


def _next(rows: Iterator[tuple[Any, ...]]) -> asyncio.Task[list[tuple[Any, ...]]]:
    return asyncio.create_task(asyncio.to_thread(lambda: list(itertools.islice(rows, BATCH))))


def _balance(form: Form) -> None:
    if form.faults:
        return
    total, control = form.total, form.row.control_total
    if not form.lines:
        form.faults.add(0, "", "no_lines", NO_LINES)
    elif total != control:
        form.faults.add(0, "", "not_balanced", BALANCE, f"{total} - {control} = {total - control}")


async def _put_in_force(tx: TransactionalDBClient, form: Form) -> list[Change]:
    row = form.row
    await form.loaded(tx)
    for kept in form.SUMS:
        of_import = kept.query.format(only="AND import_id = $1")
        await tx.execute_query(f"INSERT INTO {kept.table} ({kept.columns}) {of_import}", [row.id])
    before = await BudgetImport.get_or_none(
        kind=row.kind, year=row.year, stage=row.stage, state=ImportState.IN_FORCE
    )
    if before is not None:
        before.state, before.superseded_by = ImportState.SUPERSEDED, row.id
        await before.save(update_fields=["state", "superseded_by"])
    return await form.settle(tx, before)


async def _finish(actor: Actor, form: Form, changes: list[Change], state: ImportState) -> None:
    row = form.row
    row.state, row.done_at = state, clock.now()
    row.lines, row.skipped, row.total = form.lines, form.skipped, form.total
    row.fault_count, row.faults = form.faults.count, [_said(fault) for fault in form.faults]
    row.note_count, row.notes = form.notes.count, [_said(note) for note in form.notes]
    row.changes = [{k: v if v is None else str(v) for k, v in asdict(change).items()} for change in changes]
    await row.save()
    data = {"file": row.file_name, "sha256": row.sha256, "lines": row.lines, "faults": row.fault_count}
    seq = await next_seq(SUBJECT, row.id)
    await record(Event(_BECAME[state], SUBJECT, row.id, seq, data), actor, silent=True)
    if state is ImportState.IN_FORCE and not row.sample:
        await jobs.enqueue(MOVES, {"import": str(row.id)})
        if row.kind == ImportKind.EXPENDITURE:
            await jobs.enqueue(EXPORT, {"import": str(row.id)})


def _said(fault: Fault) -> dict[str, object]:
    return {
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "id": fault.text.id,
        "en": fault.text.en,
        "value": fault.value,
    }
