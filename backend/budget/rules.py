"""What a stage, a year and an import of the budget may be; plain questions, no database."""

import re
from datetime import date
from enum import StrEnum

from backend.core.problems import InvalidInput

YEARS = range(2000, 2101)
_STAGE = re.compile(r"(murni|perubahan|pergeseran-[1-9][0-9]?)", re.ASCII)


class ImportKind(StrEnum):
    """What a file tells: the budget's lines, when they are to be paid, what was paid, or the ministry's table."""

    EXPENDITURE = "expenditure"
    CASH_PLAN = "cash_plan"
    REALISATION = "realisation"
    DJPK = "djpk"


# Kinds that belong to a stage of the budget; the figures of the others are of a day.
STAGED = frozenset((ImportKind.EXPENDITURE, ImportKind.CASH_PLAN))


class ImportState(StrEnum):
    """arriving: parts are missing; waiting: not read yet; failed: the city could not read it; trial: read, nothing kept;
    refused: not one line counts.
    """

    ARRIVING = "arriving"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    FAILED = "failed"
    TRIAL = "trial"
    REFUSED = "refused"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"


def read_stage(text: str) -> str:
    """murni, pergeseran-<n> or perubahan; InvalidInput for anything else."""
    if not _STAGE.fullmatch(text):
        raise InvalidInput.at(
            "stage",
            "Tahap anggaran adalah murni, pergeseran-1 dan seterusnya, atau perubahan.",
            "A budget stage is murni, pergeseran-1 and so on, or perubahan.",
        )
    return text


def read_day_of(year: int, text: str) -> str:
    """The day that figures of a year are of, as 2026-10-31; InvalidInput for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year != year:
        raise InvalidInput.at(
            "stage",
            f"Tulis tanggal angkanya, misalnya {year}-10-31.",
            f"Say of which day the figures are, such as {year}-10-31.",
        )
    return day.isoformat()


def read_year(year: int) -> int:
    """A fiscal year from 2000 to 2100; InvalidInput for anything else."""
    if year not in YEARS:
        raise InvalidInput.at("year", "Tahun anggaran 2000 sampai 2100.", "A budget year is 2000 to 2100.")
    return year
