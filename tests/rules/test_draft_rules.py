"""What a half-filled form may hold, and which of two phones was faster."""

from uuid import uuid4

import pytest

from backend.applications import draft_rules
from backend.applications.draft_rules import DraftFile
from backend.core.problems import Conflict, InvalidInput, TooLarge
from tests.rules.cities import DEFINITIONS

FORM = DEFINITIONS["DUK-KK-HILANG"]
FIELD = FORM.fields[0].name
DOCUMENT = FORM.documents[0].code


def file(requirement: str = DOCUMENT, name: str = "foto.jpg") -> DraftFile:
    return DraftFile(requirement, uuid4(), name)


def test_nothing_filled_in_and_anything_half_typed_is_fine() -> None:
    draft_rules.require_form(FORM, "", {}, 0, [])
    draft_rules.require_form(FORM, "x" * 80, {FIELD: "1" * 2000}, 100, [file()] * 100)


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_rules.require_form(
            FORM,
            "x" * 81,
            {"else": "", FIELD: "x" * 2001},
            101,
            [file("else"), file(name="x" * 201)],
        )
    assert [f.path for f in refused.value.faults] == [
        *("name", "step", "answers.else", f"answers.{FIELD}"),
        *("documents.else", f"documents.{DOCUMENT}"),
    ]


def test_more_than_a_hundred_files_are_too_large() -> None:
    with pytest.raises(TooLarge) as refused:
        draft_rules.require_form(FORM, "", {}, 0, [file()] * 101)
    assert (refused.value.code, refused.value.limit) == ("too_many_files", 100)


@pytest.mark.parametrize(
    ("seen", "current", "code"),
    [(0, 3, "stale_draft"), (2, 3, "stale_draft"), (4, 3, "stale_draft"), (3, 0, "draft_gone")],
)
def test_a_phone_that_has_not_seen_the_newest_is_told_it(seen: int, current: int, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        draft_rules.require_version(seen, current)
    assert (refused.value.code, refused.value.version) == (code, current)


def test_the_newest_and_a_new_one_pass() -> None:
    draft_rules.require_version(3, 3)
    draft_rules.require_version(0, 0)
