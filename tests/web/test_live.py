"""The protocol of live updates: what is refused, with which code, and that one encoding serves like Strawberry's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from backend import database
from backend.app import create_app
from backend.applications.events import SUBJECT
from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.feed import Feed
from backend.core.texts import Locale
from backend.partners.actions import revoke
from backend.partners.models import ApiClient
from backend.partners.rules import TOKEN_SECONDS
from backend.partners.tokens import issue
from backend.parts import Parts
from backend.settings import Settings
from schema import live
from schema.build import build_schema
from schema.context import Context
from schema.ids import uuid_of
from tests.apps import registered
from tests.city import RINA, SARI, City
from tests.committed import committed_city
from tests.live import CASE_CHANGED, INBOX_CHANGED, PROTOCOL, SECONDS, Server, served
from tests.wire import Wire

SERVICE = "DUK-KK-HILANG"
INIT = '{"type":"connection_init"}'


@pytest.fixture
async def city(seeded: str, settings: Settings, parts: Parts, home: Path) -> AsyncIterator[City]:
    """A serving process inside this one: it listens."""
    feed = Feed()
    async with feed.listening(database.apart(seeded)):
        async with asyncio.timeout(SECONDS):
            while not feed.connected:  # noqa: ASYNC110 - what is awaited happens in another process
                await asyncio.sleep(0.02)
        heard = replace(parts, feed=feed)
        async with committed_city(create_app(settings, heard), heard, home) as made:
            yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(seeded: str, settings: Settings) -> AsyncIterator[Server]:
    async with served(settings, LUGAS_SOCKETS_PER_NETWORK="3", LUGAS_SOCKETS_PER_PERSON="2") as made:
        yield made


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["no json"], 4400),
        (["[]"], 4400),
        (["{}"], 4400),
        (['{"type":5}'], 4400),
        (['{"type":"start"}'], 4400),
        (['{"type":"connection_init","payload":[]}'], 4400),
        (['{"type":"ping","payload":"x"}'], 4400),
        ([INIT, '{"type":"complete"}'], 4400),
        ([INIT, '{"type":"subscribe","payload":{"query":"{ a }"}}'], 4400),
        ([INIT, '{"type":"subscribe","id":"","payload":{"query":"{ a }"}}'], 4400),
        ([INIT, '{"type":"subscribe","id":5,"payload":{"query":"{ a }"}}'], 4400),
        ([INIT, '{"type":"subscribe","id":"' + "i" * 101 + '","payload":{"query":"{ a }"}}'], 4400),
        ([INIT, '{"type":"subscribe","id":"1"}'], 4400),
        ([INIT, '{"type":"subscribe","id":"1","payload":{}}'], 4400),
        ([INIT, '{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}'], 4400),
        (['{"type":"ping","x":"' + "x" * 65_536 + '"}'], 4400),
        ([b'{"type":"connection_init"}'], 4400),
        (['{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}'], 4401),
        ([INIT, INIT], 4429),
        ([INIT, *['{"type":"ping"}'] * 120], 1008),
    ],
)
async def test_what_the_protocol_does_not_know_closes_the_socket(
    server: Server, messages: list[str | bytes], code: int
) -> None:
    async with server.connect() as line:
        for message in messages:
            if isinstance(message, bytes):
                await line.wire.send_bytes(message)
            else:
                await line.wire.send_str(message)
        assert await line.closed() == code


async def test_a_socket_that_says_nothing_is_closed_after_three_seconds(server: Server) -> None:
    async with server.connect() as line:
        assert await line.closed() == 4408


async def test_sockets_of_a_network_and_of_a_person_are_counted(
    city: City, server: Server, settings: Settings
) -> None:
    sari = await city.login(SARI)
    async with server.connect() as one, server.connect() as two, server.connect() as three:
        for line in (one, two, three):
            await line.greet()
        async with server.connect() as fourth:
            assert await fourth.closed() == 1013
        async with server.connect(sari) as first, server.connect(sari) as second:
            await first.greet()
            await second.greet()
            async with server.connect(sari) as third:
                assert await third.closed() == 1013


REFUSED = [
    ("{ opds { code } }", "NOT_A_SUBSCRIPTION"),
    ("subscription {", "BAD_DOCUMENT"),
    ("subscription { nothing }", "BAD_DOCUMENT"),
    ("subscription { inboxChanged { number } b: inboxChanged { number } }", "BAD_DOCUMENT"),
    ('subscription { caseChanged(number: "0000000000") { number } }', "NOT_FOUND"),
    ("subscription { inboxChanged { number } }", "UNAUTHENTICATED"),
    ("subscription { inboxChanged { " + " ".join(f"a{n}: number" for n in range(40)) + " } }", "OVER_LIMIT"),
    ("subscription S { inboxChanged { number } } subscription T { inboxChanged { number } }", "BAD_DOCUMENT"),
    ("subscription { __schema { types { name } } }", "BAD_DOCUMENT"),
]


@pytest.mark.parametrize(("document", "code"), REFUSED, ids=[c for _, c in REFUSED])
async def test_an_operation_that_is_not_served_is_an_error_and_the_socket_lives(
    city: City, document: str, code: str
) -> None:
    async with Wire(city) as wire:
        await wire.greet()
        await wire.say({"type": "subscribe", "id": "a", "payload": {"query": document}})
        error = await wire.hear()
        assert (error["type"], error["id"]) == ("error", "a")
        assert error["payload"][0]["extensions"]["code"] == code
        assert "Did you mean" not in error["payload"][0]["message"]
        await wire.say({"type": "ping"})
        assert await wire.hear() == {"type": "pong"}


async def test_a_resident_does_not_follow_an_inbox(city: City) -> None:
    async with Wire(city, await city.login(SARI)) as wire:
        await wire.greet()
        await wire.say({"type": "subscribe", "id": "a", "payload": {"query": INBOX_CHANGED}})
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_five_operations_a_socket_and_no_id_twice(city: City) -> None:
    case = await city.apply(await city.login(SARI), SERVICE)
    async with Wire(city) as wire:
        await wire.greet()
        for n in range(5):
            await wire.follow(CASE_CHANGED, id=str(n), n=case["number"])
        payload = {"query": CASE_CHANGED, "variables": {"n": case["number"]}}
        await wire.say({"type": "subscribe", "id": "5", "payload": payload})
        assert (await wire.hear())["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await wire.say({"type": "complete", "id": "4"})
        await wire.follow(CASE_CHANGED, id="5", n=case["number"])
        await wire.say({"type": "subscribe", "id": "5", "payload": payload})
        assert await wire.closed() == 4409


async def test_after_complete_nothing_more_is_told(city: City) -> None:
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await city.apply(sari, SERVICE)
    async with Wire(city) as wire:
        await wire.greet()
        await wire.follow(CASE_CHANGED, id="gone", n=case["number"])
        await wire.follow(CASE_CHANGED, id="here", n=case["number"])
        await wire.say({"type": "complete", "id": "gone"})
        await wire.say({"type": "ping"})
        assert await wire.hear() == {"type": "pong"}
        await rina.move("takeApplication", case)
        assert (await wire.hear())["id"] == "here"
        assert wire.silent


async def test_an_office_hears_of_its_own_cases_only(city: City) -> None:
    sari, rina = await city.login(SARI), await city.login(RINA)
    async with Wire(city, rina) as wire:
        await wire.greet()
        await wire.follow(INBOX_CHANGED)
        await city.apply(sari, "KEC-SKTM")
        case = await city.apply(sari, SERVICE)
        told = await wire.hear()
        assert told["payload"]["data"]["inboxChanged"]["number"] == case["number"]
        assert wire.silent


async def test_the_hub_says_the_same_bytes_as_strawberry(city: City, parts: Parts) -> None:
    """Golden: the resolver path and the hub, for own and foreign readers in both languages."""
    sari, rina = await city.login(SARI), await city.login(RINA)
    documents = [
        CASE_CHANGED,
        "subscription C($n: String!, $s: Boolean = false) { x: caseChanged(number: $n) { ...F state { good @include(if: $s)"
        " __typename } } } fragment F on CaseEvent { version at __typename }",
    ]
    for visitor in (city.nobody, sari, rina):
        for locale in Locale:
            for document in documents:
                case = await city.apply(sari, SERVICE)
                actor = replace(await city.actor(visitor), locale=locale)
                stream = await build_schema().subscribe(
                    document, {"n": case["number"]}, Context(actor=actor, parts=city.parts)
                )
                waiting = asyncio.create_task(_first(stream))
                async with Wire(city, visitor if visitor.token else None) as wire:
                    await wire.greet(locale=locale.value)
                    await wire.follow(document, id='o"1', n=case["number"])
                    await _followed(city, f"{SUBJECT}:{uuid_of(case['id'], 'Application')}")
                    await rina.move("takeApplication", case)
                    async with asyncio.timeout(SECONDS):
                        expected = orjson.dumps({"data": await waiting}, default=str).decode()
                    assert await wire.hear_text() == (
                        '{"id":"o\\"1","type":"next","payload":' + expected + "}"
                    )


async def _followed(city: City, topic: str) -> None:
    """Strawberry's own subscription is in force: it reads the case first, and what happens before is not its."""
    async with asyncio.timeout(SECONDS):
        while not any(  # noqa: ASYNC110 - nobody tells of it
            topic in stream._topics for stream in city.parts.feed._streams
        ):
            await asyncio.sleep(0.01)


