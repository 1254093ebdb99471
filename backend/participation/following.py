"""Following a place of the budget or a kelurahan, and no longer: each once for its key."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.expressions import F

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.ids import uuid7
from backend.core.problems import Conflict, InvalidInput
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.participation import targets
from backend.participation.carrying import carry_on
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
            decree = ""
        else:
            decree = (await targets.place(year, wanted.opd, wanted.code)).classification
        # The person's own follows are few: counting them under a lock keeps two phones from passing the limit.
        await fetch("SELECT pg_advisory_xact_lock(hashtext($1))", [f"follow:{person}"])
        own = Follow.filter(person_id=person)
        place = asdict(wanted) | {"classification": decree}
        if not await own.filter(**place).exists():
            if await own.filter(first_id=F("id")).count() >= FOLLOWS_MOST:
                raise Conflict("enough_followed", ENOUGH)
            new = uuid7()
            await Follow(id=new, first_id=new, person_id=person, year=year, since=clock.now(), **place).save()
            if decree:
                await carry_on(person, decree, clock.today().year - 1)
        return ""

    await once(Command(actor.scope, key, "follow_budget", [*asdict(wanted).values()]), act)


# A phone may know a place by an earlier code: the newest stages of the year that it names say which one it means.
_MEANT = """
SELECT f.first_id FROM budget_follows f LEFT JOIN LATERAL (
    SELECT s.effective_on <= $6 AS counts, s.effective_on FROM budget_stages s
    JOIN budget_imports i ON i.id = s.import_id
    WHERE s.year = $5 AND i.classification = f.classification ORDER BY 1 DESC, 2 DESC LIMIT 1) s ON true
WHERE (f.person_id, f.opd, f.code, f.kelurahan) = ($1, $2, $3, $4)
ORDER BY s.counts DESC NULLS LAST, s.effective_on DESC NULLS LAST, f.since DESC, f.id DESC LIMIT 1
"""


async def unfollow(actor: Actor, key: UUID, wanted: Followed, year: int) -> None:
    """Follow no longer, by any code that the place has had; nothing happens where one did not."""
    person = require_signed_in(actor)

    async def act() -> str:
        values = [person, wanted.opd, wanted.code, wanted.kelurahan, year, clock.today()]
        for (first,) in await fetch(_MEANT, values):
            await Follow.filter(id=first).delete()
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
    """One thing that a person follows, what it is (or was last) called, in which year its code is meant, and since when."""

    opd: str
    code: str
    kelurahan: str
    year: int
    since: datetime
    name: str
    gone: Gone | None


# The newest year's stage that counts, or its newest where none counts yet. A place goes by its code under that stage's
# decree, or where it has none by the last one it had; with it the last file of that decree that has the place. Its year
# is the one it was seen in, or that file's where the code was not meant so then.
_MINE = """
WITH newest AS (SELECT s.year, s.stage, s.import_id, i.classification
                FROM budget_stages s JOIN budget_imports i ON i.id = s.import_id
                ORDER BY s.year DESC, s.effective_on <= $3 DESC, s.effective_on DESC, s.id DESC LIMIT 1)
SELECT f.opd, k.code, f.kelurahan,
       CASE WHEN k.code = '' OR k.last_year IS NULL OR EXISTS (
                SELECT FROM budget_stages s JOIN budget_imports i ON i.id = s.import_id
                WHERE s.year = k.year AND i.classification = k.classification)
            THEN k.year ELSE k.last_year END, f.since,
       coalesce((SELECT b.name FROM budget_names b WHERE b.classification = k.classification AND b.code = k.code
                 AND b.kind IN ('programme', 'activity', 'sub_activity') LIMIT 1),
                (SELECT n.name FROM kelurahan n WHERE n.code = f.kelurahan),
                (SELECT o.name FROM opds o WHERE o.code = f.opd), ''),
       k.last_year IS NOT NULL AND here.amount IS NULL, newest.year, newest.stage,
       k.last_year, k.last_stage, k.amount
FROM budget_follows f LEFT JOIN newest ON true
JOIN LATERAL (
    SELECT k.*, last.year AS last_year, last.stage AS last_stage, last.amount FROM budget_follows k
    LEFT JOIN LATERAL (
        SELECT i.year, i.stage, i.effective_on, a.amount FROM budget_imports i
        JOIN LATERAL ({amount_there}) a ON a.amount IS NOT NULL
        WHERE i.kind = 'expenditure' AND i.state IN ('in_force', 'superseded')
          AND (k.code = '' OR i.classification = k.classification)
        ORDER BY i.year DESC, i.effective_on DESC, i.done_at DESC LIMIT 1) last ON k.opd <> ''
    WHERE k.first_id = f.id
    ORDER BY k.classification = newest.classification DESC NULLS LAST, last.year DESC NULLS LAST,
             last.effective_on DESC NULLS LAST, k.id LIMIT 1) k ON true
LEFT JOIN LATERAL ({amount_here}) here ON k.code = '' OR k.classification = newest.classification
WHERE f.person_id = $1 AND f.first_id = f.id ORDER BY f.since DESC, f.id DESC LIMIT $2
"""
_AMOUNT = """
SELECT CASE WHEN k.code = ''
    THEN (SELECT sum(t.amount) FROM budget_totals t WHERE t.import_id = {file} AND t.opd = k.opd)
    ELSE (SELECT sum(n.amount) FROM budget_nodes n WHERE n.import_id = {file} AND n.opd = k.opd AND n.code = k.code)
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
WHERE person_id > $1 AND year <= $7
  AND (opd = $2 AND (code = '' OR classification = $8) AND (code = $3 OR $4 AND left($3, length(code)) = code)
       OR kelurahan = ANY($5::text[]))
ORDER BY person_id LIMIT $6
"""


@dataclass(frozen=True)
class Around:
    """Whose followers are told: those of a place, with `above` also of what it lies in, and of the kelurahan.

    `classification`: the decree in which the code is meant. `seen_by`: only who saw it in that year or before it:
    following goes on in the years after.
    """

    opd: str
    code: str
    classification: str
    above: bool = False
    kelurahan: Sequence[str] = ()
    seen_by: int = 9999


async def followers(around: Around, after: UUID, most: int) -> list[UUID]:
    """Who follows, by id after `after`."""
    values = [after, around.opd, around.code, around.above, list(around.kelurahan), most, around.seen_by]
    return [row[0] for row in await fetch(_FOLLOWERS, [*values, around.classification])]
