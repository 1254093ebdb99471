"""Reading how far the work is: public, for a sub-activity and for everything above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.budget.exploring import StageOf
from backend.budget.proofs import proof
from backend.core.reads import fetch
from backend.progress.models import MilestonePhoto

SHOWN_MOST = 200
WITHIN_MOST = 500


@dataclass(frozen=True)
class Shown:
    """A milestone as everybody sees it; `code` is its sub-activity."""

    id: UUID
    version: int
    year: int
    opd: str
    code: str
    name: str
    text: str
    planned_on: date
    done_on: date | None
    percent: int

    def is_late(self, today: date) -> bool:
        """Its day went by and it is not done."""
        return self.done_on is None and self.planned_on < today


@dataclass(frozen=True)
class Where:
    """A kelurahan that a sub-activity is for, and its share of the money in percent where that is known."""

    kelurahan: str
    share: Decimal | None


@dataclass(frozen=True)
class ForKelurahan:
    """What the budget holds for a kelurahan: rupiah that are its alone, and how many sub-activities.

    `unsplit` of them are for others too, and nobody said in which shares: their rupiah are not counted here.
    """

    kelurahan: str
    amount: Decimal
    places: int
    unsplit: int


@dataclass(frozen=True)
class Within:
    """A sub-activity that is (partly) for a kelurahan: its whole amount, and what of it is the kelurahan's, if known."""

    opd: str
    code: str
    name: str
    amount: Decimal
    own: Decimal | None


_BELOW = "year = $1 AND opd = $2 AND (code = $3 OR starts_with(code, $3 || '.'))"


async def milestones(year: int, opd: str, code: str) -> list[Shown]:
    """The milestones of a place and of what lies below it, by the day they are planned for; at most 200."""
    rows = await fetch(
        "SELECT id, version, year, opd, code, name, text, planned_on, done_on, percent FROM milestones"  # noqa: S608 - our own text
        f" WHERE NOT removed AND {_BELOW} ORDER BY planned_on, id LIMIT {SHOWN_MOST}",
        [year, opd, code],
    )
    return [Shown(*row) for row in rows]


async def one(milestone: UUID) -> Shown | None:
    """One milestone, also a removed one: what an act on it came to."""
    rows = await fetch(
        "SELECT id, version, year, opd, code, name, text, planned_on, done_on, percent FROM milestones WHERE id = $1",
        [milestone],
    )
    return next((Shown(*row) for row in rows), None)


async def photos(of: Sequence[UUID]) -> Mapping[UUID, list[MilestonePhoto]]:
    """The photos of milestones, the oldest first."""
    found: dict[UUID, list[MilestonePhoto]] = {milestone: [] for milestone in of}
    for photo in await MilestonePhoto.filter(milestone_id__in=list(of)).order_by("at", "id"):
        found[photo.milestone_id].append(photo)
    return found


async def where(year: int, opd: str, code: str) -> list[Where]:
    """The kelurahan of a sub-activity, by code."""
    rows = await fetch(
        "SELECT kelurahan, share FROM budget_locations WHERE year = $1 AND opd = $2 AND code = $3"
        " ORDER BY kelurahan LIMIT 57",
        [year, opd, code],
    )
    return [Where(*row) for row in rows]


_LOCATED = """
SELECT l.kelurahan, l.opd, l.code, n.amount,
       CASE WHEN l.share IS NOT NULL THEN round(n.amount * l.share / 100, 2) WHEN l.many = 1 THEN n.amount END AS own
FROM (SELECT *, count(*) OVER (PARTITION BY opd, code) AS many FROM budget_locations WHERE year = $1) l
JOIN LATERAL (SELECT sum(amount)::numeric(20,2) AS amount FROM budget_nodes
              WHERE import_id = $2 AND opd = l.opd AND level = 3 AND code = l.code) n ON n.amount IS NOT NULL
"""


async def by_kelurahan(stage: StageOf) -> list[ForKelurahan]:
    """What a stage holds for each kelurahan, the largest first. No rupiah is counted for two of them."""
    rows = await fetch(
        "SELECT kelurahan, coalesce(sum(own), 0)::numeric(20,2), count(*)::int, (count(*) - count(own))::int"  # noqa: S608 - our own text
        f" FROM ({_LOCATED}) f GROUP BY kelurahan ORDER BY 2 DESC, 1 LIMIT 100",
        [stage.year, stage.import_id],
    )
    return [ForKelurahan(*row) for row in rows]


async def within(stage: StageOf, kelurahan: str) -> list[Within]:
    """The sub-activities of a stage that are for a kelurahan, the largest first; at most 500."""
    decree = (await proof(stage.import_id)).classification
    rows = await fetch(
        "SELECT f.opd, f.code, coalesce(b.name, f.code), f.amount, f.own::numeric(20,2)"  # noqa: S608 - our own text
        f" FROM ({_LOCATED}) f LEFT JOIN budget_names b"
        " ON (b.classification, b.kind, b.code) = ($4, 'sub_activity', f.code)"
        " WHERE f.kelurahan = $3 ORDER BY f.own DESC NULLS LAST, f.amount DESC, f.opd, f.code LIMIT $5",
        [stage.year, stage.import_id, kelurahan, decree, WITHIN_MOST],
    )
    return [Within(*row) for row in rows]
