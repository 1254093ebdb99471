"""What a document needs of an app: read from the schema's own words, through fragments, linear, before anything runs."""

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse

from backend.partners.rules import GRANTABLE, Scope
from schema.build import build_schema
from schema.documents import load_manifest
from schema.scopes import Scopes, _declared, scope_of, scopes_of

SCHEMA = build_schema().graphql_schema
FIELDS = [
    (name, field, value)
    for name, kind in sorted(SCHEMA.type_map.items())
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    for field, value in kind.fields.items()
]


def needed(text: str, operation: str | None = None) -> set[str]:
    return set(scopes_of(SCHEMA, parse(text), operation))


def test_every_field_says_its_scope() -> None:
    silent = [f"{n}.{f}" for n, f, v in FIELDS if _declared(v.extensions["strawberry-definition"]) is None]
    assert silent == []


def test_personal_data_is_in_no_scope_that_an_app_may_have() -> None:
    personal = {
        "Viewer",
        "Applicant",
        "Answer",
        "CaseDocument",
        "CaseRead",
        "Device",
        "Notice",
        "DownloadTicket",
    }
    shared = {"id"}  # opaque, and of no use without the field that leads there
    open_to_apps = {f"{n}.{f}" for n, f, v in FIELDS if scope_of(v) in GRANTABLE | {Scope.OPEN}}
    assert {p for p in open_to_apps if p.split(".")[0] in personal and p.split(".")[1] not in shared} == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", set()),
        ("{ __schema { types { name } } }", set()),
        ("{ vapidPublicKey }", set()),
        ("{ opds { code } }", {"catalogue"}),
        ("{ popularServices { code measured { cases } } }", {"catalogue", "statistics"}),
        ('{ track(number: "X") { state { title } due { headline } } }', {"track"}),
        ('{ node(id: "x") { id ... on Service { code } } }', {"catalogue"}),
        ('{ node(id: "x") { id ... on Application { taken: takenBy } } }', {"office"}),
        ("{ ...A } fragment A on Query { ...B ...B } fragment B on Query { me { name } }", {"person"}),
        ("{ ... @include(if: false) { me { name } } }", {"person"}),
        ("{ ...A } fragment A on Query { ...A opds { code } }", {"catalogue"}),
        ("{ ...Nowhere absent { field } }", set()),
        (
            "mutation M($i: LogOutInput!) { logOut(input: $i) { ... on Problem { code } } }",
            {"person"},
        ),
    ],
)
def test_a_document_needs_the_scopes_of_its_fields(text: str, expected: set[str]) -> None:
    assert needed(text) == expected


def test_only_the_chosen_operation_counts_and_without_a_name_all_do() -> None:
    text = "query A { opds { code } } query B { me { name } }"
    assert needed(text, "A") == {"catalogue"}
    assert needed(text, "C") == set()
    assert needed(text) == {"catalogue", "person"}


def test_a_document_that_would_expand_for_ever_is_read_once() -> None:
    doubled = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(38))
    assert needed(f"{{ ...F0 }} {doubled} fragment F38 on Query {{ opds {{ code }} }}") == {"catalogue"}


@pytest.mark.parametrize("document", load_manifest().values())
def test_what_the_app_of_the_city_asks_can_be_told(document: str) -> None:
    assert needed(document) <= set(Scope)


def test_what_was_read_is_remembered_and_not_for_ever() -> None:
    scopes = Scopes(SCHEMA)
    documents = [parse("{ opds { code } }") for _ in range(300)]
    assert all(scopes.of(d, None) == {"catalogue"} for d in documents)
    assert len(scopes._kept) == 256
