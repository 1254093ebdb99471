"""What may follow what in a case; what an answer, a document and a return must be like."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.applications import rules
from backend.applications.rules import ReturnItem
from backend.core.problems import Conflict, InvalidInput, NotNow
from backend.core.texts import Text
from backend.services.definition import (
    ActionName,
    Choice,
    Definition,
    FieldKind,
    FormField,
    Mark,
    Promise,
    Requirement,
    RequirementKind,
    Unit,
)
from backend.services.definition import Text as Words
from tests.rules.cities import DEFINITIONS

TODAY = date(2026, 11, 21)
PLACES = frozenset({"35.73.05.1004"})
WORDS = Words(id="Isian", en="Field")


def form(**field: Any) -> Definition:
    """A definition whose form has the one field `it`."""
    made = FormField(name="it", label=WORDS, **field)
    return DEFINITIONS["KEC-SKTM"].model_copy(update={"fields": (made,)})


def read(text: str, **field: Any) -> str:
    return rules.read_answers(form(**field), {"it": text}, PLACES, TODAY).get("it", "(none)")


def refusal(text: str, **field: Any) -> str:
    """The English sentence of the one fault."""
    with pytest.raises(InvalidInput) as raised:
        read(text, **field)
    (fault,) = raised.value.faults
    assert fault.path == "answers.it"
    assert fault.text.id
    return fault.text.en


CHOICES = (Choice(value="kontan", label=WORDS), Choice(value="kredit", label=WORDS))


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ({"kind": FieldKind.TEXT}, "  Jalan Ijen 1 ", "Jalan Ijen 1"),
        ({"kind": FieldKind.LONG_TEXT}, "satu\ndua\ttiga", "satu\ndua\ttiga"),
        ({"kind": FieldKind.NIK}, "3573 0157 0890 0002", "3573015708900002"),
        ({"kind": FieldKind.PHONE}, "0812-3456-7890", "+6281234567890"),
        ({"kind": FieldKind.EMAIL}, "sari@contoh.id", "sari@contoh.id"),
        ({"kind": FieldKind.DATE}, "2026-11-24", "2026-11-24"),
        ({"kind": FieldKind.NUMBER}, "1.500.000", "1500000"),
        ({"kind": FieldKind.NUMBER, "minimum": 1, "maximum": 9}, "9", "9"),
        ({"kind": FieldKind.CHOICE, "choices": CHOICES}, "kredit", "kredit"),
        ({"kind": FieldKind.KELURAHAN}, "35.73.05.1004", "35.73.05.1004"),
        ({"kind": FieldKind.TEXT, "required": False}, "   ", "(none)"),
    ],
)
def test_a_good_answer_of_every_kind_is_stored_one_way(field: Any, text: str, stored: str) -> None:
    assert read(text, **field) == stored


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ({"kind": FieldKind.TEXT}, "", "Fill in field."),
        ({"kind": FieldKind.CHOICE, "choices": CHOICES}, "", "Choose field."),
        ({"kind": FieldKind.TEXT, "max_length": 5}, "enam h", "At most 5 letters. You wrote 6."),
        ({"kind": FieldKind.TEXT}, "a\x07b", "There is an unreadable character. Type it again."),
        ({"kind": FieldKind.NIK}, "3573018108900005", "The NIK's birth date is not in the calendar."),
        ({"kind": FieldKind.PHONE}, "0341 123456", "A mobile number starts with 08 or +628."),
        ({"kind": FieldKind.EMAIL}, "sari(at)contoh", "Write an e-mail address like name@example.id."),
        ({"kind": FieldKind.EMAIL}, "a@b@contoh.id", "Write an e-mail address like name@example.id."),
        ({"kind": FieldKind.DATE}, "2026-02-30", "No such date. Example: 2026-11-24."),
        ({"kind": FieldKind.DATE}, "24/11/2026", "No such date. Example: 2026-11-24."),
        ({"kind": FieldKind.NUMBER}, "dua", "Write digits only."),
        ({"kind": FieldKind.NUMBER}, "-5", "Write digits only."),
        ({"kind": FieldKind.NUMBER}, "٣", "Write digits only."),
        ({"kind": FieldKind.NUMBER}, "1" * 16, "Write digits only."),
        ({"kind": FieldKind.NUMBER, "minimum": 2}, "1", "At least 2."),
        ({"kind": FieldKind.NUMBER, "maximum": 9}, "10", "At most 9."),
        ({"kind": FieldKind.CHOICE, "choices": CHOICES}, "barter", "Choose from the list."),
        ({"kind": FieldKind.KELURAHAN}, "35.73.09.9999", "Choose from the list."),
    ],
)
def test_a_bad_answer_of_every_kind_is_refused_with_how_to_mend_it(field: Any, text: str, says: str) -> None:
    assert refusal(text, **field) == says


def test_every_wrong_answer_is_named_at_once_the_unknown_ones_too() -> None:
    with pytest.raises(InvalidInput) as raised:
        rules.read_answers(DEFINITIONS["KEC-SKTM"], {"hobby": "x"}, PLACES, TODAY)
    required = [f"answers.{f.name}" for f in DEFINITIONS["KEC-SKTM"].fields if f.required]
    assert [f.path for f in raised.value.faults] == ["answers.hobby", *required]


@given(st.sampled_from(list(FieldKind)), st.text(max_size=200))
def test_any_text_is_an_answer_or_a_refusal(kind: FieldKind, text: str) -> None:
    faults: list[str] = []
    try:
        read(text, kind=kind, choices=CHOICES if kind is FieldKind.CHOICE else ())
    except InvalidInput as refused:
        faults = [f.path for f in refused.faults]
    assert faults in ([], ["answers.it"])


def documents(**pages: int) -> list[str]:
    """What is wrong with these numbers of pages, for a form that needs a card (2 at most)."""
    wanted = (
        Requirement(code="card", kind=RequirementKind.DOCUMENT, title=WORDS, max_pages=2),
        Requirement(code="extra", kind=RequirementKind.DOCUMENT, title=WORDS, required=False),
        Requirement(code="visit", kind=RequirementKind.AT_OFFICE, title=WORDS),
    )
    definition = DEFINITIONS["KEC-SKTM"].model_copy(update={"requirements": wanted})
    try:
        rules.require_documents(definition, pages)
    except InvalidInput as refused:
        return [f"{f.path}: {f.text.en}" for f in refused.faults]
    return []


def test_documents_must_be_those_asked_for_and_no_more_pages_than_said() -> None:
    assert documents(card=1) == documents(card=2, extra=1) == []
    assert documents() == ["documents.card: Attach Field."]
    assert documents(card=3) == ["documents.card: At most 2 pages."]
    assert documents(card=1, visit=1) == ["documents.visit: This document is not asked for."]
    assert documents(passport=1) == [
        "documents.passport: This document is not asked for.",
        "documents.card: Attach Field.",
    ]


def returned(*items: str, already: frozenset[str] = frozenset()) -> list[str]:
    try:
        rules.require_returnable(DEFINITIONS["KEC-SKTM"], already, [ReturnItem(i, "alasan") for i in items])
    except InvalidInput as refused:
        return [f"{f.path}: {f.text.en}" for f in refused.faults]
    return []


def test_a_requirement_is_returned_at_most_once_in_the_life_of_a_case() -> None:
    once = "Already returned once for this requirement."
    assert returned("id_card", "family_card") == []
    assert returned("id_card", already=frozenset({"id_card"})) == [f"returns.0.requirement: {once}"]
    assert returned("family_card", "id_card", "id_card") == [f"returns.2.requirement: {once}"]
    assert returned("ijazah") == ["returns.0.requirement: This requirement is not published."]
    assert returned() == ["returns: Choose what is missing."]


@given(st.text(max_size=700))
def test_a_reason_is_one_line_of_ten_to_six_hundred_letters(text: str) -> None:
    line = " ".join(text.split())
    if 10 <= len(line) <= 600:
        assert rules.require_reason(text) == line
        return
    with pytest.raises(InvalidInput) as raised:
        rules.require_reason(text)
    assert [f.path for f in raised.value.faults] == ["reason"]


def test_an_act_that_no_longer_applies_tells_the_state() -> None:
    definition = DEFINITIONS["KEC-SKTM"]
    assert rules.move(definition, "submitted", ActionName.TAKE, 1).target == "checking"
    with pytest.raises(Conflict) as raised:
        rules.move(definition, "issued", ActionName.TAKE, 7)
    assert (raised.value.code, raised.value.state, raised.value.version) == ("moved_on", "issued", 7)


def test_an_old_version_is_refused_with_the_new_one() -> None:
    rules.require_version(3, 3, "checking", Text("x", "x"))
    for seen in (2, 4):
        with pytest.raises(Conflict) as raised:
            rules.require_version(seen, 3, "checking", Text("Diperiksa", "Being checked"))
        assert (raised.value.code, raised.value.state, raised.value.version) == (
            "stale_version",
            "checking",
            3,
        )


def test_a_window_is_open_between_its_dates_both_included() -> None:
    window = Promise(unit=Unit.WINDOW, mark=Mark.VERIFIED, opens=date(2026, 6, 10), closes=date(2026, 6, 12))
    for day in (10, 12):
        rules.require_open(window, date(2026, 6, day))
    for day, code, said in (
        (9, "not_open_yet", Text("Pendaftaran dibuka 10 Juni 2026.", "Opens on 10 June 2026.")),
        (13, "closed", Text("Pendaftaran ditutup 12 Juni 2026.", "Closed on 12 June 2026.")),
    ):
        with pytest.raises(NotNow) as raised:
            rules.require_open(window, date(2026, 6, day))
        assert (raised.value.code, raised.value.text) == (code, said)
    rules.require_open(Promise(unit=Unit.QUEUE, mark=Mark.VERIFIED), TODAY)
