"""A file of the budget whose worker is killed, or whose store is broken: nothing of it counts, and it is read again."""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from starlette.applications import Starlette
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend.budget import arriving
from backend.budget.actions import Announced
from backend.budget.arriving import PART, READ, Sent
from backend.budget.models import BudgetImport, BudgetStage
from backend.budget.reading import read_file
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.core.models import RecordedEvent
from backend.core.problems import Conflict
from backend.parts import Parts
from backend.settings import Settings
from backend.worker import RETRIES, Later
from schema.ids import encode
from storage import keys
from storage.documents import Stored
from tests import sipd
from tests.city import City
from tests.committed import committed_city, count
from tests.treasury import DECREE, ENDAH, act, look
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
        await tx.execute_query(
            "TRUNCATE budget_names, budget_offices, budget_readings, budget_file_parts, budget_exports"
        )


async def arrived(city: City, path: Path, rows: int = ROWS, *, trial: bool = False) -> UUID:
    """A file of many lines whose parts are all here, and that waits for the worker."""
    total = sipd.write(path, sipd.rows(rows))
    data = path.read_bytes()
    chunks = [data[n : n + PART] for n in range(0, len(data), PART)]
    actor = await city.actor(await city.login(ENDAH))
    said = Announced(
        ImportKind.EXPENDITURE,
        2026,
        "murni",
        DECREE,
        date(2026, 1, 1),
        total,
        path.name,
        trial,
    )
    parts = [hashlib.sha256(chunk).hexdigest() for chunk in chunks]
    made = await arriving.announce(actor, uuid4(), said, Sent(len(data), parts))
    for number, chunk in enumerate(chunks):
        await arriving.keep(
            await arriving.place(actor, made, number), parts[number], chunk, city.parts.documents
        )
    await arriving.start(actor, uuid4(), made)
    return made


async def state_of(made: UUID) -> str:
    return (await BudgetImport.get(id=made)).state


async def told_of() -> list[str]:
    events = await RecordedEvent.filter(subject_kind="budget_import").order_by("seq")
    return [event.kind for event in events]


def lost(content: Path) -> None:
    content.unlink()


def closed(content: Path) -> None:
    content.unlink()
    content.mkdir()


def mended(content: Path, data: bytes) -> None:
    if content.exists():
        content.rmdir()
    content.write_bytes(data)


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


async def test_a_file_over_which_three_workers_were_killed_is_not_tried_for_ever(
    open_city: City, tmp_path: Path
) -> None:
    # given a file that three workers began and none ended
    made = await arrived(open_city, tmp_path / "apbd.csv", 300)
    database = get_connection("default")
    begin = "INSERT INTO budget_readings (import_id, lines, begun) VALUES ($1, 0, $2)"
    await database.execute_query(begin, [made, 3])
    # when another takes it up
    await read_file(made, open_city.parts.documents)
    # then it could not be read, nothing of it counts, and it can be read again, as if for the first time
    assert await state_of(made) == "failed"
    assert [await count(table) for table in ("budget_lines", "budget_readings")] == [0, 0]
    endah = await open_city.login(ENDAH)
    told = await look(endah, {"id": encode("BudgetImport", made)})
    await database.execute_query(begin, [made, 2])
    assert (await act(endah, "readBudgetFile", told))["state"] == "WAITING"
    await read_file(made, open_city.parts.documents)
    assert (await state_of(made), await count("budget_lines")) == ("in_force", 300)


@pytest.mark.parametrize("broken", [lost, closed])
async def test_a_file_that_could_not_be_read_however_often_says_so_and_is_then_read_once(
    open_city: City, settings: Settings, tmp_path: Path, broken: Callable[[Path], None]
) -> None:
    # given a file whose first part the store cannot give, and that was tried eight times
    path = tmp_path / "apbd.csv"
    made = await arrived(open_city, path, 3000)
    content = settings.home / "documents" / f"{keys.part(made.hex, 0)}@" / "content"
    broken(content)
    database = get_connection("default")
    await database.execute_query("UPDATE pgqueuer SET attempts = $1", [RETRIES])
    await database.execute_query("INSERT INTO budget_readings (import_id, lines) VALUES ($1, 7)", [made])

    async def left() -> bool:
        return await state_of(made) == "failed"

    async def done() -> bool:
        return await state_of(made) == "in_force" and await count("pgqueuer", f"entrypoint = '{READ}'") == 0

    # when it fails once more
    async with worker(settings) as process:
        await until(left)
        process.send_signal(signal.SIGTERM)
        await process.wait()
    # then nothing of it counts, its job is held where an operator sees it, and its progress is none
    assert [await count(table) for table in ("budget_lines", *SUMS, "budget_stages")] == [0, 0, 0, 0, 0]
    assert await count("pgqueuer", f"entrypoint = '{READ}' AND status = 'failed'") == 1
    endah = await open_city.login(ENDAH)
    told = await look(endah, {"id": encode("BudgetImport", made)})
    assert (told["state"], told["linesRead"], told["parts"]) == ("FAILED", None, None)

    # and once the store is whole again, one tap reads it, and only once, though the held job runs too
    mended(content, path.read_bytes()[:PART])
    assert (await act(endah, "readBudgetFile", told))["state"] == "WAITING"
    await database.execute_query(
        "UPDATE pgqueuer SET status = 'queued', attempts = 0 WHERE status = 'failed'"
    )
    async with worker(settings):
        await until(done)
    assert await count("budget_lines") == 3000
    assert await differences() == []
    assert (await act(endah, "readBudgetFile", told))["code"] == "already_read"
    assert await told_of() == [
        "budget_file_announced",
        "budget_file_failed",
        "budget_file_read_again",
        "budget_file_received",
        "budget_in_force",
    ]


