"""The clock of a request counts its own steps, hands errors on, and dear requests pay afterwards."""

import asyncio

import pytest
from tortoise.connection import get_connection

from schema import endpoint
from schema.clocked import Clocked
from schema.endpoint import dear
from tests.city import SARI, City


async def test_waiting_is_not_counted_and_working_is() -> None:
    async def work() -> str:
        await asyncio.sleep(0.05)
        sum(n * n for n in range(200_000))
        return "done"

    idle, clocked = Clocked(asyncio.sleep(0.05)), Clocked(work())
    await idle
    assert await clocked == "done"
    assert idle.seconds < clocked.seconds


async def test_errors_and_cancellations_reach_the_coroutine_and_come_back() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Clocked(fails())

    seen: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await Clocked(waits())
    assert seen == ["cancelled"]


async def test_what_an_awaited_future_raises_can_be_caught() -> None:
    async def catches() -> str:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, KeyError("x"))
        try:
            await future
        except KeyError:
            return "caught"
        return "not caught"

    assert await Clocked(catches()) == "caught"


@pytest.mark.parametrize(
    ("milliseconds", "units"), [(0.5, 0), (2.0, 0), (3.0, 20), (40.0, 760), (9000.0, 2000)]
)
def test_what_keeps_the_server_busy_for_long_pays_for_each_further_millisecond(
    milliseconds: float, units: int
) -> None:
    assert dear(milliseconds / 1000) == units


async def test_people_with_a_session_do_not_pay_for_the_time_and_others_do(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "dear", lambda _: 700)
    sari = await city.login(SARI)

    await sari.ask("{ me { name } }")
    await sari.ask("{ me { id } }")
    await city.nobody.ask("{ opds { code } }")
    await city.nobody.ask("{ opds { name } }")

    levels = await get_connection("default").execute_query_dict("SELECT name, level FROM rate_buckets")
    paid = {row["name"].partition(":")[0]: row["level"] for row in levels}
    assert paid["person"] < 700 <= paid["network"]


async def test_nothing_is_left_open(db: None) -> None:
    async def asks() -> int:
        rows = await get_connection("default").execute_query_dict("SELECT 1 AS n")
        return int(rows[0]["n"])

    assert await Clocked(asks()) == 1
