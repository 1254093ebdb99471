"""Strange requests by the hundred: every answer is JSON or a file, and none is a 500 or a traceback."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import orjson
import pytest
from graphql import GraphQLSchema, build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.shots import Gun, Shot
from tests.city import BUDI, ORIGIN, RINA, City

FIELDS = (
    *(
        'track(number: "%s") { numberText }',
        'service(code: "%s") { code }',
        'verifyLetter(id: "%s") { verdict }',
    ),
    *(
        'services(search: "%s") { totalCount }',
        'services(after: "%s") { totalCount }',
        'node(id: "%s") { id }',
    ),
    *(
        'services(category: "%s") { totalCount }',
        "holidays(year: %s) { name }",
        "services(first: %s) { totalCount }",
    ),
    *('application(number: "%s") { id }', "me { name %s }", "%s", 'inbox(after: "%s") { totalCount }'),
)
words = st.text(st.characters(codec="utf-8"), max_size=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
documents = st.builds(
    lambda field, word: "{ " + field % word.replace("\\", "\\\\").replace('"', '\\"') + " }",
    st.sampled_from(FIELDS),
    words,
)
variables = st.fixed_dictionaries(
    {"query": st.just("query Q($v: String) { services(search: $v, after: $v) { totalCount } }")},
    optional={"variables": st.dictionaries(st.sampled_from(["v", "w"]), json_values) | json_values},
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(orjson.dumps),
    st.builds(lambda d: orjson.dumps({"query": d}), documents | words),
    variables.map(orjson.dumps),
    st.dictionaries(st.sampled_from(["query", "variables", "operationName", "extensions", "documentId"]), json_values)
    .map(orjson.dumps),
)  # fmt: skip
header_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
headers = st.dictionaries(
    st.sampled_from(["content-type", "cookie", "origin", "accept-language", "x-lugas-locale", "accept"]),
    header_text | st.sampled_from(["application/json", "__Host-sid=abc", "multipart/form-data; boundary=b"]),
)
paths = st.sampled_from(["/graphql"] * 6 + ["/documents/upload", "/documents/x", "/health/ready"])
LENIENT = settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_clean(answer: httpx.Response) -> bool:
    """Nothing of the inside shows, and nothing unexpected happened."""
    text = answer.text
    return answer.status_code < 500 and "Traceback" not in text and '"INTERNAL"' not in text


@LENIENT
@given(paths, bodies, headers)
async def test_no_body_and_no_header_makes_a_500(city: City, path: str, body: bytes, given: Any) -> None:
    answer = await city.client.post(path, content=body, headers={"content-type": "application/json"} | given)
    assert is_clean(answer), answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@LENIENT
@given(documents)
async def test_no_argument_of_a_query_makes_a_500(city: City, document: str) -> None:
    answer = await city.client.post("/graphql", json={"query": document})
    assert is_clean(answer), answer.text
    assert answer.json().keys() & {"data", "errors"}


@LENIENT
@given(words, st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]))
async def test_no_path_makes_a_500(city: City, path: str, method: str) -> None:
    answer = await city.client.request(method, "/" + quote(path))
    assert answer.status_code != 500, path
    assert "Traceback" not in answer.text


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    sdl = Path(__file__).parents[2] / "schema" / "schema.graphql"
    return build_schema(sdl.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(5))
async def test_two_hundred_shots_of_the_fuzz_make_no_500(
    city: City, schema: GraphQLSchema, seed: int
) -> None:
    """What `make fuzz` fires by the hundred thousand at a real server, here in this process."""
    cookies = [f"__Host-sid={(await city.login(phone)).token}" for phone in (BUDI, RINA)]
    for shot in Gun(schema, seed, cookies, ORIGIN).shots(200):
        if not shot.messages:
            await assert_clean(city, shot)


async def assert_clean(city: City, shot: Shot) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in shot.headers.items()]
    # As bytes, for httpx would mend the address.
    url = httpx.URL(city.client.base_url).copy_with(raw_path=shot.path.encode())
    answer = await city.client.request(shot.method, url, content=shot.body, headers=headers)
    # 503: there is no built app here.
    assert is_clean(answer) or answer.status_code == 503, f"{shot.shown()}\n{answer.text[:500]}"
