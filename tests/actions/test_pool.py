"""The pool of connections: who waits too long for one is told so, and the pool serves on."""

import asyncio

import pytest
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend.core import pool
from backend.core.problems import Busy


async def test_who_waits_too_long_for_a_connection_is_told_and_the_pool_serves_on(
    seeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a pool of six, all of them held
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.05)
    free = asyncio.Event()
    held = asyncio.Semaphore(0)

    async def hold() -> None:
        async with in_transaction():
            held.release()
            await free.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(hold())
        for _ in range(6):
            await held.acquire()

        # when one more is wanted
        with pytest.raises(Busy):
            await get_connection("default").execute_query("SELECT 1")
        with pytest.raises(Busy):
            async with in_transaction():
                pass
        free.set()

    # then it is there again as soon as the others are done
    assert (await get_connection("default").execute_query("SELECT 1"))[0] == 1
