"""Who may act: for every state, role and act the answer is what the workflow says, and no more."""

from itertools import product
from uuid import UUID

import pytest

from backend.applications.policy import Standing, may_act, require_act, require_holder, roles_in
from backend.core.actors import NOBODY, SYSTEM, Actor, Post, StaffRole
from backend.core.problems import NotAllowed
from backend.services.definition import Action, ActionName, Role
from tests.rules.cities import DEFINITIONS

OWNER, OFFICER, HEAD, OTHER = (UUID(int=n) for n in range(1, 5))
CASE = Standing(applicant=OWNER, opd="A", home_opd="H", taken_by=OFFICER)


def staff(person: UUID, *posts: tuple[StaffRole, str]) -> Actor:
    return Actor(person=person, posts=tuple(Post(role, opd, "jabatan") for role, opd in posts))


ACTORS = {
    "nobody": (NOBODY, set()),
    "system": (SYSTEM, {Role.SYSTEM}),
    "owner": (Actor(person=OWNER), {Role.RESIDENT}),
    "stranger": (Actor(person=OTHER), set()),
    "officer here": (staff(OFFICER, (StaffRole.OFFICER, "A")), {Role.OFFICER}),
    "officer of the home office": (staff(OFFICER, (StaffRole.OFFICER, "H")), set()),
    "officer elsewhere": (staff(OTHER, (StaffRole.OFFICER, "B")), set()),
    "head here": (staff(HEAD, (StaffRole.HEAD, "A")), {Role.HEAD}),
    "head of the home office": (staff(HEAD, (StaffRole.HEAD, "H")), set()),
    "both here": (
        staff(HEAD, (StaffRole.HEAD, "A"), (StaffRole.OFFICER, "A")),
        {Role.HEAD, Role.OFFICER},
    ),
}
WORKFLOWS = {d.workflow.model_dump_json(): d for d in DEFINITIONS.values()}
ACTIONS = [a for d in WORKFLOWS.values() for a in d.workflow.actions]


@pytest.mark.parametrize("who", ACTORS)
def test_each_person_has_exactly_the_roles_of_their_posts(who: str) -> None:
    actor, roles = ACTORS[who]
    assert roles_in(actor, CASE) == roles


@pytest.mark.parametrize("who", ACTORS)
def test_an_act_is_allowed_exactly_to_the_roles_the_workflow_names(who: str) -> None:
    actor, roles = ACTORS[who]
    for action in ACTIONS:
        allowed = bool({r.value for r in roles} & set(action.roles))
        assert may_act(actor, CASE, action) == allowed, action.name
        if not allowed:
            with pytest.raises(NotAllowed) as raised:
                require_act(actor, CASE, action)
            assert raised.value.code == "not_yours"


@pytest.mark.parametrize("role", StaffRole)
def test_staff_act_on_their_own_case_as_residents_only(role: StaffRole) -> None:
    own = staff(OWNER, (role, "A"), (StaffRole.OFFICER, "A"), (StaffRole.HEAD, "A"))
    for action in ACTIONS:
        assert may_act(own, CASE, action) == ("resident" in action.roles)
        if "resident" not in action.roles:
            with pytest.raises(NotAllowed) as raised:
                require_act(own, CASE, action)
            assert raised.value.code == "own_case"


def test_only_who_holds_a_case_decides_on_it() -> None:
    require_holder(staff(OFFICER, (StaffRole.OFFICER, "A")), CASE)
    for actor, case in product(
        (NOBODY, staff(OTHER, (StaffRole.OFFICER, "A"))),
        (CASE, Standing(OWNER, "A", "H", taken_by=HEAD)),
    ):
        with pytest.raises(NotAllowed) as raised:
            require_holder(actor, case)
        assert raised.value.code == "not_holder"


def test_a_case_that_nobody_holds_is_held_by_nobody() -> None:
    free = Standing(OWNER, "A", "H", taken_by=None)
    with pytest.raises(NotAllowed):
        require_holder(staff(OFFICER, (StaffRole.OFFICER, "A")), free)
    with pytest.raises(NotAllowed):
        require_holder(NOBODY, free)


@pytest.mark.parametrize("code", sorted(DEFINITIONS))
def test_no_case_of_any_service_can_get_stuck_without_a_holder(code: str) -> None:
    """After an act that lets a case go, somebody can take it up again or the head or resident goes on."""
    workflow = DEFINITIONS[code].workflow
    lets_go = (ActionName.RELEASE, ActionName.FORWARD, ActionName.APPROVE, ActionName.SEND_BACK)
    free = {ActionName.TAKE, ActionName.SIGN, ActionName.SEND_BACK, ActionName.ANSWER}
    for action in workflow.actions:
        if action.name in lets_go:
            possible = {a.name for a in workflow.actions if action.target in a.sources}
            assert possible & free, f"{action.name} leads to {action.target}"


def test_an_action_without_roles_is_for_nobody() -> None:
    closed = Action(name=ActionName.TAKE, sources=("submitted",), target="checking", roles=())
    assert not any(may_act(actor, CASE, closed) for actor, _ in ACTORS.values())