@asynccontextmanager
async def held_up(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Whoever reads a file of 2026 meanwhile waits in the midst of its transaction, with the import locked."""
    await connection.execute("SELECT pg_advisory_lock(hashtext('budget'), 2026)")
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(hashtext('budget'), 2026)")


async def waits() -> bool:
    return await count("pg_locks", "locktype = 'advisory' AND NOT granted") == 1


async def test_a_worker_that_is_only_not_heard_of_keeps_its_file(
    open_city: City, apart: asyncpg.Connection, tmp_path: Path
) -> None:
    # given a worker in the midst of a file
    made = await arrived(open_city, tmp_path / "apbd.csv", 300)
    async with held_up(apart):
        first = asyncio.create_task(read_file(made, open_city.parts.documents))
        await until(waits)
        before = await apart.fetchrow("SELECT claim, begun FROM budget_readings")
        # when another begins the same job, then it comes back later, in case the first one dies after all
        with pytest.raises(Later):
            await open_city.work.handlers[READ]({"import": str(made)})
        # and it has taken nothing over, and taken nothing away
        assert await apart.fetchrow("SELECT claim, begun FROM budget_readings") == before
    await first
    assert (await state_of(made), await count("budget_lines")) == ("in_force", 300)
    assert await count("budget_readings") == 0
    await open_city.work.handlers[READ]({"import": str(made)})
    assert await told_of() == ["budget_file_announced", "budget_file_received", "budget_in_force"]


@pytest.mark.parametrize("where", ["read", "put"])
async def test_of_two_workers_on_one_file_only_the_later_one_says_what_came_of_it(
    open_city: City,
    apart: asyncpg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    # given a worker that stands still while it joins the parts: at the first of them, or with all of them in hand
    made = await arrived(open_city, tmp_path / "apbd.csv", 300)
    documents = open_city.parts.documents
    stands_still, go_on, read, put = asyncio.Event(), asyncio.Event(), documents.read, documents.put

    async def once() -> None:
        if not stands_still.is_set():
            stands_still.set()
            await go_on.wait()

    async def slow_read(key: str) -> AsyncIterator[bytes]:
        await once()
        async for chunk in read(key):
            yield chunk

    async def slow_put(key: str, chunks: AsyncIterator[bytes], *, media_type: str, limit: int) -> Stored:
        await once()
        return await put(key, chunks, media_type=media_type, limit=limit)

    monkeypatch.setattr(documents, where, slow_read if where == "read" else slow_put)
    first = asyncio.create_task(read_file(made, documents))
    await asyncio.wait_for(stands_still.wait(), 20)
    async with held_up(apart):
        # when another takes the file over, and is in the midst of it as the first one goes on
        second = asyncio.create_task(read_file(made, documents))
        await until(waits)
        theirs = await apart.fetchrow("SELECT claim, begun FROM budget_readings")
        assert await count("budget_readings", "begun = 2") == 1
        go_on.set()
        # then the first one's turn is over, and the other's progress stands
        with pytest.raises(Conflict):
            await first
        assert await apart.fetchrow("SELECT claim, begun FROM budget_readings") == theirs
    await second
    assert (await state_of(made), await count("budget_lines")) == ("in_force", 300)
    assert [await count(table) for table in ("budget_readings", "budget_file_parts")] == [0, 0]
    assert await told_of() == ["budget_file_announced", "budget_file_received", "budget_in_force"]
    assert await differences() == []


async def test_whose_turn_was_taken_before_it_says_what_it_found_says_nothing(
    open_city: City, apart: asyncpg.Connection, tmp_path: Path
) -> None:
    # given a worker that has undone what it tried, and whose file another begins before it has said so
    made = await arrived(open_city, tmp_path / "apbd.csv", 300, trial=True)
    async with held_up(apart):
        first = asyncio.create_task(read_file(made, open_city.parts.documents))
        await until(waits)
        await apart.execute("UPDATE budget_readings SET claim = gen_random_uuid(), begun = begun + 1")
    with pytest.raises(Conflict):
        await first
    # then nothing stands yet but the other's progress
    assert (await state_of(made), await count("budget_readings", "begun = 2")) == ("waiting", 1)
    assert await told_of() == ["budget_file_announced", "budget_file_received"]
    # and whoever takes it up again says it, once
    await read_file(made, open_city.parts.documents)
    await read_file(made, open_city.parts.documents)
    assert (await state_of(made), await count("budget_readings")) == ("trial", 0)
    assert await told_of() == ["budget_file_announced", "budget_file_received", "budget_file_tried"]
