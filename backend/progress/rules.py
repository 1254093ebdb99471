"""What a milestone and the places of a sub-activity may be; plain questions, no database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.core.problems import FieldFault, InvalidInput
from backend.core.texts import Text

NAME_MOST, TEXT_MOST = 160, 2000
PHOTOS_MOST, MILESTONES_MOST, PLACES_MOST = 8, 60, 57
# A sub-activity, its last part of two digits before the decree of 2023.
SUB_ACTIVITY = re.compile(r"[1-8]\.[0-9]{2}\.[0-9]{2}\.[12]\.[0-9]{2}\.([0-9]{4}|[0-9]{2})", re.ASCII)

NOT_SUB = Text("Kemajuan dicatat per subkegiatan.", "Progress is kept for each sub-activity.")
NAME = Text(f"Nama tahap 3 sampai {NAME_MOST} huruf.", f"A step's name has 3 to {NAME_MOST} letters.")
LONG = Text(f"Keterangan paling banyak {TEXT_MOST} huruf.", f"The text has at most {TEXT_MOST} letters.")
PERCENT = Text("Kemajuan 0 sampai 100 persen.", "Progress is 0 to 100 percent.")
DONE_WITHOUT_DAY = Text(
    "Tahap yang 100 persen punya tanggal selesai, dan hanya itu.",
    "A step at 100 percent has the day it was done, and no other has.",
)
FUTURE = Text("Tanggal selesai tidak boleh di depan.", "The day it was done cannot be ahead.")
OTHER_YEAR = Text(
    "Tahap direncanakan di tahun anggarannya atau setahun di kiri kanannya.",
    "A step is planned in its fiscal year, or a year beside it.",
)
SHARES = Text(
    "Bagian tiap kelurahan disebut semua dan berjumlah 100, atau tidak sama sekali.",
    "All kelurahan have a share and they add up to 100, or none has one.",
)
TWICE = Text("Kelurahan yang sama disebut dua kali.", "The same kelurahan is named twice.")


@dataclass(frozen=True)
class Place:
    """A sub-activity of an OPD in a year's budget."""

    year: int
    opd: str
    code: str


@dataclass(frozen=True)
class Step:
    """What is said of a milestone: planned for a day, how far it is, and on which day it was done."""

    name: str
    planned_on: date
    percent: int
    done_on: date | None = None
    text: str = ""


@dataclass(frozen=True)
class Located:
    """A kelurahan by code, with its share of the money in percent where that is known."""

    kelurahan: str
    share: Decimal | None = None


def read_place(place: Place) -> Place:
    """InvalidInput for a place that is no sub-activity."""
    if not SUB_ACTIVITY.fullmatch(place.code):
        raise InvalidInput(FieldFault("code", NOT_SUB))
    return place


def read_step(step: Step, year: int, today: date) -> Step:
    """The step without spare blanks; InvalidInput with every wrong field."""
    name, text = " ".join(step.name.split()), step.text.strip()
    wrong = {
        "name": (NAME, not 3 <= len(name) <= NAME_MOST),
        "text": (LONG, len(text) > TEXT_MOST),
        "percent": (PERCENT, not 0 <= step.percent <= 100),
        "plannedOn": (OTHER_YEAR, abs(step.planned_on.year - year) > 1),
        "doneOn": (DONE_WITHOUT_DAY, (step.percent == 100) != (step.done_on is not None)),
    }
    faults = [FieldFault(path, said) for path, (said, is_wrong) in wrong.items() if is_wrong]
    if step.done_on is not None and step.done_on > today:
        faults.append(FieldFault("doneOn", FUTURE))
    if faults:
        raise InvalidInput(*faults)
    return Step(name, step.planned_on, step.percent, step.done_on, text)


def read_located(places: Sequence[Located]) -> Sequence[Located]:
    """InvalidInput for a kelurahan named twice, and for shares that are not all there or are not 100 together."""
    if len({p.kelurahan for p in places}) != len(places) or len(places) > PLACES_MOST:
        raise InvalidInput(FieldFault("places", TWICE))
    shares = [p.share for p in places if p.share is not None]
    whole = len(shares) == len(places) and sum(shares, Decimal(0)) == 100 and min(shares, default=1) > 0
    if shares and not whole:
        raise InvalidInput(FieldFault("places", SHARES))
    return places
