"""The door of the API: whatever is sent, the answer is GraphQL or a 4xx with a code, never a traceback."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from backend.core.models import IdempotencyKey
from backend.identity import actions as identity
from schema import requests
from schema.documents import load_manifest
from schema.requests import MOST_BYTES
from tests.city import SARI, City

JSON = {"Content-Type": "application/json"}
TINY = b'{"query":"{ vapidPublicKey }"}'


async def send(city: City, body: bytes, **headers: str) -> httpx.Response:
    return await city.client.post("/graphql", content=body, headers=JSON | headers)


async def ask(city: City, **body: Any) -> httpx.Response:
    return await send(city, orjson.dumps(body))


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and the code of the first error."""
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_answered(city: City, method: str) -> None:
    answer = await city.client.request(method, "/graphql?query={opds{code}}", headers=JSON)
    assert code(answer) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "kind",
    [
        *("", "text/plain", "application/graphql", "application/x-www-form-urlencoded"),
        *("multipart/form-data; boundary=x", "application/jsonp", "text/json"),
    ],
)
async def test_a_content_type_that_a_plain_form_could_send_is_refused(city: City, kind: str) -> None:
    answer = await city.client.post("/graphql", content=TINY, headers={"Content-Type": kind})
    assert code(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_json_with_a_charset_is_json(city: City) -> None:
    answer = await send(city, TINY, **{"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.status_code == 200
    assert "errors" not in answer.json()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "BAD_JSON"),
        (b"{", "BAD_JSON"),
        (b"query", "BAD_JSON"),
        (b"\xff\xfe{}", "BAD_JSON"),
        (b'{"query":"\xc3\x28"}', "BAD_JSON"),
        (b'{"query":"\\ud800"}', "BAD_JSON"),
        (b'{"query": NaN}', "BAD_JSON"),
        (b"[" * 60_000, "BAD_JSON"),
        (b'[{"query":"{ opds { code } }"}]', "BAD_REQUEST"),
        (b"null", "BAD_REQUEST"),
        (b'"{ opds { code } }"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query":null}', "BAD_REQUEST"),
        (b'{"query":" "}', "BAD_REQUEST"),
        (b'{"query":["{a}"]}', "BAD_REQUEST"),
        (b'{"query":"{a}","variables":[]}', "BAD_REQUEST"),
        (b'{"query":"{a}","variables":"{}"}', "BAD_REQUEST"),
        (b'{"query":"{a}","operationName":7}', "BAD_REQUEST"),
        (b'{"query":"{a}","variables":{"x":"a\\u0000b"}}', "BAD_VARIABLES"),
        (b'{"query":"{a}","variables":{"a\\u0000b":1}}', "BAD_VARIABLES"),
        (b'{"query":"{a}","variables":{"x":' + b"[" * 40 + b"]" * 40 + b"}}", "BAD_VARIABLES"),
        (b'{"query":"{ track(number: \\"a\\\\u0000b\\") { numberText } }"}', "BAD_DOCUMENT"),
        (b'{"query":"{ track(number: \\"a\\u0000b\\") { numberText } }"}', "BAD_DOCUMENT"),
        (b'{"query":"{ track(number: \\"a\\\\u{0}b\\") { numberText } }"}', "BAD_DOCUMENT"),
        (b'{"query":"' + b"{a" * 20_000 + b'"}', "BAD_DOCUMENT"),
        (b'{"query":"query($a: ' + b"[" * 20_000 + b'"}', "BAD_DOCUMENT"),
        (b'{"query":"{ opds(x: ' + b"[" * 20_000 + b'"}', "BAD_DOCUMENT"),
        (b'{"documentId":"abc"}', "PERSISTED_QUERY_NOT_FOUND"),
        (
            b'{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}',
            "PERSISTED_QUERY_NOT_FOUND",
        ),
    ],
)
async def test_a_body_that_is_no_request_is_a_400_with_a_code(city: City, body: bytes, expected: str) -> None:
    assert code(await send(city, body)) == (400, expected)


async def test_a_body_past_64_kib_is_refused_while_it_streams(city: City) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST_BYTES:
            sent += 4096
            yield b" " * 4096

    answer = await city.client.post("/graphql", content=endless(), headers=JSON)

    assert code(answer) == (413, "TOO_LARGE")
    assert sent <= MOST_BYTES + 2 * 4096
    at_most = TINY + b" " * (MOST_BYTES - len(TINY))
    assert (await send(city, at_most)).status_code == 200


