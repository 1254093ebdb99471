"""Working time of the city: office hours, holidays and joint leave, as plain arithmetic.

Sources: working week and hours Perpres 21/2023; holidays and joint leave by the yearly joint decree
(SKB) of three ministers; joint leave is not a working day for civil servants.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from backend.core.clock import CITY_ZONE
from backend.core.problems import NotNow
from backend.core.texts import Text


class UnknownYearError(NotNow):
    """A date in a year whose holidays were never loaded: a refusal, never a guess."""

    def __init__(self, year: int) -> None:
        text = Text(
            f"Hari libur tahun {year} belum ditetapkan, jadi janji waktunya belum bisa dihitung.",
            f"The holidays of {year} are not decreed yet, so the promise cannot be worked out.",
        )
        super().__init__("no_calendar", text)
        self.year = year


class Span(NamedTuple):
    """Half-open part of a day, city time."""

    opens: time
    closes: time


@dataclass(frozen=True)
class OfficeWeek:
    """Office hours in force from one date to another (both included); seven days, Monday first."""

    since: date
    until: date
    days: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class WorkCalendar:
    """Holidays by date with their names, the years they cover, and the office hours by period.

    A later period in `weeks` wins over an earlier one (Ramadan over the plain week).
    """

    holidays: Mapping[date, str]
    years: frozenset[int]
    weeks: tuple[OfficeWeek, ...]

    def is_working_day(self, day: date) -> bool:
        if day.year not in self.years:
            raise UnknownYearError(day.year)
        return day.weekday() < 5 and day not in self.holidays

    def add_working_days(self, start: date, days: int) -> date:
        """The working day `days` after `start`; day 0 is `start` itself, which need not be one."""
        day = start
        while days > 0:
            day += timedelta(days=1)
            if self.is_working_day(day):
                days -= 1
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days d with start < d <= end; 0 if end is not after start."""
        count = 0
        day = start
        while day < end:
            day += timedelta(days=1)
            count += self.is_working_day(day)
        return count

    def hours_of(self, day: date) -> tuple[Span, ...]:
        """The office spans of a day; empty on holidays and weekends."""
        if not self.is_working_day(day):
            return ()
        for week in reversed(self.weeks):
            if week.since <= day <= week.until:
                return week.days[day.weekday()]
        raise UnknownYearError(day.year)

    def add_office_minutes(self, start: datetime, minutes: int) -> datetime:
        """The moment when `minutes` of office time after `start` have passed."""
        moment = start.astimezone(CITY_ZONE)
        left = timedelta(minutes=minutes)
        day = moment.date()
        while True:
            for span in self.hours_of(day):
                opens = max(moment, datetime.combine(day, span.opens, CITY_ZONE))
                closes = datetime.combine(day, span.closes, CITY_ZONE)
                if opens >= closes:
                    continue
                if opens + left <= closes:
                    return opens + left
                left -= closes - opens
            day += timedelta(days=1)

    def office_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of office time from start to end; negative when end is before start."""
        if end < start:
            return -self.office_minutes_between(end, start)
        first, last = start.astimezone(CITY_ZONE), end.astimezone(CITY_ZONE)
        total = timedelta()
        day = first.date()
        while day <= last.date():
            for span in self.hours_of(day):
                opens = max(first, datetime.combine(day, span.opens, CITY_ZONE))
                closes = min(last, datetime.combine(day, span.closes, CITY_ZONE))
                if closes > opens:
                    total += closes - opens
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def end_of_day(self, day: date) -> datetime:
        """When the office closes on a working day; midnight at the end of any other day."""
        spans = self.hours_of(day)
        if not spans:
            return datetime.combine(day + timedelta(days=1), time(0), CITY_ZONE)
        return datetime.combine(day, spans[-1].closes, CITY_ZONE)
