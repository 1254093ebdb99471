"""Plans and resolvers give the same bytes: for every query of the app, and for queries drawn from the schema."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_non_null_type,
)
from graphql.pyutils import Undefined
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from backend.core import clock
from backend.core.metrics import ANSWERS
from schema import endpoint
from schema.build import build_schema
from schema.documents import Known, load_manifest
from schema.ids import encode
from tests.city import AGUS_PTSP, BUDI, HADI, RINA, SARI, City, Visitor
from tests.statements import counted

SCHEMA: GraphQLSchema = build_schema().graphql_schema
NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
SERVICES = ("DUK-KK-HILANG", "KEC-SKTM", "PTSP-NIB")
WHO = {"nobody": None, "resident": SARI, "stranger": BUDI, "officer": RINA, "other": AGUS_PTSP, "head": HADI}
# What each query of the app is asked with; the case and service are those of the scene.
GIVEN: dict[str, dict[str, Any]] = {
    "first": {"first": 2},
    "number": {},
    "code": {"code": "KEC-SKTM"},
    "filter": {"filter": "ALL_OPEN"},
    "which": {"which": "ALL"},
    "importId": {"importId": "00000000-0000-7000-8000-000000000000"},
    "withYear": {"withYear": 2025},
    "trip": {"trip": "VHJpcDp4"},
    "id": {"id": "000000000000000000"},
    "opd": {"opd": "DISPENDUKCAPIL"},
    "from": {"from": "2026-11-24T00:00:00Z"},
    "until": {"until": "2026-11-25T00:00:00Z"},
}
QUERIES = {
    t.split("query ")[1].split("(")[0].split(" ")[0]: t for t in load_manifest().values() if "query " in t
}


class Scene:
    """Sari's three cases in different states, and people of six kinds."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.people: dict[str, Visitor] = {}
        self.cases: list[dict[str, Any]] = []


@pytest.fixture
async def scene(city: City, monkeypatch: pytest.MonkeyPatch) -> Scene:
    async def free(*_: object) -> None:
        """Hundreds of queries in a row are no attack here."""

    monkeypatch.setattr(endpoint, "_within_rate", free)
    monkeypatch.setattr(endpoint, "dear", lambda _: 0)
    made = Scene(city)
    with clock.at(NOW):
        for who, phone in WHO.items():
            made.people[who] = await city.login(phone) if phone else city.nobody
        sari, rina = made.people["resident"], made.people["officer"]
        made.cases = [await city.apply(sari, code) for code in SERVICES]
        taken = await rina.move("takeApplication", made.cases[0])
        why = "Alamat pada surat tidak terbaca."
        await rina.move(
            "returnApplication",
            taken,
            returns=[{"requirement": taken["returnable"][0]["code"], "reason": why}],
        )
        await city.drain()
    return made


async def both(
    visitor: Visitor, document: str, variables: dict[str, Any]
) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    """The answer as it comes, and as the resolvers give it."""
    with clock.at(NOW), pytest.MonkeyPatch.context() as patch:
        planned = await visitor.post(document, **variables)
        patch.setattr(Known, "plan", lambda *_: None)
        resolved = await visitor.post(document, **variables)
    return (planned.status_code, planned.content), (resolved.status_code, resolved.content)


def planned_so_far() -> float:
    return ANSWERS.labels("plan")._value.get()  # type: ignore[no-any-return]


