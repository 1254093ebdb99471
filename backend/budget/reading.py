"""The worker's part: takes the file of an import from the store, reads it, and says how far it is meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from backend.budget import arriving, claims
from backend.budget.claims import Claim
from backend.budget.imports import Told, bring
from backend.budget.models import BudgetImport
from backend.core.actors import SYSTEM
from storage.documents import Documents, Missing, save

TELL_SECONDS = 1.0
# A file over which workers die (a workbook that unfolds beyond the memory) is not tried for ever.
BEGUN_MOST = 3


async def read_file(import_id: UUID, documents: Documents) -> None:
    """Read the file of an import that waits; whatever comes of it stands on its row.

    Run twice, also at once, it is read once. Broken off, nothing of it counts and it waits to be read again, but not
    once three workers were killed over it: then it could not be read.

    Raises Conflict("being_read") while another worker reads it, or has taken it over: that one may still be killed
    over it, so the job stays. May raise Unavailable.
    """
    taken = await claims.take(import_id)
    if taken is None:
        return
    row, claim = taken
    async with _telling(claim) as told:
        if claim.begun > BEGUN_MOST:
            await arriving.give_up(row.id)
            return
        try:
            await _read(row, claim, told, documents)
        except claims.Ended:
            return
        except Missing as problem:
            # Whoever took it over has joined the parts and forgot them.
            if not await claim.stands():
                raise claims.being_read() from problem
            raise


async def _read(row: BudgetImport, claim: Claim, told: Told, documents: Documents) -> None:
    with TemporaryDirectory(prefix="lugas-budget-") as folder:
        path = Path(folder) / "file"
        if row.sha256:
            await save(documents, row.key, path)
        else:
            await arriving.join(row, claim, path, SYSTEM, documents)
        await bring(SYSTEM, row.id, path, told=told, claim=claim)


@asynccontextmanager
async def _telling(claim: Claim) -> AsyncIterator[Told]:
    """Each second write down how many lines are read, outside the import's transaction, where people see it."""
    latest = 0

    def told(lines: int) -> None:
        nonlocal latest
        latest = lines

    async def report() -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            await claim.tell(latest)

    reporting = asyncio.create_task(report())
    try:
        yield told
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        await claim.leave()
