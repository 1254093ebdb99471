"""The promise: submission + value + exact pauses, and nothing that resets it."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.applications.promise import STRIP_MOST, Pause, StripKind, due_at, pause_cost, strip
from backend.core.calendar import UnknownYearError
from backend.core.clock import CITY_ZONE
from backend.services.definition import Mark, Promise, Unit
from tests.rules.cities import CALENDAR, wib

UNITS = (Unit.MINUTE, Unit.HOUR, Unit.WORKING_DAY, Unit.CALENDAR_DAY)
START = datetime(2026, 1, 5, 9, 0, tzinfo=CITY_ZONE)


def promised(unit: Unit, value: int | None = None) -> Promise:
    return Promise(unit=unit, value=value, mark=Mark.VERIFIED)


def due(unit: Unit, value: int, submitted: str, *pauses: tuple[str, str | None], now: str = "") -> datetime:
    given_pauses = [Pause(wib(a), wib(b) if b else None) for a, b in pauses]
    found = due_at(promised(unit, value), wib(submitted), given_pauses, CALENDAR, wib(now or submitted))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("unit", "value", "submitted", "expected"),
    [
        (Unit.MINUTE, 30, "2026-11-20 16:20", "2026-11-23 07:50"),
        (Unit.HOUR, 8, "2026-11-23 07:30", "2026-11-24 08:00"),
        (Unit.WORKING_DAY, 1, "2026-11-20 22:00", "2026-11-23 16:00"),
        (Unit.WORKING_DAY, 5, "2026-11-21 09:00", "2026-11-27 16:30"),
        (Unit.CALENDAR_DAY, 14, "2026-11-10 09:00", "2026-11-24 16:00"),
        (Unit.CALENDAR_DAY, 1, "2026-11-20 09:00", "2026-11-22 00:00"),
    ],
)
def test_each_unit_counts_its_own_way(unit: Unit, value: int, submitted: str, expected: str) -> None:
    assert due(unit, value, submitted) == wib(expected)


def test_a_queue_promises_nothing_and_a_window_its_day_of_result() -> None:
    now = wib("2026-06-10 09:00")
    window = Promise(unit=Unit.WINDOW, mark=Mark.VERIFIED, result=date(2026, 7, 3))
    undated = Promise(unit=Unit.WINDOW, mark=Mark.MEMORY)
    assert due_at(promised(Unit.QUEUE), now, (), CALENDAR, now) is None
    assert due_at(window, now, (), CALENDAR, now) == wib("2026-07-03 16:30")
    assert due_at(undated, now, (), CALENDAR, now) is None


def test_a_promise_that_reaches_an_unknown_year_is_an_error() -> None:
    with pytest.raises(UnknownYearError):
        due(Unit.WORKING_DAY, 5, "2027-12-30 09:00")


@pytest.mark.parametrize(
    ("unit", "pause", "cost"),
    [
        (Unit.WORKING_DAY, ("2026-11-20 10:00", "2026-11-20 15:00"), 0),
        (Unit.WORKING_DAY, ("2026-11-20 10:00", "2026-11-24 08:00"), 2),
        (Unit.CALENDAR_DAY, ("2026-11-20 10:00", "2026-11-24 08:00"), 4),
        (Unit.MINUTE, ("2026-11-23 11:50", "2026-11-23 13:10"), 20),
        (Unit.HOUR, ("2026-11-23 15:00", "2026-11-24 08:30"), 120),
        (Unit.QUEUE, ("2026-11-20 10:00", "2026-11-24 08:00"), 0),
        (Unit.WINDOW, ("2026-11-20 10:00", "2026-11-24 08:00"), 0),
    ],
)
def test_a_pause_costs_exactly_its_time(unit: Unit, pause: tuple[str, str], cost: int) -> None:
    spell = Pause(wib(pause[0]), wib(pause[1]))
    assert pause_cost(unit, spell, CALENDAR, wib("2026-12-01 09:00")) == cost


def test_an_open_pause_runs_until_now() -> None:
    still = due(Unit.WORKING_DAY, 1, "2026-11-19 09:00", ("2026-11-19 10:00", None), now="2026-11-24 09:00")
    assert still == wib("2026-11-25 16:00")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[datetime, datetime]]:
    """Returns and answers that follow one another, from minutes to weeks apart."""
    moment, spells = START, []
    for _ in range(draw(st.integers(0, 6))):
        since = moment + timedelta(minutes=draw(st.integers(1, 20_000)))
        until = since + timedelta(minutes=draw(st.integers(1, 20_000)))
        spells.append((since, until))
        moment = until
    return spells


@given(st.sampled_from(UNITS), st.integers(1, 30), histories())
def test_the_promise_is_submission_plus_value_plus_pauses_and_never_gets_earlier(
    unit: Unit, value: int, spells: list[tuple[datetime, datetime]]
) -> None:
    promise = promised(unit, value)
    before = due_at(promise, START, (), CALENDAR, START)
    assert before is not None
    spent = 0
    for count, (since, until) in enumerate(spells, 1):
        pauses = [Pause(a, b) for a, b in spells[:count]]
        waiting = due_at(promise, START, [*pauses[:-1], Pause(since, None)], CALENDAR, until)
        answered = due_at(promise, START, pauses, CALENDAR, until)
        assert answered is not None
        # While it waits it moves with the clock, and the answer freezes it where it is.
        assert waiting == answered
        # No act makes the date earlier, and none gives a fresh promise.
        assert answered >= before
        spent += pause_cost(unit, pauses[-1], CALENDAR, until)
        in_unit = value * 60 if unit is Unit.HOUR else value
        plain = promised(Unit.MINUTE if unit is Unit.HOUR else unit, in_unit + spent)
        assert answered == due_at(plain, START, (), CALENDAR, until)
        before = answered


@given(st.sampled_from(UNITS), st.integers(1, 20), histories(), st.permutations(range(6)))
def test_the_order_in_which_pauses_are_told_does_not_matter(
    unit: Unit, value: int, spells: list[tuple[datetime, datetime]], order: list[int]
) -> None:
    now = spells[-1][1] if spells else START
    pauses = [Pause(a, b) for a, b in spells]
    mixed = [pauses[i] for i in order if i < len(pauses)]
    promise = promised(unit, value)
    assert due_at(promise, START, mixed, CALENDAR, now) == due_at(promise, START, pauses, CALENDAR, now)


def kinds(now: str, due_text: str, *pauses: tuple[str, str | None]) -> list[tuple[str, StripKind]]:
    given_pauses = [Pause(wib(a), wib(b) if b else None) for a, b in pauses]
    found = strip(wib("2026-11-19 09:00"), wib(due_text), given_pauses, CALENDAR, wib(now))
    return [(f"{d.day:%d}", d.kind) for d in found]


def test_the_strip_has_a_block_for_each_working_day() -> None:
    assert kinds("2026-11-23 10:00", "2026-11-25 16:00") == [
        ("19", StripKind.DONE),
        ("20", StripKind.DONE),
        ("23", StripKind.TODAY),
        ("24", StripKind.TO_COME),
        ("25", StripKind.TO_COME),
    ]


def test_the_strip_shows_the_days_that_waited_and_those_that_are_late() -> None:
    assert kinds("2026-11-26 10:00", "2026-11-24 16:00", ("2026-11-19 10:00", "2026-11-20 10:00")) == [
        ("19", StripKind.DONE),
        ("20", StripKind.WAITING_RESIDENT),
        ("23", StripKind.DONE),
        ("24", StripKind.DONE),
        ("25", StripKind.LATE),
        ("26", StripKind.LATE),
    ]


@given(st.integers(0, 100), st.integers(0, 100))
def test_the_strip_is_never_longer_than_its_bound_and_holds_today(to_due: int, to_now: int) -> None:
    due_moment, now = START + timedelta(days=to_due), START + timedelta(days=to_now)
    found = strip(START, due_moment, (), CALENDAR, now)
    assert 1 <= len(found) <= STRIP_MOST
    assert all(CALENDAR.is_working_day(d.day) or d.day == now.date() for d in found)
    assert len({d.day for d in found}) == len(found)
    assert strip(START, None, (), CALENDAR, now) == []
