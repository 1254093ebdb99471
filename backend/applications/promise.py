"""The promise of a case as arithmetic: when it is due, what a pause cost, and the strip of days.

The clock is derived from the moment of submission and the list of pauses, never stored as a counter, so
there is nothing that an action could reset.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from backend.core.calendar import WorkCalendar
from backend.core.clock import CITY_ZONE
from backend.services.definition import Promise, Unit

STRIP_MOST = 24


@dataclass(frozen=True)
class Pause:
    """A stretch in which the case waited for the resident; `until` None means it still does."""

    since: datetime
    until: datetime | None


def pauses_of(spans: Iterable[tuple[datetime, datetime | None]]) -> list[Pause]:
    """The pauses of a case from when each return was made and answered; returns made together are one."""
    return [Pause(since, until) for since, until in sorted(set(spans), key=lambda span: span[0])]


class StripKind(StrEnum):
    """What one block of the strip says."""

    DONE = "done"
    WAITING_RESIDENT = "waiting_resident"
    TODAY = "today"
    TO_COME = "to_come"
    LATE = "late"


def _day(moment: datetime) -> date:
    return moment.astimezone(CITY_ZONE).date()


def pause_cost(unit: Unit, pause: Pause, calendar: WorkCalendar, now: datetime) -> int:
    """What a pause adds to the promise, in the promise's own unit (minutes for MINUTE and HOUR)."""
    until = pause.until or now
    if unit is Unit.WORKING_DAY:
        return calendar.working_days_between(_day(pause.since), _day(until))
    if unit is Unit.CALENDAR_DAY:
        return max(0, (_day(until) - _day(pause.since)).days)
    if unit in (Unit.MINUTE, Unit.HOUR):
        return max(0, calendar.office_minutes_between(pause.since, until))
    return 0


def due_at(
    promise: Promise, submitted: datetime, pauses: Sequence[Pause], calendar: WorkCalendar, now: datetime
) -> datetime | None:
    """When the city must be done; None for a queue. A day promise ends when the office closes.

    Raises UnknownYearError when the count reaches a year without holiday data.
    """
    if promise.unit is Unit.QUEUE:
        return None
    if promise.unit is Unit.WINDOW:
        return calendar.end_of_day(promise.result) if promise.result else None
    total = (promise.value or 0) * (60 if promise.unit is Unit.HOUR else 1)
    total += sum(pause_cost(promise.unit, p, calendar, now) for p in pauses)
    if promise.unit is Unit.WORKING_DAY:
        return calendar.end_of_day(calendar.add_working_days(_day(submitted), total))
    if promise.unit is Unit.CALENDAR_DAY:
        return calendar.end_of_day(_day(submitted) + timedelta(days=total))
    return calendar.add_office_minutes(submitted, total)


@dataclass(frozen=True)
class StripDay:
    day: date
    kind: StripKind


def strip(
    submitted: datetime, due: datetime | None, pauses: Sequence[Pause], calendar: WorkCalendar, now: datetime
) -> list[StripDay]:
    """One block a working day from submission to the promise or today, whichever is later; newest 24."""
    if due is None:
        return []
    today, last = _day(now), max(_day(due), _day(now))
    days: list[date] = []
    day = _day(submitted)
    while day <= last:
        if calendar.is_working_day(day):
            days.append(day)
        day += timedelta(days=1)
    # A case that begins and ends on a day off still shows that day.
    return [StripDay(d, _kind(d, today, _day(due), pauses, now)) for d in (days or [today])[-STRIP_MOST:]]


def _kind(day: date, today: date, due: date, pauses: Sequence[Pause], now: datetime) -> StripKind:
    if any(_day(p.since) < day <= _day(p.until or now) for p in pauses):
        return StripKind.WAITING_RESIDENT
    if day > due:
        return StripKind.LATE
    if day == today:
        return StripKind.TODAY
    return StripKind.DONE if day < today else StripKind.TO_COME
