"""The worker's part: takes the file of an import from the store, reads it, and says how far it is meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from backend.budget import arriving
from backend.budget.imports import Told, bring
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportState
from backend.core.actors import SYSTEM
from backend.core.problems import Conflict
from storage.documents import Documents, save

TELL_SECONDS = 1.0
# A file over which workers die (a workbook that unfolds beyond the memory) is not tried for ever.
BEGUN_MOST = 3


async def read_file(import_id: UUID, documents: Documents) -> None:
    """Read the file of an import that waits; whatever comes of it stands on its row.

    Run twice, also at once, it is read once. Broken off, nothing of it counts and it waits to be read again, but not
    once three workers were killed over it: then it could not be read. May raise Unavailable.
    """
    row = await BudgetImport.get_or_none(id=import_id)
    if row is None or row.state != ImportState.WAITING:
        return
    async with _telling(row.id) as (begun, told):
        if begun > BEGUN_MOST:
            await arriving.give_up(row.id)
            return
        with TemporaryDirectory(prefix="lugas-budget-") as folder:
            path = Path(folder) / "file"
            if row.sha256:
                await save(documents, row.key, path)
            else:
                await arriving.join(row, path, SYSTEM, documents)
            try:
                await bring(SYSTEM, row.id, path, told=told)
            except Conflict:
                return  # cancelled meanwhile, or another worker was faster


@asynccontextmanager
async def _telling(import_id: UUID) -> AsyncIterator[tuple[int, Told]]:
    """Each second write down how many lines are read, outside the import's transaction, where people see it.

    Gives how often a file was begun without an end, this time included: what a killed worker wrote down is left.
    """
    latest = 0

    def told(lines: int) -> None:
        nonlocal latest
        latest = lines

    async def report() -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            await _write(_READ, import_id, latest)

    begun = (await _write(_BEGUN, import_id))[0]["begun"]
    reporting = asyncio.create_task(report())
    try:
        yield begun, told
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        await _write(_ENDED, import_id)


_BEGUN = """
INSERT INTO budget_readings (import_id, lines, at, begun) VALUES ($1, 0, clock_timestamp(), 1)
ON CONFLICT (import_id) DO UPDATE SET lines = 0, at = excluded.at, begun = budget_readings.begun + 1
RETURNING begun
"""
_READ = "UPDATE budget_readings SET lines = $2, at = clock_timestamp() WHERE import_id = $1"
_ENDED = "DELETE FROM budget_readings WHERE import_id = $1"


async def _write(sql: str, *values: object) -> list[dict[str, Any]]:
    return await get_connection("default").execute_query_dict(sql, list(values))