async def test_a_body_that_does_not_come_is_given_up(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    answer = await city.client.post("/graphql", content=drip(), headers=JSON)
    assert code(answer) == (408, "TOO_SLOW")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ opdz { code } }", "Cannot query field 'opdz'"),
        ("{ opds { nam } }", "Cannot query field 'nam'"),
        ("{ services(serch: 1) { totalCount } }", "Unknown argument 'serch'"),
        ("query Q($x: Strin) { opds { code } }", "Unknown type 'Strin'"),
        ("{ opds { ... on Opb { code } } }", "Unknown type 'Opb'"),
        ("mutation { takeApplicatio { x } }", "Cannot query field 'takeApplicatio'"),
        ("mutation { logOut(input: {idempotencyKe: 1}) { __typename } }", ""),
        ("{ opds @skp(if: true) { code } }", "Unknown directive '@skp'"),
        ("{ inbox(filter: WAITIN) { totalCount } }", ""),
    ],
)
async def test_nothing_is_suggested_to_who_guesses_names(city: City, query: str, says: str) -> None:
    answer = await ask(city, query=query)
    assert answer.status_code == 400
    assert says in answer.text
    assert "Did you mean" not in answer.text
    assert {e["extensions"]["code"] for e in answer.json()["errors"]} == {"BAD_DOCUMENT"}


async def test_an_error_quotes_little_of_what_was_sent(city: City) -> None:
    answer = await city.nobody.post("{ " + "a" * 20_000 + " }")

    assert answer.status_code == 400
    message = answer.json()["errors"][0]["message"]
    assert message.startswith("Cannot query field 'aaa")
    assert message.endswith("a...")
    assert len(message) == 400


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("UUID!", 123),
        ("UUID!", "abc"),
        ("UUID!", None),
        ("UUID!", ["a"]),
        ("UUID!", {"a": 1}),
        ("UUID!", True),
        ("UUID!", 10**30),
    ],
)
async def test_a_key_that_is_no_uuid_is_a_bad_document(city: City, type_: str, value: object) -> None:
    query = f"mutation M($k: {type_}) {{ logOut(input: {{idempotencyKey: $k}}) {{ __typename }} }}"
    body = b'{"query":%s,"variables":{"k":%s}}' % (
        orjson.dumps(query),
        str(value).encode() if isinstance(value, int) and value > 2**60 else orjson.dumps(value),
    )
    assert code(await send(city, body)) == (400, "BAD_DOCUMENT")


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query Q($n: Int!) { services(first: $n) { totalCount } }", {"n": "ten"}),
        ("query Q($n: Int!) { services(first: $n) { totalCount } }", {"n": 2**31}),
        ("query Q($n: Int!) { services(first: $n) { totalCount } }", {"n": 1.5}),
        ("query Q($n: Int!) { services(first: $n) { totalCount } }", {}),
        ("query Q($c: String!) { service(code: $c) { code } }", {"c": 5}),
        ("query Q($c: String!) { service(code: $c) { code } }", {"c": ["a"]}),
        ("query Q($f: InboxFilter!) { inbox(filter: $f) { totalCount } }", {"f": "WAITIN"}),
        ("query Q($i: ID!) { node(id: $i) { id } }", {"i": {"a": 1}}),
        (
            "mutation M($i: RequestCodeInput!) { requestCode(input: $i) { __typename } }",
            {"i": {"idempotencyKey": str(uuid4()), "phone": "0", "phon": "1"}},
        ),
        ("mutation M($i: RequestCodeInput!) { requestCode(input: $i) { __typename } }", {"i": []}),
    ],
)
async def test_variables_of_the_wrong_type_are_a_bad_document(
    city: City, query: str, variables: dict[str, Any]
) -> None:
    answer = await ask(city, query=query, variables=variables)
    assert code(answer) == (400, "BAD_DOCUMENT")
    assert "Did you mean" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"query": "query A { opds { code } }", "operationName": "B"},
        {"query": "fragment F on Opd { code }"},
        {"query": "subscription { x }"},
        {"query": "type A { b: Int }"},
        {"query": "{ opds { ...F } } fragment F on Opd { ...F }"},
    ],
)
async def test_a_document_without_one_runnable_operation_is_refused(city: City, body: Any) -> None:
    assert code(await ask(city, **body)) == (400, "BAD_DOCUMENT")


@pytest.mark.parametrize(
    "fields",
    [
        "a: requestCode(input: $i) { __typename } b: requestCode(input: $i) { __typename }",
        "requestCode(input: $i) { __typename } ...F",
        "...F ... on Mutation { b: requestCode(input: $i) { __typename } }",
        "...G",
    ],
)
async def test_a_document_with_more_than_one_mutation_is_refused_and_none_is_done(
    city: City, fields: str
) -> None:
    fragments = (
        "fragment F on Mutation { c: requestCode(input: $i) { __typename } }"
        if "...F" in fields
        else "fragment G on Mutation { ...H ...H d: requestCode(input: $i) { __typename } }"
        " fragment H on Mutation { e: requestCode(input: $i) { __typename } }"
        if "...G" in fields
        else ""
    )
    query = f"mutation M($i: RequestCodeInput!) {{ {fields} }} {fragments}"
    given = {"i": {"idempotencyKey": str(uuid4()), "phone": "081100000001"}}

    answer = await ask(city, query=query, variables=given)

    assert code(answer) == (400, "ONE_MUTATION")
    assert await IdempotencyKey.all().count() == 0


