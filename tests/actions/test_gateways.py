"""The HTTP gateway for codes, against a real server: handed over, or GatewayDown after bounded tries."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from backend.identity.gateways import ConsoleGateway, GatewayDown, HttpGateway

PHONE, TEXT = "+6281234567890", "123456 adalah kode masuk."


@dataclass
class Provider:
    """A message provider that answers as told and keeps what it got."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[str, Any]] = field(default_factory=list)
    elsewhere: int = 0
    hang: bool = False
    drop: bool = False

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.get("Authorization", ""), await request.json()))
        if self.hang:
            await asyncio.sleep(30)
        if self.drop and request.transport is not None:
            request.transport.abort()
        status = self.statuses.pop(0) if self.statuses else 202
        headers = {"Location": "/elsewhere"} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers)

    async def take_elsewhere(self, _: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    app = web.Application()
    app.router.add_post("/send", made.take)
    app.router.add_route("*", "/elsewhere", made.take_elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/send"
    yield made
    await runner.cleanup()


async def test_a_code_is_handed_over_once_with_the_token(provider: Provider) -> None:
    await HttpGateway(provider.url, "kunci").send(PHONE, TEXT)
    assert provider.got == [("Bearer kunci", {"to": PHONE, "text": TEXT})]


async def test_a_failure_is_tried_a_second_time(provider: Provider) -> None:
    provider.statuses = [503]
    await HttpGateway(provider.url, None).send(PHONE, TEXT)
    assert provider.got == [("", {"to": PHONE, "text": TEXT})] * 2


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
async def test_who_always_refuses_is_down_after_two_tries(provider: Provider, status: int) -> None:
    provider.statuses = [status] * 5
    with pytest.raises(GatewayDown, match=f"status {status}"):
        await HttpGateway(provider.url, None).send(PHONE, TEXT)
    assert len(provider.got) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(provider: Provider, status: int) -> None:
    provider.statuses = [status] * 2
    with pytest.raises(GatewayDown):
        await HttpGateway(provider.url, "kunci").send(PHONE, TEXT)
    assert provider.elsewhere == 0


async def test_who_hangs_is_down_after_the_time_out(provider: Provider) -> None:
    provider.hang = True
    with pytest.raises(GatewayDown, match="TimeoutError"):
        await HttpGateway(provider.url, None, timeout=0.2).send(PHONE, TEXT)
    assert len(provider.got) == 2


async def test_a_broken_or_refused_connection_is_down(provider: Provider) -> None:
    provider.drop = True
    with pytest.raises(GatewayDown):
        await HttpGateway(provider.url, None).send(PHONE, TEXT)
    with pytest.raises(GatewayDown):
        await HttpGateway("http://127.0.0.1:1/send", None).send(PHONE, TEXT)


async def test_the_console_keeps_only_the_newest_five_hundred() -> None:
    console = ConsoleGateway()
    for number in range(510):
        await console.send(f"+62811{number:07d}", TEXT)
    assert len(console.sent) == 500
    assert "+628110000000" not in console.sent
