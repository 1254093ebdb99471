"""Dates, durations and money as people say them, in Indonesian and English."""

from datetime import date, datetime

from backend.core.clock import CITY_ZONE
from backend.core.texts import Locale, Text
from backend.core.words import MONTHS, MONTHS_EN, plain_day, rupiah, thousands
from backend.services.definition import Fee, Promise, Unit

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

__all__ = ["plain_day", "rupiah", "thousands"]

OFFICE_DAY = 450  # minutes of a working day, breaks left out (Perpres 21/2023: 37.5 hours a week)


def day(value: date, locale: Locale, *, today: date | None = None) -> str:
    """Selasa, 24 November; with the year when it is not this one."""
    english = locale is Locale.EN
    months = MONTHS_EN if english else MONTHS
    days = _DAYS_EN if english else _DAYS
    year = f" {value.year}" if today is None or value.year != today.year else ""
    return f"{days[value.weekday()]}, {value.day} {months[value.month - 1]}{year}"


def short_weekday(value: date, locale: Locale) -> str:
    return (_DAYS_EN if locale is Locale.EN else _DAYS)[value.weekday()][:3]


def clock_time(value: datetime) -> str:
    """11.02 in city time."""
    return value.astimezone(CITY_ZONE).strftime("%H.%M")


def minutes(value: int, locale: Locale) -> str:
    """Office time in words: 40 menit, 7 jam 40 menit, 2 hari kerja."""
    english = locale is Locale.EN
    if value >= 2 * OFFICE_DAY:
        days = round(value / OFFICE_DAY)
        return f"{days} working days" if english else f"{days} hari kerja"
    hours, rest = divmod(max(value, 0), 60)
    hour_word, minute_word = ("h", "min") if english else ("jam", "menit")
    if not hours:
        return f"{rest} {minute_word}"
    return f"{hours} {hour_word} {rest} {minute_word}" if rest else f"{hours} {hour_word}"


def short_minutes(value: int, locale: Locale) -> str:
    """For lists: 1 hr, 4 j, 1 j 10 m."""
    day_word, hour_word = ("d", "h") if locale is Locale.EN else ("hr", "j")
    if value >= OFFICE_DAY:
        return f"{value // OFFICE_DAY} {day_word}"
    hours, rest = divmod(max(value, 0), 60)
    if not hours:
        return f"{rest} m"
    return f"{hours} {hour_word} {rest} m" if rest and hours < 4 else f"{hours} {hour_word}"


_UNITS = {
    Unit.MINUTE: (Text("menit", "minutes"), Text("menit", "minute")),
    Unit.HOUR: (Text("jam kerja", "office hours"), Text("jam kerja", "office hour")),
    Unit.WORKING_DAY: (Text("hari kerja", "working days"), Text("hari kerja", "working day")),
    Unit.CALENDAR_DAY: (Text("hari", "days"), Text("hari", "day")),
}


def amount(unit: Unit, value: int, locale: Locale) -> str:
    """1 hari kerja, 30 menit."""
    return f"{value} {_UNITS[unit][value == 1].said(locale)}"


def promise(value: Promise, locale: Locale) -> str:
    """How long the city may take, in one phrase."""
    if value.unit is Unit.QUEUE:
        return Text("menurut antrean", "by queue").said(locale)
    if value.unit is Unit.WINDOW:
        if value.opens and value.closes:
            return f"{plain_day(value.opens, locale)} - {plain_day(value.closes, locale)}"
        return Text("menurut jadwal", "by schedule").said(locale)
    return amount(value.unit, value.value or 0, locale)


def fee(value: Fee, locale: Locale) -> str:
    if value.amount_idr is None:
        return Text("menurut tarif", "by tariff").said(locale)
    return rupiah(value.amount_idr)


def in_days(left: int, locale: Locale) -> str:
    """Working days left, as the promise line says it."""
    if left <= 0:
        return Text("Hari ini.", "Today.").said(locale)
    return Text(f"{left} hari kerja lagi.", f"{left} working day{'s' if left > 1 else ''} left.").said(locale)
