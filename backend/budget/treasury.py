"""Reading the imports of the budget: for the finance agency, which brings them in."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from backend.budget.models import BudgetImport
from backend.budget.policy import is_treasury
from backend.core.actors import Actor
from backend.core.pages import Page, Window, moment
from backend.core.reads import fetch
from backend.core.texts import Locale, Text

HEADINGS = {
    Locale.ID: ("baris", "kolom", "sebab", "nilai", "kode"),
    Locale.EN: ("line", "column", "reason", "value", "code"),
}
# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Told:
    """A fault or note as it is kept with its import; `place` counts them from 0."""

    place: int
    line: int
    column: str
    code: str
    text: Text
    value: str


# Faults and notes may be a thousand each: they are read when they are asked for.
_SHORT = sorted(BudgetImport._meta.fields - {"faults", "notes", "changes"})


# A worker says each second how far it is: one that has not for so long is not there any more.
_LINES_READ = """
SELECT lines FROM budget_readings WHERE import_id = $1 AND at > clock_timestamp() - interval '15 seconds'
"""


async def visible_to(actor: Actor, window: Window) -> Page[BudgetImport]:
    """Every import, the newest first; none for whoever is not of the treasury."""
    if not is_treasury(actor):
        return Page.cut([], window, _key)
    found = BudgetImport.all()
    keys = window.keys(moment, UUID)
    if keys is not None:
        at, import_id = keys
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=import_id))
    rows = await found.only(*_SHORT).order_by("-at", "-id").limit(window.first + 1)
    return Page.cut(rows, window, _key)


def _key(row: BudgetImport) -> tuple[datetime, UUID]:
    return row.at, row.id


async def by_id(actor: Actor, import_id: UUID) -> BudgetImport | None:
    """One import; None without one and for whoever is not of the treasury."""
    return await BudgetImport.get_or_none(id=import_id) if is_treasury(actor) else None


async def lines_read(import_id: UUID) -> int | None:
    """How many lines the worker has read so far; None while it reads nothing of this import, or was killed."""
    rows = await fetch(_LINES_READ, [import_id])
    return next((int(lines) for (lines,) in rows), None)


def told(kept: Sequence[Mapping[str, Any]], window: Window, code: str | None = None) -> Page[Told]:
    """A page of an import's faults or notes in the order of the file, those of one code or all."""
    (after,) = window.keys(int) or (-1,)
    wanted = [
        Told(place, one["line"], one["column"], one["code"], Text(one["id"], one["en"]), one["value"])
        for place, one in enumerate(kept)
        if place > after and code in (None, one["code"])
    ]
    return Page.cut(wanted[: window.first + 1], window, lambda one: (one.place,))


def reasons(kept: Sequence[Mapping[str, Any]]) -> list[tuple[str, Text, int]]:
    """Code, words and number of the kept faults of each kind, the most frequent first."""
    counted = Counter(one["code"] for one in kept)
    words = {one["code"]: Text(one["id"], one["en"]) for one in reversed(kept)}
    return [(code, words[code], count) for code, count in counted.most_common()]


def faults_csv(row: BudgetImport, locale: Locale) -> str:
    """The kept faults as a CSV file that people open in a spreadsheet: no cell of it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS[locale])
    for one in row.faults:
        text = Text(one["id"], one["en"]).said(locale)
        writer.writerow(safe((one["line"], one["column"], text, one["value"], one["code"])))
    # The mark tells a spreadsheet that the letters are UTF-8.
    return "\ufeff" + out.getvalue()


def safe(cells: Iterable[object]) -> list[str]:
    """The cells as text, those that a spreadsheet would run behind an apostrophe."""
    return [f"'{text}" if text.startswith(_FORMULA) else text for text in map(str, cells)]