async def test_one_mutation_beside_a_typename_is_fine(city: City) -> None:
    query = "mutation M($i: RequestCodeInput!) { __typename requestCode(input: $i) { __typename } }"
    given = {"i": {"idempotencyKey": str(uuid4()), "phone": "0"}}
    answer = await ask(city, query=query, variables=given)
    assert answer.json()["data"] == {"__typename": "Mutation", "requestCode": {"__typename": "InvalidInput"}}


async def test_a_known_document_runs_by_its_hash(city: City) -> None:
    known = load_manifest()
    digest, document = next((d, t) for d, t in known.items() if "query Opds" in t)
    assert hashlib.sha256(document.encode()).hexdigest() == digest

    by_id = await ask(city, documentId=digest)
    by_extension = await ask(city, extensions={"persistedQuery": {"sha256Hash": digest}})

    assert len(by_id.json()["data"]["opds"]) == 28
    assert by_extension.json() == by_id.json()

    # the app names it by the beginning of its digest, which no other document shares
    by_beginning = await ask(city, documentId=digest[:16])
    assert by_beginning.json() == by_id.json()
    assert len({one[:16] for one in known}) == len(known)


async def test_what_nobody_expected_is_masked_with_a_request_id(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a fault in our own code
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail 3573015708900002")

    monkeypatch.setattr(identity, "request_code", broken)

    # when somebody meets it
    answer = await city.nobody.post(
        "mutation M($i: RequestCodeInput!) { requestCode(input: $i) { __typename } }",
        i={"idempotencyKey": str(uuid4()), "phone": "081100000001"},
    )

    # then they get a code to tell, and nothing of the inside
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": answer.headers["x-request-id"]}
    assert answer.headers["x-request-id"] in error["message"]
    assert error["message"].startswith("Ada gangguan di pihak kami.")
    for inside in ("secret", "3573", "Traceback", "RuntimeError", "broken"):
        assert inside not in answer.text


async def test_answers_are_not_kept_by_anyone_on_the_way(city: City) -> None:
    for answer in (await send(city, TINY), await send(city, b"{")):
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 12
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "Dinas"),
        ({"X-Lugas-Locale": "en"}, "en"),
        ({"X-Lugas-Locale": "xx", "Accept-Language": "fr, en-GB;q=0.8"}, "en"),
        ({"Accept-Language": "id-ID,en;q=0.5"}, "id"),
        ({"Accept-Language": ";;;,,," * 400}, "id"),
    ],
)
async def test_the_language_is_the_one_asked_for(city: City, headers: dict[str, str], expected: str) -> None:
    body = orjson.dumps({"query": '{ service(code: "KEC-SKTM") { promise { text } } }'})
    answer = await send(city, body, **headers)
    said = answer.json()["data"]["service"]["promise"]["text"]
    assert said == ("1 working day" if expected == "en" else "1 hari kerja")


@pytest.mark.parametrize(
    "cookie",
    ["__Host-sid=", "__Host-sid=abc", "=;=;=", 'a="b', "__Host-sid=" + "x" * 5000, "a[b]=c; __Host-sid"],
)
async def test_a_strange_cookie_is_nobody(city: City, cookie: str) -> None:
    answer = await send(city, b'{"query":"{ me { name } }"}', Cookie=cookie, Origin="http://localhost:8000")
    assert answer.json()["data"] == {"me": None}


async def test_a_request_with_a_session_must_come_from_our_own_origin(city: City) -> None:
    sari = await city.login(SARI)
    for origin in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost"},
    ):
        headers = {k: v for k, v in sari.headers().items() if k != "Origin"} | origin
        answer = await send(city, b'{"query":"{ me { name } }"}', **headers)
        assert code(answer) == (403, "FOREIGN_ORIGIN")
        assert "Sari" not in answer.text
    own = await send(city, b'{"query":"{ me { name } }"}', **sari.headers())
    assert own.json()["data"] == {"me": {"name": "Sari Wulandari"}}


async def test_without_a_session_any_origin_may_read_what_is_public(city: City) -> None:
    answer = await send(city, TINY, Origin="https://app.example")
    assert answer.json()["data"] == {"vapidPublicKey": city.parts.vapid_public_key}
    assert "access-control-allow-origin" not in answer.headers


async def test_a_long_answer_travels_packed_and_reads_the_same(city: City) -> None:
    body = orjson.dumps({"query": "{ services { edges { node { name summary requirements { title } } } } }"})
    plain = await send(city, body, **{"Accept-Encoding": "identity"})
    packed = await send(city, body, **{"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert packed.json() == plain.json()
    assert "content-encoding" not in (await send(city, TINY, **{"Accept-Encoding": "gzip"})).headers
