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


async def test_what_comes_back_in_order_is_at_hand_and_what_is_not_never(seeded: str) -> None:
    # given a connection that was used and given back
    client = get_connection("default")
    async with client.acquire_connection() as first:
        its_process = await first.fetchval("SELECT pg_backend_pid()")

    # when the next one asks, then it is the same
    async with client.acquire_connection() as second:
        assert await second.fetchval("SELECT pg_backend_pid()") == its_process
        # and when it is given back in the middle of a transaction
        await second.execute("BEGIN")

    # then the next one finds no transaction open
    async with client.acquire_connection() as third:
        assert not third.is_in_transaction()
        # and when it ends while it is used
        await third.close()

    # then the next one gets another
    async with client.acquire_connection() as fourth:
        assert await fourth.fetchval("SELECT 1") == 1


async def test_a_statement_that_was_given_up_leaves_nothing_for_the_next_one(seeded: str) -> None:
    # given a statement that is cancelled while it runs
    client = get_connection("default")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), client.acquire_connection() as connection:
            await connection.fetch("SELECT pg_sleep(30)")

    # when others use the pool, then each gets its own answer
    found = await asyncio.gather(*(client.execute_query_dict(f"SELECT {n} AS n") for n in range(20)))
    assert [rows[0]["n"] for rows in found] == list(range(20))


async def test_who_waits_gets_what_is_given_back(seeded: str) -> None:
    # given every connection at hand once, and then all in use
    client = get_connection("default")
    await asyncio.gather(*(client.execute_query("SELECT pg_sleep(0.02)") for _ in range(6)))

    # when ten times as many ask at once
    found = await asyncio.gather(*(client.execute_query_dict(f"SELECT {n} AS n") for n in range(60)))

    # then all are served
    assert sorted(rows[0]["n"] for rows in found) == list(range(60))
