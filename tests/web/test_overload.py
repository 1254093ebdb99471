"""Too much at once: an endless request is given up and a full server says so, both as 503 and without a traceback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from tortoise.transactions import in_transaction

from backend.app import create_app
from backend.core import pool
from backend.parts import Parts
from backend.settings import Settings
from schema import endpoint

ASK = {"query": "{ services(first: 1) { totalCount } }"}


@asynccontextmanager
async def all_connections_held() -> AsyncIterator[None]:
    """Six transactions, as many as the tests' pool has connections."""
    free, held = asyncio.Event(), asyncio.Semaphore(0)

    async def hold() -> None:
        async with in_transaction() as tx:
            # The server ends a transaction that lies idle; on a machine that stands still these may.
            await tx.execute_query("SET LOCAL idle_in_transaction_session_timeout = 0")
            held.release()
            await free.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(hold())
        for _ in range(6):
            await held.acquire()
        try:
            yield
        finally:
            free.set()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged as unexpected."""
    found: list[str] = []
    monkeypatch.setattr("schema.build.log.error", lambda event, **_: found.append(event))
    monkeypatch.setattr("schema.endpoint.log.exception", lambda event, **_: found.append(event))
    return found


@pytest.mark.parametrize(
    ("pool_wait", "most_seconds", "code"), [(0.05, 5, "BUSY"), (60.0, 1, "DEADLINE")], ids=["full", "endless"]
)
async def test_a_request_that_finds_no_room_is_a_503_that_says_when_to_come_again(
    seeded: str,
    settings: Settings,
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    logged: list[str],
    pool_wait: float,
    most_seconds: int,
    code: str,
) -> None:
    # given a server whose connections are all taken
    monkeypatch.setattr(pool, "WAIT_SECONDS", pool_wait)
    monkeypatch.setattr(
        endpoint, "dear", lambda _: 700
    )  # and whose work was dear has no answer waiting for that
    app = create_app(replace(settings, limits=replace(settings.limits, seconds=most_seconds)), parts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000"
    ) as client:
        async with all_connections_held():
            # when someone asks, for data, for a token, or to send a file
            asked = await client.post("/graphql", json=ASK)
            others = [
                await client.post("/oauth/token", data={"grant_type": "client_credentials"}),
                await client.post("/documents/upload", files={"file": ("x", b"x")}),
            ] if code == "BUSY" else []  # fmt: skip
        again = await client.post("/graphql", json=ASK)

    # then they are told to come again, nothing is a fault of ours, and the server serves on
    assert (asked.status_code, asked.headers["retry-after"]) == (503, "1")
    assert asked.json()["errors"][0]["extensions"] == {"code": code}
    assert [(o.status_code, o.headers["retry-after"]) for o in others] == [(503, "1")] * len(others)
    assert logged == []
    assert again.status_code == 200
