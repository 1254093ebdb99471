"""A service definition that is not sound is refused with its reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.seeds.load import load_definitions
from backend.services.definition import Definition, StateKind
from backend.services.rules import check

BY_CODE = {definition.code: definition for definition in load_definitions()}


def changed(code: str, **changes: Any) -> Definition:
    """A service of the city with some of its parts replaced; a key may be a path with dots."""
    raw: Any = BY_CODE[code].model_dump(mode="json")
    for path, value in changes.items():
        *parents, last = path.split("__")
        part = raw
        for name in parents:
            part = part[name]
        part[last] = value
    return Definition.model_validate(raw)


def arrows(code: str = "KEC-SKTM") -> list[dict[str, Any]]:
    raw: list[dict[str, Any]] = BY_CODE[code].model_dump(mode="json")["workflow"]["actions"]
    return raw


def states(code: str = "KEC-SKTM") -> list[dict[str, Any]]:
    raw: list[dict[str, Any]] = BY_CODE[code].model_dump(mode="json")["workflow"]["states"]
    return raw


def faults(definition: Definition) -> list[tuple[str, str]]:
    return [(fault.path, fault.message.en) for fault in check(definition)]


def test_a_dead_end_is_named() -> None:
    kept = [a for a in arrows() if a["name"] not in ("answer", "withdraw")]
    assert faults(changed("KEC-SKTM", workflow__actions=kept)) == [
        ("workflow.states.returned", "This state waits, but there is no action answer for resident."),
        ("workflow.states.returned", "Dead end: no way to a final state."),
        ("workflow.states.withdrawn", "This state cannot be reached."),
    ]


def test_a_circle_without_an_exit_is_a_dead_end() -> None:
    kept = [a for a in arrows() if a["name"] in ("take", "release")]
    found = faults(changed("KEC-SKTM", workflow__actions=kept))
    assert ("workflow.states.checking", "Dead end: no way to a final state.") in found


def test_unreachable_unknown_and_missing_are_each_named() -> None:
    one_more = [*states(), {**states()[1], "name": "lost"}]
    assert faults(changed("KEC-SKTM", workflow__states=one_more)) == [
        ("workflow.states.lost", "This state cannot be reached."),
        ("workflow.states.lost", "Dead end: no way to a final state."),
    ]
    unknown = [
        *arrows(),
        {"name": "forward", "sources": ["nowhere"], "target": "checking", "roles": ["officer"]},
    ]
    assert faults(changed("KEC-SKTM", workflow__actions=unknown)) == [
        ("workflow.actions.forward", "There is no state nowhere.")
    ]
    no_role = [{**a, "roles": []} if a["name"] == "take" else a for a in arrows()]
    assert faults(changed("KEC-SKTM", workflow__actions=no_role)) == [
        ("workflow.actions.take.roles", "No role may do this.")
    ]
    stranger = [{**a, "roles": ["mayor"]} if a["name"] == "take" else a for a in arrows()]
    assert faults(changed("KEC-SKTM", workflow__actions=stranger)) == [
        ("workflow.actions.take.roles", "The role mayor is unknown.")
    ]


def test_a_signature_that_nobody_may_give_is_named() -> None:
    officer = [{**a, "roles": ["officer"]} if a["name"] == "sign" else a for a in arrows()]
    assert faults(changed("KEC-SKTM", workflow__actions=officer)) == [
        ("workflow.states.waiting_signature", "This state waits, but there is no action sign for head.")
    ]


def test_a_case_that_is_over_stays_over() -> None:
    undead = [
        *arrows(),
        {"name": "forward", "sources": ["issued"], "target": "checking", "roles": ["officer"]},
    ]
    assert faults(changed("KEC-SKTM", workflow__actions=undead)) == [
        ("workflow.actions.forward", "The final state issued has an action.")
    ]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("working", "There is no start state."),
        ("final", "There is no start state."),
    ],
)
def test_a_workflow_without_a_start_is_refused(kind: str, found: str) -> None:
    first = [{**s, "kind": kind} if s["name"] == "submitted" else s for s in states()]
    assert ("workflow.states", found) in faults(changed("KEC-SKTM", workflow__states=first))


def test_two_starts_no_end_or_no_good_end_are_refused() -> None:
    two = [{**s, "kind": "start"} if s["name"] == "checking" else s for s in states()]
    endless = [{**s, "kind": "working"} if s["kind"] == "final" else s for s in states()]
    hopeless = [{**s, "good": False} for s in states()]
    assert faults(changed("KEC-SKTM", workflow__states=two)) == [
        ("workflow.states", "More than one start: submitted, checking.")
    ]
    assert ("workflow.states", "There is no final state.") in faults(
        changed("KEC-SKTM", workflow__states=endless)
    )
    assert faults(changed("KEC-SKTM", workflow__states=hopeless)) == [
        ("workflow.states", "No final state is a good one.")
    ]


def test_names_used_twice_are_refused() -> None:
    fields = BY_CODE["KEC-SKTM"].model_dump(mode="json")["fields"]
    assert ("fields", "The name name is used 2 times.") in faults(
        changed("KEC-SKTM", fields=[*fields, fields[0]])
    )
    assert faults(changed("KEC-SKTM", workflow__actions=[*arrows(), arrows()[0]])) == [
        ("workflow.actions", "The name take (submitted) is used 2 times.")
    ]


def test_a_letter_row_without_its_field_is_refused() -> None:
    rows = [{"label": "Gaji", "field": "salary"}]
    assert faults(changed("KEC-SKTM", product__letter__rows=rows)) == [
        ("product.letter.rows", "The row Gaji uses the field salary, which does not exist.")
    ]


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        ({"unit": "queue", "value": 3, "mark": "V"}, ("promise.value", "A queue takes no value.")),
        ({"unit": "hour", "mark": "V"}, ("promise.value", "The value of the promise is missing.")),
        ({"unit": "window", "mark": "V"}, ("promise.opens", "Opening and closing dates are missing.")),
        (
            {"unit": "window", "mark": "V", "opens": "2027-06-25", "closes": "2027-06-21"},
            ("promise", "Dates out of order: open, close, result."),
        ),
        (
            {"unit": "hour", "value": 1, "mark": "V", "opens": "2027-06-25"},
            ("promise", "Only a window has dates."),
        ),
    ],
)
def test_a_promise_that_says_nothing_or_too_much_is_refused(
    promise: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert faults(changed("KEC-SKTM", promise=promise)) == [expected]


def test_a_window_without_dates_may_stand_as_a_sample() -> None:
    assert faults(changed("KEC-SKTM", promise={"unit": "window", "mark": "X"})) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "choice"}, "A choice field has no choices."),
        ({"choices": [{"value": "a", "label": {"id": "A", "en": "A"}}]}, "Only a choice field has choices."),
        ({"minimum": 1}, "Only a number field has bounds."),
        ({"kind": "number", "minimum": 2, "maximum": 1}, "The minimum exceeds the maximum."),
        ({"kind": "date", "profile": "name"}, "The kind does not fit the profile value name."),
    ],
)
def test_a_field_that_cannot_be_answered_is_refused(change: dict[str, Any], message: str) -> None:
    fields = BY_CODE["KEC-SKTM"].model_dump(mode="json")["fields"]
    field = {"name": "extra", "kind": "text", "label": {"id": "Lain", "en": "Other"}, **change}
    assert faults(changed("KEC-SKTM", fields=[*fields, field])) == [("fields.extra", message)]


def test_a_fee_without_an_amount_explains_itself() -> None:
    assert faults(changed("KEC-SKTM", fee={"mark": "V"})) == [
        ("fee.note", "A fee without an amount must explain how it is set.")
    ]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_any_workflow_is_judged_the_same_as_by_walking_it(edges: list[tuple[int, int]]) -> None:
    """State 0 starts, state 5 ends; a walk by hand must agree on what is out of reach and what is stuck."""
    title = {"id": "Keadaan", "en": "State"}
    kinds = [StateKind.START, *[StateKind.WORKING] * 4, StateKind.FINAL]
    workflow = {
        "states": [{"name": f"s{i}", "kind": kind, "title": title} for i, kind in enumerate(kinds)],
        "actions": [
            {"name": "forward", "sources": [f"s{a}"], "target": f"s{b}", "roles": ["officer"]}
            for a, b in edges
        ],
    }
    found = faults(changed("KEC-SKTM", workflow=workflow))

    def walk(start: int) -> set[int]:
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for a, b in edges:
                if a == here and b not in seen:
                    seen.add(b)
                    waiting.append(b)
        return seen

    unreachable = {f"workflow.states.s{i}" for i in range(6) if i not in walk(0)}
    stuck = {f"workflow.states.s{i}" for i in range(6) if 5 not in walk(i)}
    assert {p for p, m in found if m == "This state cannot be reached."} == unreachable
    assert {p for p, m in found if m == "Dead end: no way to a final state."} == stuck
