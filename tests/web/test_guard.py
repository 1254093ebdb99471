"""The guard: what a document may cost is counted before it runs, whatever its fragments expand to."""

from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from backend.budget.actions import FILE_MOST
from backend.budget.arriving import PART
from schema.build import build_schema
from schema.documents import load_manifest
from schema.guard import FILE_PARTS, Limits, OverLimit, Weight, check_variables, weigh
from tests.city import City

SCHEMA = build_schema().graphql_schema
LIMITS = Limits()


def weight(text: str, **variables: Any) -> Weight:
    check_variables(variables, LIMITS)
    return weigh(SCHEMA, parse(text), variables, LIMITS)


def bomb(levels: int, inner: str) -> str:
    """Each fragment spreads the next one twice: 2 to the power of `levels` fields from a few hundred bytes."""
    doubled = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {doubled} fragment F{levels} on Query {{ {inner} }}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (bomb(38, "opds { name }"), "fields"),
        (bomb(20, "a: vapidPublicKey"), "fields"),
        ("{ " + " ".join(f"a{n}: vapidPublicKey" for n in range(31)) + " }", "roots"),
        ("{ popularServices { " + " ".join(f"a{n}: name" for n in range(31)) + " } }", "aliases"),
        ("{ " + " ".join(["opds { name }"] * 11) + " }", "roots"),
        (
            "query A { __typename } query B { __typename } query C { __typename } query D { __typename }",
            "operations",
        ),
        ("{ popularServices { name " + "@include(if: true) " * 31 + "} }", "directives"),
        (
            "{ opds { name } } " + " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(41)),
            "fragments",
        ),
        ("{ services(first: 50) { edges { node { " + "measured { cases } " * 110 + "} } } }", "cost"),
        ("{ opds { " + "... on Opd { " * 70 + "name" + " }" * 72, "depth"),
    ],
)
def test_a_document_over_a_bound_is_refused_and_says_which(text: str, what: str) -> None:
    with pytest.raises(OverLimit) as refused:
        weight(text)
    assert refused.value.extensions is not None
    assert refused.value.extensions["code"] == "OVER_LIMIT"
    assert refused.value.extensions["limit"] == what


def test_a_fragment_that_spreads_itself_is_refused() -> None:
    with pytest.raises(Exception, match="spreads itself"):
        weight("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ services(first: 10) { edges { node { measured { cases } } } } }", {}),
        ("query Q($n: Int) { services(first: $n) { edges { node { measured { cases } } } } }", {"n": 10}),
        ("query Q($n: Int = 10) { services(first: $n) { edges { node { measured { cases } } } } }", {}),
    ],
)
def test_the_size_of_a_page_counts_wherever_it_comes_from(text: str, variables: dict[str, Any]) -> None:
    assert weight(text, **variables).cost == 1 + 10 * 1


def test_a_page_without_size_costs_what_it_brings_by_default() -> None:
    given_ = weight("{ services(first: 50) { edges { node { measured { cases } } } } }")
    assert weight("{ services { edges { node { measured { cases } } } } }") == given_
    assert weight("{ services(first: 99999) { edges { node { measured { cases } } } } }") == given_


def test_a_list_in_variables_or_in_the_document_is_bounded() -> None:
    text = "mutation M($i: ReadNoticesInput!) { readNotices(input: $i) { __typename } }"
    with pytest.raises(OverLimit, match="list_items"):
        weight(text, i={"ids": ["x"] * 101})
    ids = ", ".join(['"x"'] * 101)
    with pytest.raises(OverLimit, match="list_items"):
        weight(f"mutation {{ readNotices(input: {{ids: [{ids}]}}) {{ __typename }} }}")


def test_the_parts_of_the_largest_file_are_named_at_once_and_nothing_else_is_as_long() -> None:
    assert FILE_PARTS == FILE_MOST // PART
    text = "mutation M($i: AnnounceBudgetFileInput!) { announceBudgetFile(input: $i) { __typename } }"
    weight(text, i={"parts": ["x"] * 512})
    with pytest.raises(OverLimit, match="list_items 513, at most 512"):
        weight(text, i={"parts": ["x"] * 513})
    parts = ", ".join(['"x"'] * 512)
    weight(f"mutation {{ announceBudgetFile(input: {{parts: [{parts}]}}) {{ __typename }} }}")
    # a variable that is only called so is a list like any other
    with pytest.raises(OverLimit, match="list_items 101, at most 100"):
        weight(
            "mutation M($parts: [ID!]!) { readNotices(input: {ids: $parts}) { __typename } }",
            parts=["x"] * 101,
        )


def test_a_list_of_ids_has_a_bound_of_its_own() -> None:
    text = "mutation M($i: ReadNoticesInput!) { readNotices(input: $i) { __typename } }"
    with pytest.raises(OverLimit, match="ids 51, at most 50"):
        weight(text, i={"ids": ["x"] * 51})
    ids = ", ".join(['"x"'] * 51)
    with pytest.raises(OverLimit, match="ids 51, at most 50"):
        weight(f"mutation {{ readNotices(input: {{ids: [{ids}]}}) {{ __typename }} }}")
    weight(text, i={"ids": ["x"] * 50})


@pytest.mark.parametrize(("name", "text"), sorted((d[:12], t) for d, t in load_manifest().items()))
def test_every_operation_of_the_app_is_within_the_bounds(name: str, text: str) -> None:
    assert weight(text).cost <= LIMITS.cost


async def test_introspection_is_open(city: City) -> None:
    data = await city.nobody.ask(get_introspection_query())
    assert data["__schema"]["queryType"]["name"] == "Query"


async def test_the_answer_tells_its_cost(city: City) -> None:
    answer = await city.nobody.post("{ services(first: 2) { edges { node { measured { cases } } } } }")
    assert answer.json()["extensions"] == {"cost": 1 + 2 * 1}


async def test_a_bomb_is_a_400_with_the_bound_it_broke(city: City) -> None:
    answer = await city.nobody.post(bomb(30, "opds { name }"))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["limit"] == "fields"


async def test_too_many_words_are_refused_by_the_parser(city: City) -> None:
    answer = await city.nobody.post("{ " + "__typename " * 2100 + "}")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_DOCUMENT")


@given(st.integers(1, 40), st.integers(1, 6))
def test_weighing_equals_writing_the_fragments_out(copies: int, levels: int) -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(levels))
    folded = f"{{ {'...F0 ' * copies} }} {chain} fragment F{levels} on Query {{ __typename }}"
    loose = Limits(fields=10**6, query_roots=10**6)
    assert weigh(SCHEMA, parse(folded), {}, loose).fields == copies
