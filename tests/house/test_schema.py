"""The API keeps its own rules: every refusal in every answer, every field declared, every name described."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_list_type,
    parse,
    validate,
)

from backend.applications.events import Kind
from backend.commands.export_schema import SDL
from backend.core import problems
from backend.notifications.messages import MESSAGES, SILENT
from schema.build import Mutation, Query, build_schema
from schema.documents import load_manifest
from schema.permissions import Need, Needs

SCHEMA = build_schema()
TYPES = {n: t for n, t in SCHEMA.graphql_schema.type_map.items() if not n.startswith("__")}
SIX = {"InvalidInput", "NotFound", "NotAllowed", "Conflict", "NotNow", "TooLarge"}
# What anyone may read without signing in; each of these is meant to be public.
PUBLIC = {
    *("budget", "budgetYears", "budgetPlace", "budgetSearch", "budgetClosest", "cityYear", "budgetProgress"),
    *("budgetByKelurahan", "budgetInKelurahan"),
    *("budgetFigure", "budgetComparison", "revenue"),
    *("workloads", "officeBoard", "travelRegions"),
    *("budgetQuestions", "proposals", "proposal"),
    *("opds", "kecamatan", "holidays", "services", "popularServices", "service"),
    *("track", "verifyLetter", "vapidPublicKey"),
    *("me", "node"),  # these answer nobody with null
}


def fields_of(name: str) -> dict[str, Any]:
    found: Any = TYPES[name]
    fields: dict[str, Any] = found.fields
    return fields


def strawberry_fields(root: Any) -> dict[str, Any]:
    converter = SCHEMA.config.name_converter
    return {converter.get_graphql_name(f): f for f in root.__strawberry_definition__.fields}


@pytest.mark.parametrize("name", sorted(fields_of("Mutation")))
def test_every_mutation_can_answer_with_each_of_the_six_refusals(name: str) -> None:
    result = get_named_type(fields_of("Mutation")[name].type)
    assert isinstance(result, GraphQLUnionType)
    members = {t.name for t in result.types}
    assert members >= SIX
    assert len(members - SIX) == 1


@pytest.mark.parametrize("name", sorted(fields_of("Mutation")))
def test_every_mutation_takes_one_input_with_an_idempotency_key(name: str) -> None:
    arguments = fields_of("Mutation")[name].args
    assert list(arguments) == ["input"]
    given = get_named_type(arguments["input"].type)
    assert isinstance(given, GraphQLInputObjectType)
    assert str(given.fields["idempotencyKey"].type) == "UUID!"
    if "applicationId" in given.fields and name not in ("openLetter",):
        assert str(given.fields["version"].type) == "Int!"


def test_the_six_refusals_of_the_domain_are_those_of_the_api() -> None:
    assert set(problems.PROBLEMS) == SIX
    for name in SIX:
        kind = TYPES[name]
        assert isinstance(kind, GraphQLObjectType)
        assert [i.name for i in kind.interfaces] == ["Problem"]


def test_every_query_declares_what_it_needs() -> None:
    found = {}
    for name, field in strawberry_fields(Query).items():
        needs = [e.need for e in field.extensions if isinstance(e, Needs)]
        assert len(needs) == 1, name
        found[name] = needs[0]
    assert {n for n, need in found.items() if need is Need.NOTHING} == PUBLIC
    assert {n for n, need in found.items() if need is Need.STAFF} == {
        *("inbox", "desk", "assistedOverLimit", "signingMethod", "letterToEnd"),
        *("delegations", "delegation", "standInDesk", "standInCandidates", "trips", "trip"),
        "questionInbox",
        *("budgetImports", "budgetImport"),
    }


def test_every_mutation_turns_refusals_into_answers() -> None:
    for name, field in strawberry_fields(Mutation).items():
        assert [type(e).__name__ for e in field.extensions] == ["Refusals"], name


def test_every_list_of_cases_services_and_notices_is_a_connection() -> None:
    for name, kind in TYPES.items():
        if name.endswith("Connection"):
            assert isinstance(kind, GraphQLObjectType)
            assert {"edges", "pageInfo"} <= set(kind.fields)
    for field in fields_of("Query").values():
        wanted = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if is_list_type(wanted):
            assert get_named_type(wanted).name in {
                *("Opd", "Kecamatan", "Holiday", "Service", "Workload"),
                *("OfficeOnBoard", "StandInCandidate", "TravelRegion", "BudgetYear", "BudgetFound"),
                *("BudgetFollow", "BudgetOfKelurahan", "BudgetInKelurahan"),
            }


DESCRIBED = [
    (name, kind)
    for name, kind in sorted(TYPES.items())
    if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType | GraphQLEnumType)
]


@pytest.mark.parametrize(("name", "kind"), DESCRIBED, ids=[name for name, _ in DESCRIBED])
def test_every_type_and_field_is_described(name: str, kind: Any) -> None:
    assert kind.description, name
    if isinstance(kind, GraphQLEnumType):
        return
    silent = [f"{name}.{field}" for field, value in kind.fields.items() if not value.description]
    assert silent == []


def test_names_follow_the_house() -> None:
    for name in TYPES:
        assert not name.endswith(("Manager", "Helper", "Utils", "Base", "Payload")), name


def test_the_exported_schema_is_the_one_that_is_served() -> None:
    assert SDL.read_text(encoding="utf-8") == SCHEMA.as_str() + "\n"


@pytest.mark.parametrize("digest", sorted(load_manifest()))
def test_every_trusted_document_is_valid_today(digest: str) -> None:
    document = parse(load_manifest()[digest])
    assert validate(SCHEMA.graphql_schema, document) == []


@pytest.mark.parametrize("kind", Kind)
def test_every_event_has_a_sentence_or_is_listed_silent(kind: Kind) -> None:
    assert MESSAGES[kind].line.id
    assert MESSAGES[kind].line.en
    assert bool(MESSAGES[kind].notices) != (kind in SILENT)
