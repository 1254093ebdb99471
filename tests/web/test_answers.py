"""Public answers are kept as bytes while their data stands, never after, and only for who asks without a name."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import parse
from tortoise.connection import get_connection

from backend import database
from backend.app import create_app
from backend.core.actors import NOBODY, Actor
from backend.core.feed import Feed
from backend.core.metrics import ANSWERS
from backend.parts import Parts
from backend.services.models import Opd
from backend.settings import Settings
from schema.answers import MEBIBYTE, ONE_MOST, Answers, made_from, matches
from schema.documents import Known
from schema.requests import Asked
from tests.city import SARI, City
from tests.committed import committed_city
from tests.live import served

OPDS = "{ opds { code name } }"
SECONDS = 30
HEARS = 20.0


@pytest.fixture
async def feed(seeded: str) -> AsyncIterator[Feed]:
    made = Feed()
    async with made.listening(database.apart(seeded)):
        async with asyncio.timeout(SECONDS):
            while not made.connected:  # noqa: ASYNC110 - what is awaited happens in another process
                await asyncio.sleep(0.02)
        yield made


@pytest.fixture
async def kept(
    feed: Feed, settings: Settings, parts: Parts, home: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[City]:
    """A process of its own kind: it hears what others commit, and keeps answers."""
    # A busy machine that is late with a beat is not deaf.
    monkeypatch.setattr("backend.core.feed.FRESH", HEARS)
    with_feed = replace(parts, feed=feed)
    before = await Opd.get(code="DISPENDUKCAPIL")
    async with committed_city(create_app(settings, with_feed), with_feed, home) as city:
        yield city
    await rename(before.name)


def from_cache() -> float:
    return float(ANSWERS.labels("cache")._value.get())


async def rename(name: str) -> None:
    await get_connection("default").execute_query(
        "UPDATE opds SET name = $1 WHERE code = 'DISPENDUKCAPIL'", [name]
    )


def name_in(answer: httpx.Response) -> str:
    found: list[dict[str, str]] = answer.json()["data"]["opds"]
    return next(o["name"] for o in found if o["code"] == "DISPENDUKCAPIL")


async def test_the_second_answer_is_the_first_ones_bytes_and_asks_nobody(kept: City) -> None:
    before = from_cache()
    first, second = await kept.nobody.post(OPDS), await kept.nobody.post(OPDS)
    assert from_cache() == before + 1
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    assert set(first.headers["vary"].split(", ")) == {"Accept-Encoding", "Cookie", "X-Lugas-Locale"}


async def test_an_answer_is_never_older_than_a_commit_of_the_own_process(kept: City, feed: Feed) -> None:
    for n in range(5):
        await kept.nobody.post(OPDS)
        async with feed.moving("catalogue"):
            await rename(f"Dinas {n}")
        assert name_in(await kept.nobody.post(OPDS)) == f"Dinas {n}"


async def test_a_commit_elsewhere_is_heard(kept: City) -> None:
    old = name_in(await kept.nobody.post(OPDS))
    await rename("Dinas Baru")  # nobody tells our feed: only PostgreSQL does
    async with asyncio.timeout(SECONDS):
        while name_in(await kept.nobody.post(OPDS)) == old:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_without_a_sign_of_life_within_a_second_nothing_kept_is_given(kept: City, feed: Feed) -> None:
    await kept.nobody.post(OPDS)
    before = from_cache()
    feed._heard -= HEARS
    assert feed.version("catalogue") is None
    await kept.nobody.post(OPDS)
    assert from_cache() == before


async def test_who_has_the_answer_gets_304_and_no_body(kept: City) -> None:
    first = await kept.nobody.post(OPDS)
    tag = first.headers["etag"]
    body = {"query": OPDS, "variables": {}}
    for given in (tag, f'"x", W/{tag}', "*"):
        again = await kept.client.post("/graphql", json=body, headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await kept.client.post("/graphql", json=body, headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


async def test_packed_and_plain_bytes_have_tags_of_their_own(kept: City) -> None:
    body = {"query": "{ services { edges { node { name summary } } } }"}
    packed = await kept.client.post("/graphql", json=body, headers={"Accept-Encoding": "gzip"})
    plain = await kept.client.post("/graphql", json=body, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_languages_and_variables_are_kept_apart(kept: City) -> None:
    document = "query Q($c: String!) { service(code: $c) { name } }"
    said = {}
    for locale in ("id", "en"):
        for code in ("DUK-KK-HILANG", "DUK-KK-BARU"):
            visitor = replace(kept.nobody, locale=locale)
            for _ in range(2):
                said[locale, code] = (await visitor.ask(document, c=code))["service"]["name"]
    assert len(set(said.values())) == 4


async def test_a_session_is_answered_anew_and_its_answer_not_kept(kept: City) -> None:
    sari = await kept.login(SARI)
    before = from_cache()
    answers = [await sari.post(OPDS) for _ in range(2)]
    assert from_cache() == before
    for answer in answers:
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "document",
    [
        '{ track(number: "0123456789") { numberText } }',
        "{ opds { code } me { person { name } } }",
        '{ node(id: "x") { id } }',
        "query { ...F } fragment F on Query { opds { code } vapidPublicKey }",
        '{ ... { service(code: "X") { name } verifyLetter(id: "x") { status } } }',
        'mutation { signOut(input: {idempotencyKey: "x"}) { __typename } }',
        "query A { opds { code } } query B { opds { code } }",
        "subscription { inboxChanged { number } }",
    ],
)
def test_what_is_not_only_reference_data_is_not_kept(document: str) -> None:
    assert made_from(parse(document), None) is None


def test_topics_come_from_every_root_and_counted_fields_from_any_depth() -> None:
    made = made_from(
        parse(
            "query Q($y: Int!) { ...F budget(year: $y) { year } }"
            " fragment F on Query { services { edges { node { ...G } } } } fragment G on Service { q: queueLength }"
        ),
        "Q",
    )
    assert made is not None
    assert made.topics == {"catalogue", "budget"}
    assert made.counted
    assert made.variables == {"y"}
    introspection = made_from(parse("{ __schema { types { name } } }"), None)
    assert introspection is not None
    assert introspection.topics == frozenset()


def key(
    answers: Answers, document: str, variables: dict[str, Any] | None = None, actor: Actor = NOBODY
) -> Any:
    known = Known(document, parse(document))
    question = answers.question(known, Asked(document, variables or {}, None), actor)
    return answers.key(question, lambda _: 1) if question else None


def test_variables_that_the_operation_does_not_declare_make_no_other_key() -> None:
    answers = Answers()
    assert key(answers, OPDS, {"x": 1}) == key(answers, OPDS, {"x": 2}) == key(answers, OPDS)
    declared = "query Q($y: Int) { holidays(year: $y) { name } }"
    assert key(answers, declared, {"y": 1}) != key(answers, declared, {"y": True})


def test_the_cache_is_bounded_by_entries_and_bytes_and_the_longest_unused_goes_first() -> None:
    few = Answers(entries=2)
    for n in (1, 2):
        few.put((n,), b"x")
    assert few.get((1,))
    few.put((3,), b"x")
    assert few.get((2,)) is None
    assert few.get((1,))

    small = Answers(1)
    half = bytes(range(256)) * (MEBIBYTE // 512)
    for n in range(3):
        small.put((n,), half)
    assert small.get((2,))
    assert sum(small.get((n,)) is not None for n in range(3)) == 1
    assert small.put((9,), b"x" * (ONE_MOST + 1)).body
    assert small.get((9,)) is None
    assert key(Answers(0), OPDS) is None


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"ab"', False),
        ("a", False),
    ],
)
def test_if_none_match_is_read_as_the_rfc_says(given: str, found: bool) -> None:
    assert matches(given, ('"a"', '"a-gzip"')) is found


async def test_a_commit_in_one_process_is_answered_by_two_others(kept: City, settings: Settings) -> None:
    # given two servers that both have the answer
    async with served(settings) as one, served(settings) as two:
        for server in (one, two):
            first = await server.ask(OPDS)
            again = await server.ask(OPDS, {"If-None-Match": first.headers["etag"]})
            assert again.status_code == 304

        # when a third process commits
        await rename("Dinas Pindah")

        # then both answer anew; the bound only keeps a broken test from hanging
        async with asyncio.timeout(SECONDS):
            for server in (one, two):
                while name_in(await server.ask(OPDS)) != "Dinas Pindah":  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


def test_what_is_packed_is_the_answer() -> None:
    made = Answers().put(("k",), b"{}" * 2000)
    assert made.packed is not None
    assert gzip.decompress(made.packed) == made.body