async def _first(stream: Any) -> Any:
    async for result in stream:
        assert not result.errors
        return result.data
    return None


async def test_who_does_not_read_is_closed_and_the_others_are_not_held_up(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WAITING_MOST", 3)
    sari, rina = await city.login(SARI), await city.login(RINA)
    cases = [await city.apply(sari, SERVICE) for _ in range(5)]
    async with Wire(city) as slow, Wire(city) as quick:
        for wire in (slow, quick):
            await wire.greet()
            for n, case in enumerate(cases):
                await wire.follow(CASE_CHANGED, id=str(n), n=case["number"])
        slow.stall()
        for n, case in enumerate(cases):
            await rina.move("takeApplication", case)
            assert (await quick.hear())["id"] == str(n)
        slow.go_on()
        assert await slow.closed() == 1013


async def test_a_ping_without_a_sign_of_life_ends_the_socket(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "INIT_SECONDS", 1.0)  # after which it begins to ping
    monkeypatch.setattr(live, "PING_SECONDS", 1.5)
    async with Wire(city) as wire:
        await wire.greet()
        assert await wire.hear() == {"type": "ping"}
        assert await wire.closed() == 4408


async def test_missed_events_make_everyone_come_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.feed.MOST_MISSED", 0)
    sari = await city.login(SARI)
    case = await city.apply(sari, SERVICE)
    async with Wire(city) as wire:
        await wire.greet()
        await wire.follow(CASE_CHANGED, n=case["number"])
        await get_connection("default").execute_query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lugas feed'"
        )
        assert await wire.closed() == 1012


async def test_the_upgrade_names_the_protocol(city: City) -> None:
    async with Wire(city) as wire:
        assert wire.accepted["subprotocol"] == PROTOCOL


@pytest.mark.parametrize("ending", ["revoked", "token over", "scope taken away"])
async def test_an_app_whose_token_no_longer_counts_hears_nothing_more(city: City, ending: str) -> None:
    # given an app that follows a case
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await city.apply(sari, SERVICE)
    app = await registered("track")
    early = timedelta(seconds=TOKEN_SECONDS - 2 if ending == "token over" else 0)
    with clock.at(clock.now() - early):
        token = issue(app.id, frozenset({"track"}), city.parts.issuer)
    async with Wire(city, bearer=token) as wire:
        await wire.greet()
        await wire.follow(CASE_CHANGED, n=case["number"])

        # when what its token stands on goes
        if ending == "revoked":
            await revoke(SYSTEM, app.id)
        elif ending == "scope taken away":
            await ApiClient.filter(id=app.id).update(scopes="catalogue")
        else:
            await asyncio.sleep(2.5)
        await rina.move("takeApplication", case)

        # then the next event ends the socket instead of reaching it
        assert await wire.closed() == 4403
