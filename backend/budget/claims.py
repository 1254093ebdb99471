"""Which worker reads a file of the budget: of two that began, only the one whose claim stands says what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.connection import get_connection

from backend.budget.models import BudgetImport
from backend.budget.rules import ImportState
from backend.core.problems import Conflict, NotFound
from backend.core.texts import Text
from backend.database import transaction

BEING_READ = Text(
    "Berkas ini sedang dibaca; tunggu hasilnya.", "This file is being read; wait for what comes of it."
)
READ = Text("Berkas ini sudah dibaca.", "This file was read already.")

# A claim changes hands under the lock of the import's row alone: while one holds that lock, its claim stands.
_TAKEN = """
INSERT INTO budget_readings (import_id, lines, at, begun) VALUES ($1, 0, clock_timestamp(), 1)
ON CONFLICT (import_id) DO UPDATE
SET lines = 0, at = excluded.at, begun = budget_readings.begun + 1, claim = excluded.claim
RETURNING claim, begun
"""
_STANDS = "SELECT FROM budget_readings WHERE import_id = $1 AND claim = $2"
_TOLD = "UPDATE budget_readings SET lines = $3, at = clock_timestamp() WHERE import_id = $1 AND claim = $2"
_LEFT = "DELETE FROM budget_readings WHERE import_id = $1 AND claim = $2"


class Ended(Conflict):
    """What came of the import stands already, or it was cancelled."""


@dataclass(frozen=True)
class Claim:
    """One worker's turn at a file: another that begins it later has another token, and this one stands no more.

    `begun` counts the turns at the file without an end, this one included: what a killed worker left is counted.
    """

    import_id: UUID
    token: UUID
    begun: int

    async def stands(self) -> bool:
        """False once another worker has begun the file."""
        found, _ = await get_connection("default").execute_query(_STANDS, [self.import_id, self.token])
        return found > 0

    async def tell(self, lines: int) -> None:
        """Write down how many lines are read, where people see it."""
        await _write(_TOLD, self.import_id, self.token, lines)

    async def leave(self) -> None:
        """The turn has ended, whatever came of it; another worker's is left alone."""
        await _write(_LEFT, self.import_id, self.token)


async def take(import_id: UUID) -> tuple[BudgetImport, Claim] | None:
    """The turn at an import that waits, and the import as it is now; None for one that does not wait (any more).

    A worker that has not been heard of but holds the row still reads: Conflict("being_read").
    """
    async with transaction():
        try:
            row = await locked(import_id)
        except NotFound:
            return None
        if row.state != ImportState.WAITING:
            return None
        ((token, begun),) = [(r["claim"], r["begun"]) for r in await _write(_TAKEN, import_id)]
    return row, Claim(import_id, token, begun)


async def require(import_id: UUID, claim: Claim | None) -> None:
    """A file is read once, by whoever's turn it is: whatever came of it before is never altered. Locks the row.

    Without a claim (the command line) it is enough that it waits. Raises Ended("already_read") and
    Conflict("being_read").
    """
    found = await locked(import_id)
    if found.state != ImportState.WAITING:
        raise Ended("already_read", READ, state=found.state)
    if claim is not None and not await claim.stands():
        raise being_read()


async def locked(import_id: UUID) -> BudgetImport:
    """The import, locked; NotFound without one, Conflict("being_read") while a worker has it."""
    row = await BudgetImport.filter(id=import_id).select_for_update(skip_locked=True).get_or_none()
    if row is None:
        if await BudgetImport.exists(id=import_id):
            raise being_read()
        raise NotFound
    return row


def being_read() -> Conflict:
    """Another worker has the import."""
    return Conflict("being_read", BEING_READ)


async def _write(sql: str, *values: object) -> list[dict[str, Any]]:
    return await get_connection("default").execute_query_dict(sql, list(values))
