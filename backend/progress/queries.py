"""Reading how far the work is: public, for a sub-activity and for everything above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

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
class Within:
    """A sub-activity of an OPD that is (partly) for a kelurahan."""

    opd: str
    code: str
    share: Decimal | None


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


async def within(year: int, kelurahan: str) -> list[Within]:
    """The sub-activities of a year that are for a kelurahan; at most 500."""
    rows = await fetch(
        "SELECT opd, code, share FROM budget_locations WHERE year = $1 AND kelurahan = $2"
        " ORDER BY opd, code LIMIT $3",
        [year, kelurahan, WITHIN_MOST],
    )
    return [Within(*row) for row in rows]
