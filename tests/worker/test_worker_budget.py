"""A worker that is killed while it reads a file of the budget leaves nothing of it, and the file is read again."""

import hashlib
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend.budget import arriving
from backend.budget.actions import Announced
from backend.budget.arriving import PART, Sent
from backend.budget.models import BudgetImport, BudgetStage
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.parts import Parts
from backend.settings import Settings
from tests import sipd
from tests.api.test_bringing import ENDAH
from tests.city import City
from tests.committed import committed_city, count
from tests.worker.test_worker_process import until, worker

ROWS = 60_000
SUMS = ("budget_totals", "budget_nodes", "budget_accounts")


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city
        await without_budget()


async def without_budget() -> None:
    """Take out what the expenditure files of this test brought."""
    async with in_transaction() as tx:
        await tx.execute_query("SET LOCAL session_replication_role = replica")
        for row in await BudgetImport.filter(kind=ImportKind.EXPENDITURE):
            await tx.execute_query(f"DROP TABLE IF EXISTS budget_lines_{row.id.hex}")
            for table in (*SUMS, "budget_stages"):
                await tx.execute_query(f"DELETE FROM {table} WHERE import_id = $1", [row.id])  # noqa: S608 - our own names
            await row.delete()
        await tx.execute_query("TRUNCATE budget_names, budget_offices, budget_readings, budget_file_parts")


async def arrived(city: City, path: Path) -> UUID:
    """A file of many lines whose parts are all here, and that waits for the worker."""
    total = sipd.write(path, sipd.rows(ROWS))
    data = path.read_bytes()
    chunks = [data[n : n + PART] for n in range(0, len(data), PART)]
    actor = await city.actor(await city.login(ENDAH))
    said = Announced(
        ImportKind.EXPENDITURE,
        2026,
        "murni",
        "Kepmendagri 900.1-2850/2025",
        date(2026, 1, 1),
        total,
        path.name,
    )
    parts = [hashlib.sha256(chunk).hexdigest() for chunk in chunks]
    made = await arriving.announce(actor, uuid4(), said, Sent(len(data), parts))
    for number, chunk in enumerate(chunks):
        await arriving.keep(
            await arriving.place(actor, made, number), parts[number], chunk, city.parts.documents
        )
    await arriving.start(actor, uuid4(), made)
    return made


async def test_a_killed_worker_leaves_nothing_partial_and_the_file_is_read_again(
    open_city: City, settings: Settings, tmp_path: Path
) -> None:
    made = await arrived(open_city, tmp_path / "apbd.csv")

    async def reading() -> bool:
        return await count("budget_readings", "lines > 0") == 1

    async def done() -> bool:
        return (await BudgetImport.get(id=made)).state != "waiting"

    # when the worker is killed in the midst of it
    async with worker(settings) as process:
        await until(reading)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    # then nothing of it is there
    assert (await BudgetImport.get(id=made)).state == "waiting"
    assert [await count(table) for table in ("budget_lines", *SUMS, "budget_stages")] == [0, 0, 0, 0, 0]

    # and the next worker takes it up, once the other's heart has not beaten for a while
    await get_connection("default").execute_query(
        "UPDATE pgqueuer SET heartbeat = heartbeat - interval '1 hour', updated = updated - interval '1 hour'"
    )
    async with worker(settings) as process:
        await until(done)
    row = await BudgetImport.get(id=made)
    assert (row.state, row.lines, row.total) == ("in_force", ROWS, row.control_total)
    assert await count("budget_lines") == ROWS
    assert (await BudgetStage.get()).import_id == made
    assert await count("budget_readings") == 0
    assert await differences() == []
