"""The worker's part: takes the file of an import from the store, reads it, and says how far it is meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
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


async def read_file(import_id: UUID, documents: Documents) -> None:
    """Read the file of an import that waits; whatever comes of it stands on its row.

    Run twice, also at once, it is read once. Broken off, nothing of it counts and it waits to be read again. May
    raise Unavailable.
    """
    row = await BudgetImport.get_or_none(id=import_id)
    if row is None or row.state != ImportState.WAITING:
        return
    with TemporaryDirectory(prefix="lugas-budget-") as folder:
        path = Path(folder) / "file"
        if row.sha256:
            await save(documents, row.key, path)
        else:
            await arriving.join(row, path, SYSTEM, documents)
        async with _telling(row.id) as told:
            try:
                await bring(SYSTEM, row.id, path, told=told)
            except Conflict:
                return  # cancelled meanwhile, or another worker was faster


@asynccontextmanager
async def _telling(import_id: UUID) -> AsyncIterator[Told]:
    """Each second write down how many lines are read, outside the import's transaction, where people see it."""
    latest = 0

    def told(lines: int) -> None:
        nonlocal latest
        latest = lines

    async def report() -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            await get_connection("default").execute_query(
                "INSERT INTO budget_readings (import_id, lines, at) VALUES ($1, $2, clock_timestamp())"
                " ON CONFLICT (import_id) DO UPDATE SET lines = excluded.lines, at = excluded.at",
                [import_id, latest],
            )

    reporting = asyncio.create_task(report())
    try:
        yield told
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        await get_connection("default").execute_query(
            "DELETE FROM budget_readings WHERE import_id = $1", [import_id]
        )
