"""The minute's round of who may sign: hand over what began or ended, and see that no office is without a signer.

Each step is a transaction of its own and does again what was missed, so a round that failed costs a minute, and two
workers at once do nothing twice.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from uuid import UUID

from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.reads import fetch
from backend.database import transaction
from backend.delegation import queries
from backend.delegation.actions import facts
from backend.delegation.events import ABSENCE, GAP, SUBJECT, AbsenceKind, DelegationKind, GapKind
from backend.delegation.models import Absence, Delegation, SignerGap

MOST = 200


# The numbers of the cases whose letters wait in an office, the most pressing first.
Waiting = Callable[[str], Awaitable[list[str]]]


_BEGAN = "SELECT id FROM delegations WHERE begun_at IS NULL AND signed_at IS NOT NULL AND starts_at <= $1"
_OVER = "SELECT id FROM delegations WHERE over_at IS NULL AND signed_at IS NOT NULL AND stops_at <= $1"


async def turn(waiting: Waiting) -> list[str]:
    """Record every delegation that began or ended since the last round; returns the offices it concerns."""
    now = clock.now()
    began = await _ids(_BEGAN, now)
    over = await _ids(_OVER, now)
    offices = [await _began(i, now, waiting) for i in began] + [await _over(i, now, waiting) for i in over]
    return sorted({o for o in offices if o})


async def _ids(sql: str, now: datetime) -> list[UUID]:
    return [row[0] for row in await fetch(f"{sql} ORDER BY starts_at, id LIMIT $2", [now, MOST])]


async def _began(delegation: UUID, now: datetime, waiting: Waiting) -> str:
    async with transaction():
        row = await Delegation.filter(id=delegation, begun_at=None).select_for_update().get_or_none()
        if row is None:
            return ""
        row.begun_at = now
        row.version += 1
        await row.save()
        if row.stops_at > now:
            await _tell(row, DelegationKind.BEGAN, await waiting(row.opd))
        return str(row.opd)


async def _over(delegation: UUID, now: datetime, waiting: Waiting) -> str:
    async with transaction():
        row = await Delegation.filter(id=delegation, over_at=None).select_for_update().get_or_none()
        if row is None:
            return ""
        row.over_at = now
        row.version += 1
        await row.save()
        await _tell(row, DelegationKind.OVER, await waiting(row.opd))
        return str(row.opd)


async def _tell(row: Delegation, kind: DelegationKind, waiting: list[str]) -> None:
    data = facts(row) | {"waiting": len(waiting), "number": waiting[0] if waiting else ""}
    await record(Event(kind, SUBJECT, row.id, row.version, data), SYSTEM)


async def absences_began() -> int:
    """Tell of every absence of an official that has begun; returns how many."""
    now = clock.now()
    found = await fetch(
        "SELECT a.id FROM absences a WHERE a.starts_at <= $1 AND $1 < a.stops_at AND NOT EXISTS ("
        " SELECT 1 FROM recorded_events e WHERE e.subject_kind = $2 AND e.subject_id = a.id AND e.kind = $3)"
        " ORDER BY a.starts_at LIMIT $4",
        [now, ABSENCE, AbsenceKind.BEGAN.value, MOST],
    )
    for row in found:
        async with transaction():
            absence = await Absence.filter(id=row[0]).select_for_update().get()
            absence.version += 1
            await absence.save()
            data = {"kind": absence.kind, "ends": absence.stops_at.isoformat()}
            await record(
                Event(AbsenceKind.BEGAN, ABSENCE, absence.id, absence.version, data), SYSTEM, silent=True
            )
    return len(found)


_OFFICES = """
SELECT opd FROM posts_held UNION SELECT s.opd FROM services s JOIN opds o ON o.code = s.opd ORDER BY opd LIMIT 200
"""


async def see_to_gaps() -> list[str]:
    """Open a gap for each office where nobody can sign, close those that have a signer again; returns the open ones.

    An office counts once anybody held a post in it, or when it answers for a service: one that never had a head
    lacks a signer as well. A gap is told to the regional secretary when it opens.
    """
    now = clock.now()
    offices = [r[0] for r in await fetch(_OFFICES, [])]
    signers = await queries.signers_of(offices, now)
    without = {opd for opd in offices if not any(s.whole for s in signers[opd])}
    known = {
        r[0]: r[1] for r in await fetch("SELECT opd, id FROM signer_gaps WHERE until IS NULL LIMIT 200", [])
    }
    await _open(without - known.keys(), now)
    for opd in sorted(known.keys() - without):
        await _close(known[opd], now)
    return sorted(without)


async def _open(opds: Iterable[str], now: datetime) -> None:
    for opd in sorted(opds):
        async with transaction() as tx:
            # The unique index on open gaps lets only one of two workers tell.
            rows = await tx.execute_query_dict(
                "INSERT INTO signer_gaps (id, opd, since) VALUES ($1, $2, $3)"
                " ON CONFLICT (opd) WHERE until IS NULL DO NOTHING RETURNING id",
                [uuid7(), opd, now],
            )
            for row in rows:
                await record(Event(GapKind.OPENED, GAP, row["id"], 1, {"opd": opd}), SYSTEM)


async def _close(gap: UUID, now: datetime) -> None:
    async with transaction():
        row = await SignerGap.filter(id=gap, until=None).select_for_update().get_or_none()
        if row is not None:
            row.until = now
            await row.save()
            await record(Event(GapKind.CLOSED, GAP, row.id, 2, {"opd": row.opd}), SYSTEM)
