"""Codes of the public money: read in either padding, kept in one, known by their decree."""

import re
from dataclasses import dataclass
from datetime import date

from backend.core.texts import Text

# Widths of urusan, bidang, program, kewenangan, kegiatan, sub kegiatan (FACTS 2.2), and of an account (2.3).
_PROGRAMME = (1, 2, 2, 1, 2, 4)
_ACCOUNT = (1, 1, 2, 2, 2, 4)
_FUND = (1, 1, 2, 2, 2, 4)
_DIGITS = re.compile(r"[0-9]{1,4}", re.ASCII)

NOT_A_CODE = Text("Kode tidak bisa dibaca.", "The code cannot be read.")


@dataclass(frozen=True)
class Classification:
    """A decree that gives the codes their meaning; codes are used again with new names by later ones."""

    name: str
    since: date


# FACTS 2.1 (V): the decrees in their order.
CLASSIFICATIONS = (
    Classification("Permendagri 90/2019", date(2019, 10, 18)),
    Classification("Kepmendagri 050-3708/2020", date(2020, 10, 5)),
    Classification("Kepmendagri 050-5889/2021", date(2021, 12, 27)),
    Classification("Kepmendagri 900.1.15.5-1317/2023", date(2023, 6, 23)),
    Classification("Kepmendagri 900.1.15.5-3406/2024", date(2024, 8, 27)),
    Classification("Kepmendagri 900.1-2850/2025", date(2025, 7, 31)),
    Classification("Kepmendagri 900.1-861/2026", date(2026, 5, 7)),
)
# Four digits of a sub-activity came with this decree; older ones have two (FACTS 2.2, from memory).
_FOUR_DIGITS_SINCE = date(2023, 6, 23)

# Urusan and their fields (FACTS 2.2, V). A field beyond this list belongs to no decree that we know.
FIELDS = {
    1: range(1, 7),
    2: range(7, 25),
    3: range(25, 33),
    4: range(1, 3),
    5: range(1, 6),
    6: range(1, 2),
    7: range(1, 2),
    8: range(1, 2),
}
# Akun and kelompok to jenis (FACTS 2.3): what an account may begin with.
ACCOUNT_KINDS = frozenset(
    f"{group}.{kind:02d}"
    for group, kinds in {
        "4.1": 4,
        "4.2": 2,
        "4.3": 3,
        "5.1": 6,
        "5.2": 6,
        "5.3": 1,
        "5.4": 2,
        "6.1": 6,
        "6.2": 5,
        "6.3": 1,
    }.items()
    for kind in range(1, kinds + 1)
)


def classification(name: str) -> Classification | None:
    """The decree of this name, or None."""
    return next((c for c in CLASSIFICATIONS if c.name == name), None)


def in_force(day: date) -> Classification:
    """The newest decree of a day; the first one for days before it."""
    return [CLASSIFICATIONS[0], *(c for c in CLASSIFICATIONS if c.since <= day)][-1]


def sub_activity(text: str, decree: Classification) -> str | Text:
    """A sub-activity's code as 1.01.02.2.01.0001 (two digits at the end before the decree of 2023)."""
    widths = _PROGRAMME if decree.since >= _FOUR_DIGITS_SINCE else (*_PROGRAMME[:-1], 2)
    code = _padded(text, widths, least=6)
    if isinstance(code, Text):
        return code
    urusan, field = int(code[0]), int(code[2:4])
    if field not in FIELDS.get(urusan, ()):
        return Text(
            f"Bidang urusan {code[:4]} tidak ada dalam {decree.name}.",
            f"Field {code[:4]} is not in {decree.name}.",
        )
    return code


def account(text: str, decree: Classification) -> str | Text:
    """An account of level 6 as 5.1.02.01.01.0025."""
    code = _padded(text, _ACCOUNT, least=6)
    if isinstance(code, Text):
        return code
    if code[:6] not in ACCOUNT_KINDS:
        return Text(
            f"Rekening {code[:6]} tidak ada dalam {decree.name}.",
            f"Account {code[:6]} is not in {decree.name}.",
        )
    return code


def programme_prefix(text: str) -> str | Text:
    """A programme (1.01.02) or an activity (1.01.02.2.01), in one padding."""
    return _padded(text, _PROGRAMME, least=3)


def account_prefix(text: str) -> str | Text:
    """An account of any level, 5 or 5.1.02 or all six."""
    return _padded(text, _ACCOUNT, least=1)


def fund_source(text: str) -> str | Text:
    """A fund source as 1.2.01.01.02 or longer; which ones exist is the city's list."""
    return _padded(text, _FUND, least=2)


def _padded(text: str, widths: tuple[int, ...], *, least: int) -> str | Text:
    """Each part as a number in its own width: 1.1.2.02.1.1 and 1.01.02.2.01.0001 are one code."""
    parts = [part.strip() for part in text.strip().rstrip(".").split(".")]
    if not least <= len(parts) <= len(widths):
        return NOT_A_CODE
    padded = []
    for part, width in zip(parts, widths, strict=False):
        if not _DIGITS.fullmatch(part) or len(str(int(part))) > width:
            return NOT_A_CODE
        padded.append(f"{int(part):0{width}d}")
    return ".".join(padded)
