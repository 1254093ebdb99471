"""Who may help, what must be known of the resident, and how often is much."""

from datetime import date
from uuid import UUID

import pytest

from backend.applications import assist_rules, policy
from backend.applications.assist_rules import Relation, Resident
from backend.applications.policy import Standing
from backend.core.actors import NOBODY, Actor, Post, StaffRole
from backend.core.problems import InvalidInput, NotAllowed
from backend.services.definition import Action, ActionName

TODAY = date(2026, 11, 22)
GOOD = Resident(
    " Wati   Ningsih", "3573 0541 0100 0003", "0812-3456-7890", " Jalan  Ijen 25 ", Relation.FAMILY
)


def staff(role: StaffRole, opd: str, person: int = 1) -> Actor:
    return Actor(person=UUID(int=person), posts=(Post(role, opd, "jabatan"),))


def test_a_resident_is_kept_in_stored_form() -> None:
    read = assist_rules.read_resident(GOOD, TODAY)
    assert (read.name, read.nik, read.phone, read.address) == (
        *("Wati Ningsih", "3573054101000003", "+6281234567890"),
        "Jalan Ijen 25",
    )


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        assist_rules.read_resident(Resident("W", "12", "0341", "Jl", Relation.RT), TODAY)
    assert [f.path for f in refused.value.faults] == [
        *("onBehalfOf.name", "onBehalfOf.nik", "onBehalfOf.phone", "onBehalfOf.address")
    ]


def test_an_address_is_needed_unless_the_city_knows_it() -> None:
    assert assist_rules.read_resident(Resident("Wati", GOOD.nik, GOOD.phone, "", Relation.RT), TODAY)
    assist_rules.require_address("Jalan Ijen 25")
    for unknown in (None, ""):
        with pytest.raises(InvalidInput):
            assist_rules.require_address(unknown)


def test_a_helper_is_somebody_else() -> None:
    assist_rules.require_other(None, "1", same_person=False)
    assist_rules.require_other("2", "1", same_person=False)
    for nik, same in (("2", True), ("1", False)):
        with pytest.raises(InvalidInput) as refused:
            assist_rules.require_other(nik, "1", same_person=same)
        assert refused.value.code == "own_application"


@pytest.mark.parametrize(
    ("relation", "before", "over"),
    [
        (Relation.FAMILY, 0, False),
        (Relation.FAMILY, 4, False),
        (Relation.FAMILY, 5, True),
        (Relation.RT, 6, True),
        (Relation.COUNTER, 500, False),
    ],
)
def test_the_sixth_case_in_seven_days_is_one_too_many_but_not_at_a_counter(
    relation: Relation, before: int, over: bool
) -> None:
    assert assist_rules.is_over(relation, before, 5) is over


def test_at_a_counter_only_an_officer_serves() -> None:
    policy.require_may_help(staff(StaffRole.OFFICER, "KEC-KLOJEN"), Relation.COUNTER)
    for actor in (NOBODY, Actor(person=UUID(int=1)), staff(StaffRole.HEAD, "KEC-KLOJEN")):
        with pytest.raises(NotAllowed) as refused:
            policy.require_may_help(actor, Relation.COUNTER)
        assert refused.value.code == "not_counter"
        policy.require_may_help(actor, Relation.FAMILY)
        policy.require_may_help(actor, Relation.RT)


def test_only_the_inspectorate_inspects() -> None:
    assert policy.may_inspect(staff(StaffRole.OFFICER, "INSPEKTORAT"))
    for actor in (NOBODY, Actor(person=UUID(int=1)), staff(StaffRole.HEAD, "DLH")):
        assert not policy.may_inspect(actor)


@pytest.mark.parametrize("role", [StaffRole.OFFICER, StaffRole.HEAD])
def test_nobody_decides_on_a_case_they_helped_to_send(role: StaffRole) -> None:
    case = Standing(UUID(int=9), "A", "A", taken_by=None, helper=UUID(int=1))
    act = Action(name=ActionName.TAKE, sources=("x",), target="y", roles=("officer", "head", "resident"))
    assert policy.may_act(staff(role, "A", person=2), case, act)
    assert policy.may_act(Actor(person=UUID(int=9)), case, act)
    assert not policy.may_act(staff(role, "A"), case, act)
    assert not policy.may_act(Actor(person=UUID(int=1)), case, act)
    with pytest.raises(NotAllowed) as refused:
        policy.require_act(staff(role, "A"), case, act)
    assert refused.value.code == "helped_case"


def test_what_a_helper_is_is_said_in_both_languages() -> None:
    assert {r: bool(t.id and t.en) for r, t in assist_rules.SAID.items()} == dict.fromkeys(Relation, True)
