"""What a NIK, a phone number and a one-time code must be like, and how they are masked."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.core.texts import Text

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5
CODE_PAUSE = timedelta(minutes=1)
CODES_AN_HOUR = 5
SESSION_LIFETIME = timedelta(days=60)
STAFF_SESSION_LIFETIME = timedelta(hours=12)
# How a session was opened.
BY_CODE, BY_PASSKEY = "code", "passkey"
PASSKEYS_MOST = 10
PASSKEY_NAME_MOST = 60
# WebAuthn Level 3, section 5.8.4.
TRANSPORTS = frozenset(("usb", "nfc", "ble", "smart-card", "hybrid", "internal"))
NAME_MOST = 120
ADDRESS_MOST = 300

# Province codes of Kepmendagri 300.2.2-2138/2025; a NIK keeps the code of the day it was given.
PROVINCES = frozenset(
    str(code)
    for code in (
        *range(11, 20),
        21,
        *range(31, 37),
        *range(51, 54),
        *range(61, 66),
        *range(71, 77),
        81,
        82,
        *range(91, 97),
    )
)
MALANG_DISTRICTS = frozenset(("01", "02", "03", "04", "05"))

_NIK = re.compile(r"[1-9][0-9]{15}")
_MOBILE = re.compile(r"(?:\+?62|0)(8[1-9][0-9]{7,10})")


@dataclass(frozen=True)
class Nik:
    """What a NIK's structure tells: it proves nothing about existence or present residence."""

    digits: str
    born: date
    female: bool
    district_known: bool


def read_nik(text: str, today: date) -> Nik | Text:
    """The NIK, or what is wrong with it in words. Rules: FACTS 7.3 (no check digit exists)."""
    digits = re.sub(r"[\s.\-]", "", text)
    if not digits.isascii() or not digits.isdigit() or len(digits) != 16:
        return Text(
            f"NIK 16 angka. Yang Anda tulis {len(digits)}.", f"A NIK has 16 digits. You wrote {len(digits)}."
        )
    if not _NIK.fullmatch(digits) or digits[:2] not in PROVINCES:
        return Text(
            "Dua angka pertama NIK bukan kode provinsi.", "The first two digits are no province code."
        )
    if digits[2:4] == "00" or digits[4:6] == "00":
        return Text(
            "Kode kota atau kecamatan di NIK tidak ada.", "The NIK's city or district code does not exist."
        )
    if digits[12:] == "0000":
        return Text("Empat angka terakhir NIK tidak boleh 0000.", "The last four digits cannot be 0000.")
    born = _born(digits, today)
    if born is None:
        return Text(
            "Tanggal lahir di NIK tidak ada di kalender.", "The NIK's birth date is not in the calendar."
        )
    known = digits[:4] != "3573" or digits[4:6] in MALANG_DISTRICTS
    return Nik(digits, born, int(digits[6:8]) > 40, known)


def _born(digits: str, today: date) -> date | None:
    day, month, year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    if day > 40:
        day -= 40
    century = 2000 if year <= today.year % 100 else 1900
    try:
        return date(century + year, month, day)
    except ValueError:
        return None


def mask_nik(digits: str) -> str:
    return f"{digits[:6]}******{digits[12:]}"


def read_phone(text: str) -> str | None:
    """The mobile number as +628..., or None."""
    match = _MOBILE.fullmatch(re.sub(r"[\s.\-()]", "", text))
    return f"+62{match[1]}" if match else None


def mask_phone(phone: str) -> str:
    """+628123456789 as 0812****6789."""
    local = "0" + phone.removeprefix("+62")
    return f"{local[:4]}****{local[-4:]}"


def mask_name(name: str) -> str:
    """First letter of each word, the rest as stars: "Budi Santoso" is "B*** S******"."""
    return " ".join(w[0] + "*" * (len(w) - 1) for w in name.split())


def code_wait(asked: list[datetime], now: datetime) -> datetime | None:
    """When the next code may be asked for, given the moments of the last hour's; None is now."""
    recent = sorted(t for t in asked if t > now - timedelta(hours=1))
    if recent and recent[-1] + CODE_PAUSE > now:
        return recent[-1] + CODE_PAUSE
    if len(recent) >= CODES_AN_HOUR:
        return recent[-CODES_AN_HOUR] + timedelta(hours=1)
    return None


def device_label(user_agent: str) -> str:
    """A few words people recognise their device by; never the whole header."""
    browser = next((b for k, b in _BROWSERS if k in user_agent), "Aplikasi lain")
    system = next((s for k, s in _SYSTEMS if k in user_agent), "")
    return f"{browser}, {system}" if system else browser


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
