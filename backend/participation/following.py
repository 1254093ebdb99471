"""Following a place of the budget or a kelurahan, and no longer: each once for its key."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
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
class Mine:
    """One thing that a person follows, what it is called, in which year it was seen, and since when."""

    opd: str
    code: str
    kelurahan: str
    year: int
    since: datetime
    name: str


_MINE = """
SELECT f.opd, f.code, f.kelurahan, f.year, f.since,
       coalesce((SELECT b.name FROM budget_names b WHERE b.code = f.code AND f.code <> ''
                 AND b.kind IN ('programme', 'activity', 'sub_activity') ORDER BY b.classification DESC LIMIT 1),
                (SELECT k.name FROM kelurahan k WHERE k.code = f.kelurahan),
                (SELECT o.name FROM opds o WHERE o.code = f.opd), '')
FROM budget_follows f WHERE f.person_id = $1 ORDER BY f.since DESC, f.id DESC LIMIT $2
"""


async def visible_to(actor: Actor) -> list[Mine]:
    """What the actor follows, the newest first: nobody sees what others follow."""
    rows = await fetch(_MINE, [require_signed_in(actor), FOLLOWS_MOST])
    return [Mine(*row) for row in rows]


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