@pytest.mark.parametrize("who", sorted(WHO))
@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_every_query_of_the_app_gets_the_same_bytes(scene: Scene, name: str, who: str) -> None:
    document = QUERIES[name]
    head = document.partition("{")[0]
    given_: dict[str, Any] = {}
    for word, values in GIVEN.items():
        if f"${word}:" in head:
            given_ |= values | ({"number": scene.cases[0]["number"]} if word == "number" else {})
    before = planned_so_far()

    planned, resolved = await both(scene.people[who], document, given_)

    assert planned == resolved
    refused = b'"errors"' in resolved[1]
    assert planned_so_far() - before == (0 if refused else 1), "a plan answers whatever is not refused"


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "first": st.sampled_from([1, 2, 3, 50, 99, 0, -1]),
    "last": st.sampled_from([1, 2, 50, 0]),
    "after": st.sampled_from([None, "", "bogus", "WyJLRUMtU0tUTSJd"]),
    "search": st.sampled_from(["ktp", "surat", "", "%"]),
    "category": st.sampled_from(["usaha", None]),
    "code": st.sampled_from(["KEC-SKTM", "NONE", ""]),
    "number": st.sampled_from(["case:0", "case:1", "AAAAAAAAAA"]),
    "id": st.sampled_from(
        ["case-id:0", str(encode("Service", "KEC-SKTM")), str(encode("Opd", "BAPPEDA")), "bogus"]
    ),
    "year": st.sampled_from([2026, 1999]),
    "text": st.sampled_from(["jalan", "x"]),
    "opd": st.sampled_from(["DLH", None]),
    "withYear": st.sampled_from([2025, 1999]),
    "importId": st.sampled_from(["00000000-0000-7000-8000-000000000000", "none"]),
    "withStage": st.sampled_from(["murni", None]),
    "stage": st.sampled_from(["murni", None]),
    "kelurahan": st.sampled_from(["35.73.05.1001", None]),
    "state": st.sampled_from(["PROPOSED", None]),
    "key": st.sampled_from(["0198f000-0000-7000-8000-000000000000"]),
    "mine": st.booleans(),
    "waitingForMe": st.booleans(),
    "on": st.sampled_from(["2026-11-24", None]),
    "opdCode": st.sampled_from(["DISPENDUKCAPIL", "NONE"]),
    "startsAt": st.sampled_from(["2026-11-24T00:00:00Z", "2026-11-24T00:00:00"]),
    "endsAt": st.sampled_from(["2026-11-25T00:00:00Z"]),
    "filter": st.sampled_from(["ALL_OPEN", "WAITING", "CLOSED", "MINE"]),
}


