"""Dates and amounts as people write them, in Indonesian and English."""

from datetime import date

from backend.core.texts import Locale, Text

MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def plain_day(value: date, locale: Locale) -> str:
    """24 November 2026, as in a letter."""
    months = MONTHS_EN if locale is Locale.EN else MONTHS
    return f"{value.day} {months[value.month - 1]} {value.year}"


def on_day(indonesian: str, english: str, value: date) -> Text:
    """A text with its `{day}` in words in both languages."""
    return Text(
        indonesian.format(day=plain_day(value, Locale.ID)), english.format(day=plain_day(value, Locale.EN))
    )


def thousands(value: int) -> str:
    """1.250.000, as Indonesian writes it."""
    return f"{value:,}".replace(",", ".")


def rupiah(value: int) -> str:
    """Rp 1.250.000."""
    return f"Rp {thousands(value)}"
