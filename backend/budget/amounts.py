"""Amounts as Indonesian offices write them: 2250.89, 2.076,98 M, 1.250.000, Rp 7.443.475.000,06."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from backend.core.texts import Text

MOST_DIGITS = 18  # NUMERIC(20,2): eighteen digits of rupiah before the sen


class Style(StrEnum):
    """Which mark stands before the sen. A file keeps to one of the two."""

    DOT = "dot"
    COMMA = "comma"


class Amount(NamedTuple):
    """An amount in rupiah, exact to the sen, and the style it was written in where that can be told."""

    value: Decimal
    style: Style | None


_SCALES = {"": 1, "rb": 10**3, "jt": 10**6, "m": 10**9, "t": 10**12}
_NUMBER = re.compile(r"(-?)(?:Rp\.?\s*)?(-?)([0-9][0-9.,]*)\s*(rb|jt|M|T)?", re.ASCII | re.IGNORECASE)
_PLAIN = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,2})?", re.ASCII)
_GROUPED_DOT = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]{1,2})?", re.ASCII)
_GROUPED_COMMA = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?", re.ASCII)
_SIMPLE_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}", re.ASCII)
_SIMPLE_DOT = re.compile(r"[0-9]+\.[0-9]{1,2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]+", re.ASCII)

NOT_AN_AMOUNT = Text("Bukan jumlah rupiah yang bisa dibaca.", "Not an amount in rupiah that can be read.")
TOO_LARGE = Text("Jumlah lebih dari 18 angka.", "The amount has more than 18 digits.")


def read_amount(text: str, *, scale: int = 1) -> Amount | Text:
    """The amount in rupiah, or what is wrong with it in words.

    `scale` multiplies what carries no unit of its own (a table in billions of rupiah gives 10**9). A group
    of exactly three digits after a mark is thousands, since rupiah have at most two digits of sen.
    """
    text = text.strip()
    if scale == 1 and _PLAIN.fullmatch(text):  # the way of nearly every row, without the closer look
        return Amount(Decimal(text), Style.DOT if "." in text else None)
    match = _NUMBER.fullmatch(text)
    if match is None or (match[1] and match[2]):
        return NOT_AN_AMOUNT
    digits, style = _digits(match[3])
    if digits is None:
        return NOT_AN_AMOUNT
    unit = (match[4] or "").lower()
    value = digits * (_SCALES[unit] if unit else scale)
    if value >= Decimal(10) ** MOST_DIGITS:
        return TOO_LARGE
    return Amount(-value if match[1] or match[2] else value, style)


def _digits(text: str) -> tuple[Decimal | None, Style | None]:
    if _WHOLE.fullmatch(text):
        return Decimal(text), None
    if _GROUPED_DOT.fullmatch(text) or _SIMPLE_COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", ".")), Style.COMMA
    if _GROUPED_COMMA.fullmatch(text) or _SIMPLE_DOT.fullmatch(text):
        return Decimal(text.replace(",", "")), Style.DOT
    return None, None
