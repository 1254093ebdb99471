"""Paging: cursors are opaque, of bounded length, and anything else is refused with a sentence."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.pages import MOST, Page, Window, cursor
from backend.core.problems import InvalidInput

ID = UUID("01890000-0000-7000-8000-000000000001")


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_cursor_gives_back_its_keys() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    window = Window.of(10, cursor(moment.isoformat(), ID))
    assert window.after == (moment.isoformat(), str(ID))


@pytest.mark.parametrize("first", [0, -1, -(2**31)])
def test_less_than_one_row_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput) as raised:
        Window.of(first, None)
    assert [f.path for f in raised.value.faults] == ["first"]


@given(st.integers(1, 2**31 - 1))
def test_never_more_than_fifty_rows(first: int) -> None:
    assert Window.of(first, None).first == min(first, MOST) == min(first, 50)


@pytest.mark.parametrize(
    "after",
    [
        *("!", "a", "====", "é", "\x00", "x" * 401),
        *(text_of(b"{}"), text_of(b"null"), text_of(b"[null]"), text_of(b"[[1]]"), text_of(b"[{}]")),
        *(text_of(b"\xff"), text_of(b'["\\ud800"]'), text_of(b"[" * 50)),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(after: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        Window.of(10, after)
    assert [f.path for f in raised.value.faults] == ["after"]


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_a_refusal(text: str) -> None:
    try:
        window = Window.of(1, text)
    except InvalidInput:
        return
    assert window.after is None or isinstance(window.after, tuple)


@given(st.lists(st.integers(0, 10_000), max_size=60), st.integers(1, 50))
def test_a_page_holds_what_was_asked_and_tells_whether_more_follows(rows: list[int], first: int) -> None:
    window = Window.of(first, None)
    page = Page.cut(rows[: first + 1], window, lambda n: (n,))
    assert list(page.rows) == rows[:first]
    assert len(page.cursors) == len(page.rows)
    assert page.has_next == (len(rows) > first)
