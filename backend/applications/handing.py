"""The worker's minute: queues pass to stand-ins and back, and letters that wait too long climb the ladder."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import structlog

from backend.applications import ladder, paperwork
from backend.core.problems import Conflict, NotNow
from backend.core.reads import fetch
from backend.delegation import handing
from backend.delegation import queries as delegation
from backend.delegation.queries import Signing
from backend.services import queries as services
from backend.settings import LadderTimes
from backend.signing import actions as signing

log = structlog.get_logger()
Done = TypeVar("Done")
LETTERS_MOST = 500


@dataclass(frozen=True)
class Round:
    """What one minute did: offices handed over, letters drawn anew, offices without a signer, rungs climbed."""

    handed: list[str]
    redrawn: int
    without: list[str]
    rungs: int


# What else the minute does to letters that wait: the step's name, and how many it drew anew.
Also = Mapping[str, Callable[[], Awaitable[int]]]


async def hand_over(times: LadderTimes, also: Also) -> Round:
    """One round; each step stands alone: a fault in one is logged and keeps no other from its work."""
    handed = await _alone("handing", handing.turn(waiting_in), [])
    await _alone("absences", handing.absences_began(), 0)
    without = await _alone("gaps", handing.see_to_gaps(), [])
    redrawn = await _alone("redrawing", redraw_waiting(), 0)
    for step, work in also.items():
        redrawn += await _alone(step, work(), 0)
    rungs = await _alone("ladder", ladder.climb(times), 0)
    return Round(handed, redrawn, without, rungs)


async def _alone(step: str, work: Awaitable[Done], otherwise: Done) -> Done:
    try:
        return await work
    except Exception:  # whatever it is, letters must still climb and gaps be told
        log.exception("a step of the minute's round failed", step=step)
        return otherwise


async def waiting_in(opd: str) -> list[str]:
    """The numbers of the cases whose letters wait in an office, the most pressing first, at most 50."""
    rows = await fetch(
        "SELECT number FROM applications WHERE opd = $1 AND state_kind = 'waiting_signer'"
        " AND closed_at IS NULL ORDER BY order_at, id LIMIT 50",
        [opd],
    )
    return [str(r[0]) for r in rows]


_WAITING = """
SELECT l.id, a.opd, l.signer_id, l.capacity, l.delegation_id, a.service_code, a.service_version
FROM applications a JOIN letters l ON l.subject_id = a.id AND l.subject_kind = 'application'
WHERE a.state_kind = 'waiting_signer' AND a.closed_at IS NULL AND l.status IN ('preparing', 'ready', 'failed')
ORDER BY a.order_at, a.id LIMIT $1
"""


@dataclass(frozen=True)
class _Waiting:
    """A letter that waits, and who it says will sign."""

    letter: UUID
    opd: str
    signer: UUID
    capacity: str
    delegation: UUID | None
    service_code: str
    service_version: int


async def redraw_waiting() -> int:
    """Draw every waiting letter anew that names somebody who may not sign it now; returns how many.

    One that names somebody who may is left alone, also where another could: who opens a letter has it drawn for them.
    """
    rows = [_Waiting(*r) for r in await fetch(_WAITING, [LETTERS_MOST])]
    if not rows:
        return 0
    signers = await delegation.signers_of({r.opd for r in rows})
    await services.at_hand(rows)
    stale = [r for r in rows if not _may(r, signers)]
    return sum([await _redraw(r) for r in stale])


def _may(row: _Waiting, signers: Mapping[str, list[Signing]]) -> bool:
    named = (row.signer, row.capacity, row.delegation)
    definition = services.definition_of(row)
    return any(
        (s.person, s.post.capacity, s.post.delegation) == named and paperwork.may_sign(s.post, definition)
        for s in signers[row.opd]
        if not s.away
    )


async def _redraw(row: _Waiting) -> bool:
    try:
        who = await paperwork.signatory(row.opd, services.definition_of(row))
        if (who.person, who.capacity, who.delegation) == (row.signer, row.capacity, row.delegation):
            return False
        await signing.redraw(row.letter, who)
    except (NotNow, Conflict):
        # Nobody can sign (the gap is told), or the letter moved on meanwhile.
        return False
    return True
