"""The worker as it runs: a process that takes committed jobs, stops on SIGTERM, and leaves none half done."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from tortoise.transactions import in_transaction

from backend.core import jobs
from backend.parts import Parts
from backend.settings import Settings
from backend.worker import wait_for
from tests.authenticator import sign, wish
from tests.city import HADI, RINA, SARI, City
from tests.committed import committed_city, count

SERVICE = "DUK-KK-HILANG"
ROOT = Path(__file__).parent.parent.parent
SECONDS = 40


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m backend worker` over this test's database and files."""
    environment = os.environ | {
        "LUGAS_HOME": str(settings.home),
        "LUGAS_DATABASE_URL": settings.database_url or "",
        "LUGAS_LOG_LEVEL": "INFO",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "worker",
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again; the bound only keeps a broken test from hanging."""
    async with asyncio.timeout(SECONDS):
        while not await done():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.1)


async def test_the_worker_announces_draws_and_signs_what_was_committed_and_stops_on_sigterm(
    open_city: City, settings: Settings
) -> None:
    # given a case that was submitted before the worker starts
    sari, rina, hadi = [await open_city.login(p) for p in (SARI, RINA, HADI)]
    case = await open_city.apply(sari, SERVICE)

    async def announced() -> bool:
        return await count("notices", "kind = 'application_submitted'") == 4

    async def ready() -> bool:
        return await count("letters", "status = 'ready'") == 1

    async def issued() -> bool:
        return await count("applications", "state = 'issued'") == 1

    async def idle() -> bool:
        return await count("pgqueuer") == 0

    # when it runs, the notices come, the draft is drawn, and the signature applied
    async with worker(settings) as process:
        await until(announced)
        case = await rina.move("takeApplication", case)
        case = await rina.move("approveApplication", case)
        await until(ready)
        letter = await hadi.act(
            "openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"]
        )
        await sign(hadi, wish(case, letter["letter"]["sha256"]))
        await until(issued)
        await until(idle)

        # then SIGTERM ends it cleanly, and no job is left behind
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    text = said.decode()
    assert process.returncode == 0, text
    assert "worker ready" in text
    assert "Traceback" not in text
    for personal in ("Sari", "3573015708900002", "8110000"):
        assert personal not in text
    assert await count("notices", "kind = 'application_issued'") == 1


async def test_what_was_rolled_back_is_never_in_the_queue(open_city: City) -> None:
    class Undo(Exception):
        pass

    async def act() -> None:
        async with in_transaction():
            await jobs.enqueue("announce", {"event": 1})
            raise Undo

    with pytest.raises(Undo):
        await act()
    assert await count("pgqueuer") == 0
    with pytest.raises(RuntimeError, match="open transaction"):
        await jobs.enqueue("announce", {"event": 1})
    assert await count("pgqueuer") == 0


def test_a_failing_job_comes_back_later_and_later_but_within_an_hour() -> None:
    waits = [wait_for(attempts, timedelta(seconds=2)) for attempts in range(10)]
    assert waits[:4] == [timedelta(seconds=s) for s in (2, 4, 8, 16)]
    assert waits == sorted(waits)
    assert wait_for(50, timedelta(minutes=30)) == timedelta(hours=1)
