"""Questions about the schema itself: from the tables comes what graphql-core says, to the byte."""

from typing import Any

import orjson
import pytest
from graphql import execute_sync, get_introspection_query, parse

from schema.build import build_schema
from schema.introspecting import Introspection

SCHEMA = build_schema().graphql_schema
DEEP = "{ __schema { types { fields(includeDeprecated: true) { type { fields { type { name kind } args { name } } } } } } }"
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    (get_introspection_query(), {}),
    (get_introspection_query(specified_by_url=True, directive_is_repeatable=True, schema_description=True), {}),
    (get_introspection_query(input_value_deprecation=True), {}),
    (DEEP, {}),
    ("{ __typename __schema { __typename queryType { __typename name } } }", {}),
    (
        'query Q($n: String!) { a: __type(name: $n) { kind name } b: __type(name: "No") { name } }',
        {"n": "Opd"},
    ),
    (
        "query Q($d: Boolean = true, $i: Boolean!, $s: Boolean!) { __type(name: \"FieldKind\") { name"
        " enumValues(includeDeprecated: $d) { name } ... on __Type @include(if: $i) { k: kind }"
        " description @skip(if: $s) ...F } } fragment F on __Type { possibleTypes { name } kind interfaces { name } }",
        {"i": False, "s": True},
    ),
    (
        "{ __schema { types { name } types { kind fields { name } } directives { name locations isRepeatable args"
        " { name defaultValue type { ofType { name } } } } } }",
        {},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables"), QUESTIONS)
def test_the_answer_is_what_graphql_core_says(text: str, variables: dict[str, Any]) -> None:
    document = parse(text)
    wanted = execute_sync(SCHEMA, document, variable_values=variables)
    assert wanted.errors is None
    introspection = Introspection(SCHEMA)
    for _ in range(2):  # from graphql-core's resolvers, and then from what is kept
        assert orjson.dumps(introspection.answer(document, None, variables)) == orjson.dumps(wanted.data)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ opds { code } }", {}),
        ("{ __schema { queryType { name } } opds { code } }", {}),
        ("query Q($n: String!) { __type(name: $n) { name } }", {}),
        ("query A { __typename } query B { __typename }", {}),
        ("mutation { __typename }", {}),
        ("{ __typename @skip(if: true) }", {}),
    ],
)
def test_everything_else_and_every_refusal_is_left_to_graphql_core(
    text: str, variables: dict[str, Any]
) -> None:
    assert Introspection(SCHEMA).answer(parse(text), None, variables) is None
