"""The city's calendar and definitions as plain data, for tests that need no database."""

from datetime import date, datetime, time

from backend.core.calendar import OfficeWeek, Span, WorkCalendar
from backend.core.clock import CITY_ZONE
from backend.seeds.load import load_city
from backend.services.definition import Definition

_CITY = load_city()
DEFINITIONS: dict[str, Definition] = {d.code: d for d in _CITY.definitions}

CALENDAR = WorkCalendar(
    holidays={h.date: h.name for h in _CITY.holidays},
    years=frozenset(h.date.year for h in _CITY.holidays),
    weeks=tuple(
        OfficeWeek(
            p.since,
            p.until,
            tuple(tuple(Span(a, b) for a, b in day) for day in p.days),
        )
        for p in _CITY.office_hours
    ),
)


def wib(text: str) -> datetime:
    """A moment in city time: 2026-11-20 09:30."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), CITY_ZONE)
