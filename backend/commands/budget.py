"""Brings a table into the budget: `lugas budget import FILE --year 2026 ...`, with `--dry-run` to look first."""

import argparse
import asyncio
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from backend import database
from backend.budget import actions, codes, imports
from backend.budget.actions import Announced
from backend.budget.amounts import read_amount
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind, ImportState
from backend.core.actors import SYSTEM
from backend.core.problems import InvalidInput, Problem
from backend.core.texts import Text
from backend.core.words import thousands
from backend.logs import set_up_logs
from backend.settings import Settings
from storage.documents import Documents
from storage.open import open_documents

SHOWN = 50


def main(settings: Settings, arguments: list[str]) -> int:
    """0 when the file is in force (or a dry run found nothing wrong), 1 when it was refused."""
    set_up_logs(settings.log_level)
    return asyncio.run(_run(settings, _parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lugas budget")
    bring = parser.add_subparsers(dest="act", required=True).add_parser("import", help="load a table")
    bring.add_argument("file", type=Path)
    bring.add_argument("--kind", choices=[k.value for k in ImportKind], default=ImportKind.EXPENDITURE.value)
    bring.add_argument("--year", type=int, required=True)
    bring.add_argument(
        "--stage",
        default="murni",
        help="murni, pergeseran-1 and so on, or perubahan; of realisation and djpk the day, as 2026-10-31",
    )
    bring.add_argument("--total", type=_rupiah, required=True, help="control total in rupiah")
    bring.add_argument(
        "--effective", type=date.fromisoformat, help="first day it counts (default: 1 January)"
    )
    bring.add_argument("--classification", help="the decree of its codes (default: that of the first day)")
    bring.add_argument("--dry-run", action="store_true", help="say what would change, keep nothing")
    return parser


def _rupiah(text: str) -> Decimal:
    amount = read_amount(text)
    if isinstance(amount, Text):
        raise argparse.ArgumentTypeError(amount.en)
    return amount.value


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    await database.connect(database.url_of(settings), pool=2, long=True)
    documents = open_documents(settings.storage)
    try:
        await documents.prepare()
        return await _bring(given, documents)
    except InvalidInput as refused:
        for fault in refused.faults:
            print(f"lugas: {fault.path}: {fault.text.id}", file=sys.stderr)
        return 1
    except (Problem, OSError) as refused:
        print(f"lugas: {refused}", file=sys.stderr)
        return 1
    finally:
        await documents.close()
        await database.disconnect()


async def _bring(given: argparse.Namespace, documents: Documents) -> int:
    effective = given.effective or date(given.year, 1, 1)
    said = Announced(
        kind=ImportKind(given.kind),
        year=given.year,
        stage=given.stage,
        classification=given.classification or codes.in_force(effective).name,
        effective_on=effective,
        control_total=given.total,
        file_name=given.file.name,
        trial=given.dry_run,
    )
    waiting = await actions.receive(SYSTEM, uuid4(), said, given.file, documents)
    row = await imports.bring(SYSTEM, waiting, given.file, told=_progress)
    print(file=sys.stderr)
    _say(row)
    return 1 if row.state == ImportState.REFUSED else 0


def _progress(lines: int) -> None:
    print(f"\r{thousands(lines)} baris", end="", file=sys.stderr, flush=True)


def _say(row: BudgetImport) -> None:
    print(f"{row.file_name}: {row.state}, {thousands(row.lines)} baris, Rp{row.total}")
    for fault in row.faults[:SHOWN]:
        print(f"  baris {fault['line']}, {fault['column']}: {fault['id']} [{fault['value']}]")
    if row.fault_count > SHOWN:
        print(f"  dan {thousands(row.fault_count - SHOWN)} kesalahan lain")
    for note in row.notes[:SHOWN]:
        print(f"  catatan, baris {note['line']}, {note['column']}: {note['id']} [{note['value']}]")
    for change in row.changes:
        print(f"  {change['opd']}: Rp{change['before'] or 0} menjadi Rp{change['after'] or 0}")