class Drawing:
    """A query over the whole schema in the making; aliases, fragments and switches included."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.values: dict[str, Any] = {}
        self.kinds: dict[str, str] = {}

    def document(self) -> str:
        body = self.selection(SCHEMA.query_type, 0)
        head = ", ".join(f"${n}: {k}" for n, k in self.kinds.items())
        return f"query Q{f'({head})' if head else ''} {body}"

    def selection(self, kind: Any, depth: int) -> str:
        parts = ["__typename"] if self.draw(st.booleans()) else []
        if is_abstract_type(kind):
            for possible in SCHEMA.get_possible_types(kind):
                if self.draw(st.booleans()):
                    parts.append(f"... on {possible.name} {self.selection(possible, depth + 1)}")
        else:
            parts += [self.field(kind, name, depth) for name in self.chosen(kind, depth)]
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def chosen(self, kind: GraphQLObjectType, depth: int) -> list[str]:
        names = [n for n, f in kind.fields.items() if depth < 5 or not _is_composite(f)]
        most = 2 if depth == 0 else 7
        return self.draw(st.lists(st.sampled_from(names), max_size=most, unique=True)) if names else []

    def field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        told = kind.fields[name]
        given_ = ", ".join(self.arguments(told))
        inner = get_named_type(told.type)
        below = self.selection(inner, depth + 1) if is_composite_type(inner) else ""
        alias = self.draw(st.sampled_from(["", "", f"a{len(self.kinds)}: "]))
        whole = f"{alias}{name}{f'({given_})' if given_ else ''} {self.switch()} {below}"
        return f"... on {kind.name} {{ {whole} }}" if self.draw(st.integers(0, 9)) == 0 else whole

    def arguments(self, field: GraphQLField) -> list[str]:
        """Values that find something, that do not, that are refused."""
        said = []
        for word, argument in field.args.items():
            needed = is_non_null_type(argument.type) and argument.default_value is Undefined
            if needed or self.draw(st.booleans()):
                variable = f"v{len(self.kinds)}"
                self.values[variable] = self.draw(_VALUES[word])
                self.kinds[variable] = str(argument.type)
                said.append(f"{word}: ${variable}")
        return said

    def switch(self) -> str:
        word = self.draw(st.sampled_from(["", "", "", "include yes", "skip no", "include no"]))
        if not word:
            return ""
        directive, _, variable = word.partition(" ")
        self.values[variable], self.kinds[variable] = variable == "yes", "Boolean!"
        return f"@{directive}(if: ${variable})"


def _is_composite(field: GraphQLField) -> bool:
    return is_composite_type(get_named_type(field.type))


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    drawing = Drawing(draw)
    return drawing.document(), drawing.values


@settings(
    max_examples=250,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(asked=queries(), who=st.sampled_from(["nobody", "resident", "officer", "head"]))
async def test_any_query_gets_the_same_bytes(
    scene: Scene, asked: tuple[str, dict[str, Any]], who: str
) -> None:
    document, variables = asked
    for name, value in variables.items():
        if isinstance(value, str) and value.startswith("case"):
            case = scene.cases[int(value[-1])]
            variables[name] = case["id"] if value.startswith("case-id") else case["number"]

    planned, resolved = await both(scene.people[who], document, variables)

    assert planned == resolved, document
    assert b"INTERNAL" not in planned[1], planned[1]


async def test_a_refusal_of_a_plan_is_said_by_the_resolvers(scene: Scene) -> None:
    before = planned_so_far()
    answer = await scene.people["nobody"].post("{ inbox { totalCount } }")
    assert [e["extensions"]["code"] for e in answer.json()["errors"]] == ["UNAUTHENTICATED"]
    assert planned_so_far() == before


async def test_a_list_of_cases_is_one_statement_beside_who_asks_and_what_it_costs(scene: Scene) -> None:
    officer = scene.people["officer"]
    document = (
        "{ inbox(filter: ALL_OPEN) { edges { node { number due { short } timeline(last: 3) { at } } } } }"
    )
    with clock.at(NOW):
        await officer.post(document)
        with counted() as said:
            await officer.ask(document)
    lists = [s for s in said if "FROM applications r" in s]
    assert len(lists) == 1
    assert "LIMIT 3" in lists[0]
    assert "answers_sealed" not in lists[0]


TIMELINES = (
    "{ track(number: %s) { timeline { at kind } } }",
    "{ track(number: %s) { timeline(last: 2) { kind } more: timeline { at waiting } } }",
    "{ track(number: %s) { timeline(last: 1) { at } ...More } } fragment More on Tracking { timeline(last: 1) { kind } }",
    "{ track(number: %s) { timeline { when: at kind __typename } } }",
    "{ track(number: %s) { timeline(last: 0) { at kind } } again: track(number: %s) { timeline(last: 3) { kind at } } }",
)


@pytest.mark.parametrize("document", TIMELINES)
async def test_what_postgresql_writes_itself_is_what_the_resolvers_write(scene: Scene, document: str) -> None:
    # given moments with none, some and all of their six digits, and text that JSON must escape
    number = scene.cases[0]["number"]
    odd = 'odd "\\\t\x01 é\u2028 kind' if "waiting" not in document else "application_taken"
    moments = ("2026-11-18T03:00:00+00", "2026-11-18T03:00:00.5+00", "2026-11-18T03:00:00.123456+07")
    for n, (moment, kind) in enumerate(
        zip(moments, ("application_submitted", "application_taken", odd), strict=True)
    ):
        await get_connection("default").execute_query(
            "INSERT INTO recorded_events SELECT (jsonb_populate_record(e, jsonb_build_object("
            "'id', e.id + 1000000 + $1::int, 'seq', e.seq + 100 + $1::int, 'at', $2::text, 'kind', $3::text))).*"
            " FROM recorded_events e WHERE seq = 1 AND subject_id ="
            " (SELECT id FROM applications WHERE number = $4)",
            [n, moment, kind, number],
        )

    # when
    planned, resolved = await both(scene.people["nobody"], document.replace("%s", f'"{number}"'), {})

    # then
    assert planned == resolved
    assert planned[0] == 200


async def test_what_postgresql_writes_itself_is_never_null_where_a_field_may_not_be(scene: Scene) -> None:
    # given every field that shows a column as it is, on a type that is listed through a relation
    shown = {("recorded_events", "at"), ("recorded_events", "kind")}

    # then
    for table, column in sorted(shown):
        rows = await get_connection("default").execute_query_dict(
            "SELECT is_nullable FROM information_schema.columns WHERE table_name = $1 AND column_name = $2",
            [table, column],
        )
        assert rows == [{"is_nullable": "NO"}], f"{table}.{column}"
