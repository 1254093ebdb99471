"""Following a place of the budget or a kelurahan, and no longer: each once for its key."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.ids import uuid7
from backend.core.problems import Conflict, InvalidInput
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.participation import targets
from backend.participation.models import Follow
from backend.participation.rules import FOLLOWS_MOST

ENOUGH = Text(
    f"Anda sudah mengikuti {FOLLOWS_MOST}. Berhenti mengikuti salah satu dulu.",
    f"You follow {FOLLOWS_MOST} already. Stop following one first.",
)


@dataclass(frozen=True)
class Followed:
    """What a person follows: a place of the budget, or a kelurahan."""

    opd: str = ""
    code: str = ""
    kelurahan: str = ""


async def follow(actor: Actor, key: UUID, wanted: Followed, year: int) -> None:
    """Follow from now on; following twice is following once.

    Raises NotFound for what is not there, Conflict("enough_followed") above the limit.
    """
    person = require_signed_in(actor)
    if bool(wanted.opd) == bool(wanted.kelurahan) or (wanted.code and not wanted.opd):
        raise InvalidInput.at(
            "opd", "Sebut tempat di anggaran atau kelurahan.", "Name a place of the budget or a kelurahan."
        )

    async def act() -> str:
        if wanted.kelurahan:
            await targets.office_of(wanted.kelurahan)
        else:
            await targets.place(year, wanted.opd, wanted.code)
        # The person's own follows are few: counting them under a lock keeps two phones from passing the limit.
        await fetch("SELECT pg_advisory_xact_lock(hashtext($1))", [f"follow:{person}"])
        own = Follow.filter(person_id=person)
        if not await own.filter(**asdict(wanted)).exists():
            if await own.count() >= FOLLOWS_MOST:
                raise Conflict("enough_followed", ENOUGH)
            await Follow(id=uuid7(), person_id=person, year=year, since=clock.now(), **asdict(wanted)).save()
        return ""

    await once(Command(actor.scope, key, "follow_budget", [*asdict(wanted).values()]), act)


async def unfollow(actor: Actor, key: UUID, wanted: Followed) -> None:
    """Follow no longer; nothing happens where one did not."""
    person = require_signed_in(actor)

    async def act() -> str:
        await Follow.filter(person_id=person, **asdict(wanted)).delete()
        return ""

    await once(Command(actor.scope, key, "unfollow_budget", [*asdict(wanted).values()]), act)


@dataclass(frozen=True)
class Gone:
    """A place that the newest year's budget no longer has: which stage that is, and the last one that had it, in rupiah."""

    year: int
    stage: str
    last_year: int
    last_stage: str
    last_amount: Decimal


@dataclass(frozen=True)
class Mine:
    """One thing that a person follows, what it is (or was last) called, in which year it was seen, and since when."""

    opd: str
    code: str
    kelurahan: str
    year: int
    since: datetime
    name: str
    gone: Gone | None


# The newest year's stage that counts, or its newest where none counts yet; and for each place the last file that has it.
_MINE = """
WITH newest AS (SELECT year, stage, import_id FROM budget_stages
                ORDER BY year DESC, effective_on <= $3 DESC, effective_on DESC, id DESC LIMIT 1)
SELECT f.opd, f.code, f.kelurahan, f.year, f.since,
       coalesce((SELECT b.name FROM budget_names b WHERE b.code = f.code AND f.code <> ''
                 AND b.kind IN ('programme', 'activity', 'sub_activity')
                 ORDER BY (b.classification = last.classification) DESC NULLS LAST, b.classification DESC LIMIT 1),
                (SELECT k.name FROM kelurahan k WHERE k.code = f.kelurahan),
                (SELECT o.name FROM opds o WHERE o.code = f.opd), ''),
       last.import_id IS NOT NULL AND here.amount IS NULL, newest.year, newest.stage,
       last.year, last.stage, last.amount
FROM budget_follows f LEFT JOIN newest ON true
LEFT JOIN LATERAL ({amount_here}) here ON true
LEFT JOIN LATERAL (
    SELECT i.id AS import_id, i.year, i.stage, i.classification, a.amount FROM budget_imports i
    JOIN LATERAL ({amount_there}) a ON a.amount IS NOT NULL
    WHERE i.kind = 'expenditure' AND i.state IN ('in_force', 'superseded')
    ORDER BY i.year DESC, i.effective_on DESC, i.done_at DESC LIMIT 1) last ON f.opd <> ''
WHERE f.person_id = $1 ORDER BY f.since DESC, f.id DESC LIMIT $2
"""
_AMOUNT = """
SELECT CASE WHEN f.code = ''
    THEN (SELECT sum(t.amount) FROM budget_totals t WHERE t.import_id = {file} AND t.opd = f.opd)
    ELSE (SELECT sum(n.amount) FROM budget_nodes n WHERE n.import_id = {file} AND n.opd = f.opd AND n.code = f.code)
END::numeric(20,2) AS amount"""


async def visible_to(actor: Actor) -> list[Mine]:
    """What the actor follows, the newest first: nobody sees what others follow."""
    here, there = _AMOUNT.format(file="newest.import_id"), _AMOUNT.format(file="i.id")
    sql = _MINE.format(amount_here=here, amount_there=there)
    rows = await fetch(sql, [require_signed_in(actor), FOLLOWS_MOST, clock.today()])
    return [_mine(row) for row in rows]


def _mine(row: Sequence[Any]) -> Mine:
    opd, code, kelurahan, year, since, name, is_gone, *gone = row
    return Mine(opd, code, kelurahan, year, since, name, Gone(*gone) if is_gone else None)


_FOLLOWERS = """
SELECT DISTINCT person_id FROM budget_follows
WHERE person_id > $1 AND year <= $7 AND (opd = $2 AND (code = $3 OR $4 AND left($3, length(code)) = code)
                          OR kelurahan = ANY($5::text[]))
ORDER BY person_id LIMIT $6
"""


@dataclass(frozen=True)
class Around:
    """Whose followers are told: those of a place, with `above` also of what it lies in, and of the kelurahan.

    `seen_by`: only who saw it in that year or before it: following goes on in the years after.
    """

    opd: str
    code: str
    above: bool = False
    kelurahan: Sequence[str] = ()
    seen_by: int = 9999


async def followers(around: Around, after: UUID, most: int) -> list[UUID]:
    """Who follows, by id after `after`."""
    values = [after, around.opd, around.code, around.above, list(around.kelurahan), most, around.seen_by]
    return [row[0] for row in await fetch(_FOLLOWERS, values)]
