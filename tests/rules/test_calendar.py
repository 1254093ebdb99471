"""Working days and office hours of Kota Malang: the vectors of the fact book, and what always holds."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.calendar import UnknownYearError
from backend.core.clock import CITY_ZONE
from tests.rules.cities import CALENDAR, wib

# FACTS section 4: submission day, days promised, last day of the promise.
VECTORS = [
    ("2026-03-13", 3, "2026-03-25"),
    ("2026-03-17", 5, "2026-03-31"),
    ("2026-05-13", 5, "2026-05-22"),
    ("2026-08-14", 1, "2026-08-18"),
    ("2026-11-21", 5, "2026-11-27"),
    ("2026-12-23", 3, "2026-12-30"),
    ("2026-12-31", 1, "2027-01-04"),
    ("2026-12-23", 14, "2027-01-18"),
    ("2027-03-05", 5, "2027-03-22"),
    ("2027-05-14", 3, "2027-05-25"),
    ("2027-12-23", 3, "2027-12-29"),
]
WORKING_DAYS = {
    2026: [20, 18, 17, 21, 16, 20, 23, 19, 22, 22, 21, 21],
    2027: [19, 19, 15, 22, 16, 21, 22, 21, 22, 21, 22, 22],
}
days = st.dates(date(2026, 1, 1), date(2027, 6, 30))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 30)).map(  # noqa: DTZ001 - the zone follows
    lambda m: m.replace(second=0, microsecond=0, tzinfo=CITY_ZONE)
)


@pytest.mark.parametrize(("start", "count", "end"), VECTORS)
def test_a_promise_in_working_days_ends_on_the_day_of_the_fact_book(start: str, count: int, end: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize("year", WORKING_DAYS)
def test_each_month_has_its_working_days(year: int) -> None:
    months = [0] * 12
    day = date(year, 1, 1)
    while day.year == year:
        months[day.month - 1] += CALENDAR.is_working_day(day)
        day += timedelta(days=1)

    assert months == WORKING_DAYS[year]
    assert sum(months) == {2026: 240, 2027: 242}[year]


def test_a_year_without_holiday_data_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(UnknownYearError) as raised:
        CALENDAR.is_working_day(date(2028, 1, 3))
    assert raised.value.year == 2028
    with pytest.raises(UnknownYearError):
        CALENDAR.add_working_days(date(2027, 12, 30), 5)
    with pytest.raises(UnknownYearError):
        CALENDAR.working_days_between(date(2027, 12, 1), date(2028, 2, 1))
    with pytest.raises(UnknownYearError):
        CALENDAR.add_office_minutes(wib("2027-12-31 16:00"), 60)


@given(days, st.integers(0, 60), st.integers(0, 60))
def test_working_days_add_up(start: date, first: int, second: int) -> None:
    apart = CALENDAR.add_working_days(CALENDAR.add_working_days(start, first), second)
    assert apart == CALENDAR.add_working_days(start, first + second)


@given(days, st.integers(1, 120))
def test_the_days_between_are_the_days_added(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == 0


def test_a_day_of_the_office_with_its_breaks() -> None:
    # Monday to Thursday 07:30 to 16:00 with an hour's break, Friday to 16:30 with an hour and a half.
    assert CALENDAR.office_minutes_between(wib("2026-11-23 00:00"), wib("2026-11-24 00:00")) == 450
    assert CALENDAR.office_minutes_between(wib("2026-11-27 00:00"), wib("2026-11-28 00:00")) == 450
    assert CALENDAR.office_minutes_between(wib("2026-11-23 11:50"), wib("2026-11-23 13:10")) == 20
    assert CALENDAR.office_minutes_between(wib("2026-11-21 08:00"), wib("2026-11-22 20:00")) == 0


def test_in_ramadan_the_shorter_week_counts() -> None:
    whole_week = CALENDAR.office_minutes_between(wib("2026-02-23 00:00"), wib("2026-02-28 00:00"))
    assert whole_week == 32 * 60 + 30
    plain_week = CALENDAR.office_minutes_between(wib("2026-11-23 00:00"), wib("2026-11-28 00:00"))
    assert plain_week == 37 * 60 + 30


def test_minutes_run_only_while_the_office_is_open() -> None:
    assert CALENDAR.add_office_minutes(wib("2026-11-23 09:00"), 30) == wib("2026-11-23 09:30")
    assert CALENDAR.add_office_minutes(wib("2026-11-23 11:45"), 30) == wib("2026-11-23 13:15")
    assert CALENDAR.add_office_minutes(wib("2026-11-20 16:20"), 30) == wib("2026-11-23 07:50")
    assert CALENDAR.add_office_minutes(wib("2026-11-21 10:00"), 10) == wib("2026-11-23 07:40")


@given(moments, st.integers(0, 3000), st.integers(0, 3000))
def test_office_minutes_add_up(start: datetime, first: int, second: int) -> None:
    once = CALENDAR.add_office_minutes(start, first + second)
    twice = CALENDAR.add_office_minutes(CALENDAR.add_office_minutes(start, first), second)
    assert twice == once


@given(moments, st.integers(0, 5000))
def test_the_minutes_between_are_the_minutes_added(start: datetime, count: int) -> None:
    assert CALENDAR.office_minutes_between(start, CALENDAR.add_office_minutes(start, count)) == count


@given(moments, moments, moments)
def test_office_time_is_the_sum_of_its_parts_and_turns_its_sign(
    a: datetime, b: datetime, c: datetime
) -> None:
    first, second, third = sorted((a, b, c))
    whole = CALENDAR.office_minutes_between(first, third)
    assert whole == CALENDAR.office_minutes_between(first, second) + CALENDAR.office_minutes_between(
        second, third
    )
    assert CALENDAR.office_minutes_between(third, first) == -whole


def test_a_day_promise_ends_when_the_office_closes_or_at_midnight_of_a_free_day() -> None:
    assert CALENDAR.end_of_day(date(2026, 11, 23)) == wib("2026-11-23 16:00")
    assert CALENDAR.end_of_day(date(2026, 11, 27)) == wib("2026-11-27 16:30")
    assert CALENDAR.end_of_day(date(2026, 12, 25)) == wib("2026-12-26 00:00")
