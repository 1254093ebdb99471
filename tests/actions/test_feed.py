"""The feed hears commits of other connections: versions move, events arrive once, and a break loses nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend import database
from backend.core.feed import FRESH, MOST_TOPICS, Feed
from backend.core.happened import WAITING_MOST, Gap, Happened
from backend.parts import Parts
from tests.city import RINA, SARI, City
from tests.committed import committed_city

SERVICE = "DUK-KK-HILANG"
SECONDS = 30


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


@pytest.fixture
async def feed(seeded: str) -> AsyncIterator[Feed]:
    """A feed that listens."""
    made = Feed()
    async with made.listening(database.apart(seeded)):
        await until(lambda: made.connected)
        yield made


async def until(done: Callable[[], object]) -> None:
    """Ask again and again; the bound only keeps a broken test from hanging."""
    async with asyncio.timeout(SECONDS):
        while not done():  # noqa: ASYNC110 - what is awaited happens in another process
            await asyncio.sleep(0.02)


async def run(sql: str) -> None:
    await get_connection("default").execute_query(sql)


async def moved(feed: Feed, topic: str, act: Callable[[], Awaitable[object]]) -> None:
    """Run `act` and wait until the topic has another version."""
    before = feed.version(topic)
    await act()
    await until(lambda: feed.version(topic) not in (before, None))


def test_a_feed_that_never_listened_knows_no_version() -> None:
    feed = Feed()
    feed.moved("catalogue")
    assert not feed.connected
    assert feed.version("catalogue") is None


@pytest.mark.parametrize(
    "table", ["opds", "kecamatan", "kelurahan", "holidays", "office_hours", "services", "service_versions"]
)
async def test_every_table_of_the_catalogue_moves_its_version(feed: Feed, table: str) -> None:
    # a statement that finds no row is one that may have changed something; the guard lets nothing else pass
    await moved(feed, "catalogue", lambda: run(f"INSERT INTO {table} SELECT * FROM {table} WHERE false"))  # noqa: S608 - a fixed name


async def test_a_version_moves_after_the_commit_and_not_before(feed: Feed) -> None:
    before = feed.version("catalogue")
    async with in_transaction():
        await run("UPDATE opds SET address = address")
        await asyncio.sleep(2 * FRESH)
        assert feed.version("catalogue") == before
    await until(lambda: feed.version("catalogue") not in (before, None))


async def test_a_topic_leaves_the_others_alone(feed: Feed) -> None:
    person, all_people, other = "people:1", "people", "budget"
    before = [feed.version(t) for t in (person, all_people, other)]
    feed.moved(person)
    assert feed.version(person) != before[0]
    assert [feed.version(t) for t in (all_people, other)] == before[1:]
    feed.moved(all_people)
    assert feed.version("people:2") != before[0]


async def test_who_commits_moves_the_version_before_it_goes_on_and_also_when_the_commit_fails(
    feed: Feed,
) -> None:
    before = feed.version("catalogue")
    with pytest.raises(ZeroDivisionError):
        async with feed.moving("catalogue"):
            raise ZeroDivisionError
    assert feed.version("catalogue") not in (before, None)


async def test_very_many_topics_are_forgotten_together_and_count_as_changed(feed: Feed) -> None:
    before = feed.version("people:0")
    for n in range(MOST_TOPICS + 1):
        feed.moved(f"people:{n}")
    assert feed.version("people:0") not in (before, None)
    assert feed.version("catalogue") == feed.version("budget")


async def test_a_person_moves_when_a_session_ends_or_a_post_changes_and_not_when_they_are_seen(
    open_city: City, feed: Feed
) -> None:
    rina = await open_city.login(RINA)
    actor = await open_city.actor(rina)
    topic, mine = f"people:{actor.person}", f"person_id = '{actor.person}'"
    before = feed.version(topic)

    await run(f"UPDATE sessions SET seen_at = now() WHERE {mine}")  # noqa: S608
    await moved(feed, "catalogue", lambda: run("UPDATE opds SET address = address"))
    assert feed.version(topic) == before

    await moved(feed, topic, lambda: run(f"UPDATE posts_held SET title = title WHERE {mine}"))  # noqa: S608
    await moved(feed, topic, lambda: run(f"UPDATE sessions SET revoked_at = now() WHERE {mine}"))  # noqa: S608
    await moved(feed, topic, lambda: run(f"DELETE FROM sessions WHERE {mine}"))  # noqa: S608


async def test_an_act_is_heard_once_with_its_offices_and_nothing_personal(
    open_city: City, feed: Feed
) -> None:
    sari, rina = await open_city.login(SARI), await open_city.login(RINA)
    async with feed.subscribe() as everything, feed.subscribe("office:DPUPRPKP") as elsewhere:
        case = await open_city.apply(sari, SERVICE)
        case = await rina.move("takeApplication", case)
        async with asyncio.timeout(SECONDS):
            first, second = await anext(everything), await anext(everything)

        assert [first.kind, second.kind] == ["application_submitted", "application_taken"]
        assert [first.seq, second.seq] == [1, 2]
        assert first.subject_id == second.subject_id
        assert second.state == case["state"]["name"]
        assert second.opd == "DISPENDUKCAPIL"
        assert second.offices == {"DISPENDUKCAPIL"}
        assert second.at.utcoffset() is not None
        assert elsewhere.empty


async def test_what_happened_while_the_connection_was_broken_is_told_and_every_version_is_new(
    open_city: City, feed: Feed
) -> None:
    sari = await open_city.login(SARI)
    before = feed.version("catalogue")
    async with feed.subscribe() as stream:
        async with in_transaction():  # holds the event back until the feed has lost its connection
            case = await open_city.apply(sari, SERVICE)
            await run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lugas feed'"
            )
            await until(lambda: not feed.connected or feed.version("catalogue") != before)
        async with asyncio.timeout(SECONDS):
            told = await anext(stream)
        await until(lambda: feed.version("catalogue") not in (before, None))
    assert (told.kind, told.seq) == ("application_submitted", 1)
    assert case["version"] == 1
    assert stream.empty


# What PostgreSQL says when it ends a connection: severity, code and message.
FATAL = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"


class Line:
    """The way to PostgreSQL, which can break in the midst of the next answer that passes."""

    def __init__(self, credentials: dict[str, Any]) -> None:
        self._to = credentials
        self._spoil: Callable[[bytes], tuple[bytes, bool]] | None = None
        self.broken = asyncio.Event()

    def break_at_the_next_answer(self, spoil: Callable[[bytes], tuple[bytes, bool]]) -> None:
        self._spoil = spoil

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._to["host"], self._to["port"]
        local = str(host).startswith("/")
        answers, questions = await (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if local
            else asyncio.open_connection(host, port)
        )
        asking = asyncio.create_task(self._ask(reader, questions))
        try:
            while answer := await answers.read(65536):
                if self._spoil is None:
                    writer.write(answer)
                    continue
                spoilt, is_cut = self._spoil(answer)
                self._spoil = None
                writer.write(spoilt)
                self.broken.set()
                if not is_cut:
                    await asking  # until the feed itself lets go
                return
        finally:
            asking.cancel()
            questions.close()
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        while question := await reader.read(65536):
            questions.write(question)


def cut_in_half(answer: bytes) -> tuple[bytes, bool]:
    return answer[: len(answer) // 2], True


def ended_behind_it(answer: bytes) -> tuple[bytes, bool]:
    """The server ends the connection, and before the end is noticed the feed asks its next question."""
    return answer + b"E" + (len(FATAL) + 4).to_bytes(4) + FATAL, False


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [(cut_in_half, "ConnectionDoesNotExistError"), (ended_behind_it, "InternalClientError")],
)
async def test_a_line_that_breaks_in_the_middle_of_a_question_is_made_again(
    open_city: City, seeded: str, spoil: Callable[[bytes], tuple[bytes, bool]], problem: str
) -> None:
    # given a feed whose line leads over something that can break it
    sari, feed, line = await open_city.login(SARI), Feed(), Line(database.apart(seeded))
    async with await asyncio.start_server(line, "127.0.0.1", 0, family=socket.AF_INET) as server:
        port = server.sockets[0].getsockname()[1]
        with capture_logs() as said:
            async with feed.listening(database.apart(seeded) | {"host": "127.0.0.1", "port": port}):
                await until(lambda: feed.connected)
                before = feed.version("catalogue")
                async with feed.subscribe() as stream:
                    # when it breaks while a question is under way, and a case is sent meanwhile
                    line.break_at_the_next_answer(spoil)
                    await asyncio.wait_for(line.broken.wait(), SECONDS)
                    await open_city.apply(sari, SERVICE)
                    # then the case is told once, and what changes afterwards is heard as before
                    async with asyncio.timeout(SECONDS):
                        told = await anext(stream)
                    assert (told.kind, told.seq) == ("application_submitted", 1)
                    assert stream.empty
                await until(lambda: feed.version("catalogue") not in (before, None))
                await moved(feed, "catalogue", lambda: run("UPDATE opds SET address = address"))
    lost = [entry["problem"] for entry in said if entry["event"] == "feed lost, connecting again"]
    assert [one for one in lost if one.startswith(problem)]


async def test_a_reader_too_slow_sees_a_gap_instead_of_old_news(feed: Feed) -> None:
    async with feed.subscribe() as stream:
        for n in range(WAITING_MOST + 1):
            stream.put(happened(n))
        with pytest.raises(Gap):
            await anext(stream)
        stream.put(happened(9))
        assert (await anext(stream)).id == 9


@pytest.mark.parametrize(
    "payload",
    ["e:", "e:[]", "e:{}", 'e:{"i":"x"}', 'e:{"i":1,"k":"a","s":"no uuid"}', "e:\x00", "x", "", ":"],
)
async def test_a_notification_that_is_none_of_ours_is_left_aside(feed: Feed, payload: str) -> None:
    before = feed.version("catalogue")
    async with feed.subscribe() as stream:
        feed._hear(None, 0, "lugas", payload)
        assert stream.empty
    assert feed.version("catalogue") == before


def happened(number: int) -> Happened:
    told = {
        "i": number,
        "k": "application",
        "s": "0190a000-0000-7000-8000-000000000000",
        "n": number,
        "e": "x",
    }
    return Happened.of_payload(
        told | {"a": "2026-11-22T01:00:00+00:00", "t": "", "o": "", "c": None, "w": ""}
    )
