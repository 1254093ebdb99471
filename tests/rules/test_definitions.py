"""The 37 services of the city are sound, and a definition that is not is refused with its reason."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.seeds.load import DATA, City, SeedError, load_city, load_definitions
from backend.seeds.people import load_people
from backend.services.definition import Definition, FieldKind, Mark, RequirementKind, StateKind, Text, Unit
from backend.services.rules import check

CITY = load_city()
BY_CODE = {definition.code: definition for definition in CITY.definitions}
ICONS = {
    *("people", "idcard", "baby", "heart", "shop", "building", "tree", "school", "health", "tax"),
    *("megaphone", "info", "research", "road", "book", "move", "home", "police", "hands"),
}


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


def test_the_city_is_complete() -> None:
    assert (len(CITY.opds), len(CITY.kecamatan), len(CITY.kelurahan)) == (28, 5, 57)
    assert (len(CITY.holidays), len(CITY.definitions)) == (51, 37)
    assert CITY.holiday_years == {2026, 2027}
    assert [len(k.kelurahan) for k in CITY.kecamatan] == [11, 11, 12, 11, 12]
    assert len({v.code for v in CITY.kelurahan}) == 57
    assert Counter(h.kind for h in CITY.holidays) == {"national": 35, "joint_leave": 16}


@pytest.mark.parametrize("code", BY_CODE)
def test_every_service_of_the_city_may_be_published(code: str) -> None:
    assert check(BY_CODE[code]) == []


@pytest.mark.parametrize("code", BY_CODE)
def test_every_service_asks_who_applies_and_tells_what_comes(code: str) -> None:
    definition = BY_CODE[code]
    assert {"name", "nik"} <= {field.profile for field in definition.fields}
    assert definition.icon in ICONS
    assert definition.requirements
    assert 1 <= len(definition.product.letter.paragraphs) <= 3
    assert definition.source
    assert definition.legal


def test_a_service_of_the_kecamatan_asks_for_the_kelurahan_that_routes_it() -> None:
    routed = [d for d in CITY.definitions if d.opd == "KEC-*"]
    assert len(routed) == 5
    assert all("kelurahan" in {field.profile for field in d.fields} for d in routed)


def test_a_service_that_needs_a_visit_says_so_in_its_requirements() -> None:
    for definition in CITY.definitions:
        at_office = [r for r in definition.requirements if r.kind is RequirementKind.AT_OFFICE]
        assert bool(at_office) == bool(definition.visits), definition.code


def test_popular_services_are_ranked_from_one_without_gaps() -> None:
    ranks = sorted(d.popular for d in CITY.definitions if d.popular is not None)
    assert ranks == list(range(1, 9))


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("IMB", "PTSP-PBG"),
        ("PPDB", "DIK-SPMB-SMP"),
        ("SIUP", "PTSP-NIB"),
        ("TDP", "PTSP-NIB"),
        ("KTP hilang", "DUK-KTP-HILANG"),
        ("kartu kuning", "PTSP-AK1"),
        ("pindah rumah", "DUK-PINDAH-MASUK"),
        ("surat miskin", "KEC-SKTM"),
    ],
)
def test_the_words_people_use_name_one_service(word: str, code: str) -> None:
    assert [d.code for d in CITY.definitions if word in d.synonyms] == [code]


def _texts(part: Any) -> Iterator[Text]:
    if isinstance(part, Text):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _texts(item)
    elif hasattr(type(part), "model_fields"):
        for name in type(part).model_fields:
            yield from _texts(getattr(part, name))


@pytest.mark.parametrize("code", BY_CODE)
def test_every_sentence_is_plain(code: str) -> None:
    for text in _texts(BY_CODE[code]):
        assert not re.search(r"\b(mohon|silakan|silahkan|harap)\b", text.id, re.IGNORECASE), text.id
        assert text.id.strip() == text.id
        assert text.en.strip() == text.en
        assert not re.search(r"\((if|optional)\b", text.id), text.id


def test_what_was_not_found_stays_a_sample() -> None:
    assert BY_CODE["DUK-KK-BARU"].promise.mark is Mark.MEMORY
    assert BY_CODE["KEL-SKCK"].requirements_mark is Mark.MEMORY
    assert BY_CODE["DIK-SPMB-SMP"].promise.mark.is_sample
    assert BY_CODE["KOM-SAMBAT"].promise.mark is Mark.VERIFIED
    assert (BY_CODE["KOM-SAMBAT"].promise.value, BY_CODE["KOM-SAMBAT"].promise.unit) == (5, Unit.WORKING_DAY)


def test_a_queue_promises_no_time() -> None:
    queues = {d.code for d in CITY.definitions if d.promise.unit is Unit.QUEUE}
    assert queues == {"DLH-PANGKAS", "DLH-TEBANG"}
    assert all(BY_CODE[code].promise.value is None for code in queues)


def test_a_paper_needed_only_sometimes_says_when() -> None:
    for definition in CITY.definitions:
        for requirement in definition.requirements:
            assert requirement.required or requirement.help, (definition.code, requirement.code)


def test_a_state_may_have_its_own_title_in_one_service() -> None:
    assert BY_CODE["KOM-SAMBAT"].state("issued").title.id == "Sudah ditanggapi"
    assert BY_CODE["KEC-SKTM"].state("issued").title.id == "Terbit"


def test_office_hours_add_up_to_the_decreed_week() -> None:
    def hours(index: int) -> float:
        spans = [span for day in CITY.office_hours[index].days for span in day]
        return sum(b.hour * 60 + b.minute - a.hour * 60 - a.minute for a, b in spans) / 60

    assert [hours(i) for i in range(3)] == [37.5, 32.5, 32.5]
    assert CITY.office_hours[0].days[5:] == ((), ())


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def _edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_bad_definition_is_refused_by_file_and_place(folder: Path) -> None:
    _edit(folder / "services" / "KEC-SKTM.json", promise={"unit": "queue", "value": 1, "mark": "V"})
    with pytest.raises(SeedError, match=r"KEC-SKTM\.json: promise\.value: queue tidak memakai angka\."):
        load_definitions(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"opd": "DINAS-LAIN"}, "there is no OPD DINAS-LAIN"),
        ({"category": "magic"}, "there is no category magic"),
        ({"code": "KEC-LAIN"}, "the code inside is KEC-LAIN"),
        ({"surprise": 1}, "surprise"),
        ({"workflow": "none"}, "none"),
        ({"workflow": {"use": "surat", "titles": {"gone": {"id": "x", "en": "x"}}}}, "no state gone"),
    ],
)
def test_a_definition_that_fits_nothing_is_refused(
    folder: Path, changes: dict[str, Any], message: str
) -> None:
    _edit(folder / "services" / "KEC-SKTM.json", **changes)
    with pytest.raises(SeedError, match=message):
        load_city(folder)


def test_a_data_file_without_its_source_is_refused(folder: Path) -> None:
    (folder / "opd.json").write_text('{"items": []}')
    with pytest.raises(SeedError, match=r"opd\.json: mark, source missing"):
        load_city(folder)


def test_broken_json_is_refused_by_name(folder: Path) -> None:
    (folder / "holidays.json").write_text("[")
    with pytest.raises(SeedError, match=r"holidays\.json"):
        load_city(folder)


def test_office_hours_that_overlap_are_refused(folder: Path) -> None:
    rows = json.loads((folder / "office_hours.json").read_text())["items"]
    rows[0]["week"]["mon"] = [["07:30", "12:30"], ["12:00", "16:00"]]
    _edit(folder / "office_hours.json", items=rows)
    with pytest.raises(SeedError, match="overlap"):
        load_city(folder)


def test_every_number_field_holds_a_bound_that_keeps_out_nonsense() -> None:
    for definition in CITY.definitions:
        for field in definition.fields:
            assert field.kind is not FieldKind.NUMBER or field.minimum is not None, (
                definition.code,
                field.name,
            )


def test_the_city_is_one_frozen_value() -> None:
    assert isinstance(CITY, City)
    with pytest.raises(ValueError, match="frozen"):
        CITY.opds[0].name = "lain"  # type: ignore[misc]


def test_every_office_that_serves_has_an_officer_and_a_head_to_try_it_with() -> None:
    people = load_people()
    held = {(post.opd, post.role) for person in people for post in person.posts}
    serving = {d.opd for d in CITY.definitions if d.opd != "KEC-*"} | {k.opd for k in CITY.kecamatan}
    assert {(opd, role) for opd in serving for role in ("officer", "head")} <= held
    assert {opd for opd, _ in held} <= {opd.code for opd in CITY.opds}
    assert len({person.phone for person in people}) == len(people)
    villages = {village.code for village in CITY.kelurahan}
    assert all(person.kelurahan in villages for person in people if not person.posts)


def test_demo_people_with_a_broken_number_are_refused(folder: Path) -> None:
    _edit(folder / "people.json", items=[{"name": "Sari", "phone": "0811"}])
    with pytest.raises(SeedError, match=r"people\.json"):
        load_people(folder)
