"""The city's data is whole, plain and honest, and a file that is not is refused by name."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.seeds.load import DATA, City, SeedError, load_city, load_definitions
from backend.seeds.people import load_people
from backend.services.definition import FieldKind, Mark, RequirementKind, Text, Unit
from backend.services.rules import check

CITY = load_city()
BY_CODE = {definition.code: definition for definition in CITY.definitions}
ICONS = {
    *("people", "idcard", "baby", "heart", "shop", "building", "tree", "school", "health", "tax"),
    *("megaphone", "info", "research", "road", "book", "move", "home", "police", "hands"),
}


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
    assert ranks == list(range(1, 11))


def test_the_ten_most_used_services_explain_each_question_and_document_in_javanese() -> None:
    ten = [d for d in CITY.definitions if d.popular is not None]
    asked = [(d.code, one.label, one.help_jv) for d in ten for one in d.fields]
    asked += [(d.code, one.title, one.help_jv) for d in ten for one in d.documents]
    silent = [(code, what.id) for code, what, said in asked if said is None]
    assert (len(ten), silent) == (10, [])


def test_a_definition_without_javanese_help_is_dumped_as_before_there_was_any() -> None:
    spoken, silent = BY_CODE["DUK-KTP-HILANG"], BY_CODE["PTSP-NIB"]
    assert "help_jv" in spoken.model_dump_json()
    assert "help_jv" not in silent.model_dump_json()


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
    # An office where somebody works but nobody signs is a gap, which the regional secretary would be told of.
    assert {(opd, "head") for opd, _ in held} <= held
    assert {opd for opd, _ in held} <= {opd.code for opd in CITY.opds}
    assert len({person.phone for person in people}) == len(people)
    villages = {village.code for village in CITY.kelurahan}
    assert all(person.kelurahan in villages for person in people if not person.posts)


def test_demo_people_with_a_broken_number_are_refused(folder: Path) -> None:
    _edit(folder / "people.json", items=[{"name": "Sari", "phone": "0811"}])
    with pytest.raises(SeedError, match=r"people\.json"):
        load_people(folder)
