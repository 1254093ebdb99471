"""Live updates across processes: an act in one reaches who follows in another; a stop says goodbye."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from tortoise.connection import get_connection

from backend.parts import Parts
from backend.settings import Settings
from tests.city import RINA, SARI, City
from tests.committed import committed_city
from tests.live import CASE_CHANGED, INBOX_CHANGED, PROTOCOL, SECONDS, Server, served

SERVICE = "DUK-KK-HILANG"


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(seeded: str, settings: Settings) -> AsyncIterator[Server]:
    async with served(settings) as made:
        yield made


async def test_an_act_in_one_process_reaches_who_follows_in_two_others(
    open_city: City, server: Server, settings: Settings
) -> None:
    # given a case, a stranger who holds its number, its owner, and an officer, on two servers; we act in a third
    sari, rina = await open_city.login(SARI), await open_city.login(RINA)
    case = await open_city.apply(sari, SERVICE)
    number = case["number"]
    async with (
        served(settings) as second,
        server.connect() as stranger,
        second.connect(sari) as owner,
        second.connect(rina) as officer,
    ):
        await (await stranger.greet(locale="en")).follow(CASE_CHANGED, n=number)
        await (await owner.greet()).follow(CASE_CHANGED, n=number)
        await (await officer.greet()).follow(INBOX_CHANGED)

        # when the officer takes it
        case = await rina.move("takeApplication", case)

        # then each hears it once, in their own words
        public = (await stranger.next())["caseChanged"]
        own = (await owner.next())["caseChanged"]
        inbox = (await officer.next())["inboxChanged"]
        assert public["number"] == own["number"] == number
        assert public["version"] == own["version"] == 2
        assert public["kind"] == "application_taken"
        assert public["state"]["name"] == case["state"]["name"]
        assert own["state"]["title"] == case["state"]["title"]
        assert inbox == {
            "number": number,
            "version": 2,
            "kind": "application_taken",
            "opdCode": "DISPENDUKCAPIL",
        }


async def test_a_session_that_is_revoked_ends_its_socket_at_once(open_city: City, server: Server) -> None:
    sari = await open_city.login(SARI)
    async with server.connect(sari) as line:
        await line.greet()
        await get_connection("default").execute_query("UPDATE sessions SET revoked_at = now()")
        assert await line.closed() == 4403


async def test_a_post_that_ends_makes_the_officers_socket_come_again(open_city: City, server: Server) -> None:
    rina = await open_city.login(RINA)
    async with server.connect(rina) as line:
        await (await line.greet()).follow(INBOX_CHANGED)
        person = (await open_city.actor(rina)).person
        change = "UPDATE posts_held SET until = {} WHERE person_id = $1"
        await get_connection("default").execute_query(change.format("'2020-01-01'"), [str(person)])
        try:
            assert await line.closed() == 1012
        finally:
            await get_connection("default").execute_query(change.format("NULL"), [str(person)])


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
async def test_a_session_from_a_foreign_page_gets_no_socket(
    open_city: City, server: Server, origin: str
) -> None:
    sari = await open_city.login(SARI)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with server.connect(sari, {"Origin": origin}):
            pass
    assert refused.value.status == 403


async def test_another_subprotocol_is_not_spoken(server: Server) -> None:
    for offered in ((), ("graphql-ws",)):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{server.address}/graphql", protocols=offered) as wire,
        ):
            async with asyncio.timeout(SECONDS):
                await wire.receive()
            assert wire.close_code == 4406
            assert wire.protocol != PROTOCOL


async def test_a_server_that_stops_says_goodbye_and_leaves_no_traceback(
    open_city: City, settings: Settings
) -> None:
    async with served(settings) as server, server.connect() as line, server.connect() as silent:
        await line.greet()
        server.process.send_signal(signal.SIGTERM)
        code = await line.closed()
        await silent.closed()
        async with asyncio.timeout(SECONDS):
            said, _ = await server.process.communicate()
    assert code in (1001, 1006)
    assert b"Traceback" not in said, said.decode()
    assert server.process.returncode == 0
