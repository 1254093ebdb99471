"""The ladder of a letter that waits: after so many working hours its head, the deputy, the secretary, the mayor.

Working hours are those of the office hours table, holidays and breaks left out. Each rung is recorded once for each
wait, with its minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.applications.ladder_rules import RUNGS, due
from backend.core import clock
from backend.core.actors import SYSTEM, Capacity
from backend.core.calendar import UnknownYearError, WorkCalendar
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.reads import fetch
from backend.database import transaction
from backend.delegation import queries as delegation
from backend.delegation import standing_in
from backend.delegation.events import LADDER, LadderKind
from backend.services import queries as services
from backend.settings import LadderTimes

MOST = 500
# The wait of a letter begins with the event that brought its case to the signer; that it waits for the head in person
# is all that may be recorded meanwhile.
_WAITS = """
SELECT a.id, a.number, a.opd, a.service_code, e.at,
       coalesce((SELECT max(r.rung) FROM ladder_rungs r WHERE r.subject_id = a.id AND r.waiting_since = e.at), 0)
FROM applications a CROSS JOIN LATERAL (
    SELECT r.at FROM recorded_events r WHERE r.subject_kind = 'application' AND r.subject_id = a.id
      AND r.kind <> 'application_waits_for_head' ORDER BY r.seq DESC LIMIT 1) e
WHERE a.state_kind = 'waiting_signer' AND a.closed_at IS NULL
ORDER BY e.at, a.id LIMIT $1
"""


@dataclass(frozen=True)
class Wait:
    """A case whose letter waits since a moment, and the rung it stands on."""

    case: UUID
    number: str
    opd: str
    service: str
    since: datetime
    rung: int


async def climb(times: LadderTimes) -> int:
    """Let every waiting letter climb to the rung of its working hours; returns how many rungs that were."""
    waits = [Wait(*r) for r in await fetch(_WAITS, [MOST])]
    if not waits:
        return 0
    calendar, now = await services.calendar(), clock.now()
    climbed = 0
    for wait in waits:
        for rung in _due(wait, calendar, now, times):
            climbed += await _step(wait, rung, now)
    return climbed


def _due(wait: Wait, calendar: WorkCalendar, now: datetime, times: LadderTimes) -> Sequence[int]:
    try:
        waited = calendar.office_minutes_between(wait.since, now)
    except UnknownYearError:
        return ()
    return due(waited, wait.rung, times.minutes)


async def _step(wait: Wait, rung: int, now: datetime) -> int:
    async with transaction() as tx:
        made = await tx.execute_query_dict(
            "INSERT INTO ladder_rungs (id, subject_id, waiting_since, rung, at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [uuid7(), wait.case, wait.since, rung, now],
        )
        if not made:
            return 0
        steps = await fetch("SELECT count(*) FROM ladder_rungs WHERE subject_id = $1", [wait.case])
        data: dict[str, object] = {
            "number": wait.number,
            "service": wait.service,
            "opd": wait.opd,
            "since": wait.since.isoformat(),
            "minute": now.astimezone(clock.CITY_ZONE).strftime("%Y-%m-%d %H:%M"),
        }
        kind = RUNGS[rung]
        if kind is LadderKind.STAND_IN:
            data["receiver"] = await _deputy_may(wait, now)
        await record(Event(kind, LADDER, wait.case, steps[0][0], data), SYSTEM)
    return 1


async def _deputy_may(wait: Wait, now: datetime) -> str:
    """Give the deputy the right to sign a.n., until the end of the next working day; "" where somebody else may already."""
    signers = (await delegation.signers_of((wait.opd,), now))[wait.opd]
    if any(s.post.capacity is not Capacity.DEFINITIVE and not s.away for s in signers):
        return ""
    calendar = await services.calendar()
    today = now.astimezone(clock.CITY_ZONE).date()
    until = calendar.end_of_day(calendar.add_working_days(today, 1))
    return await standing_in.deputy(wait.opd, now, max(until, now + timedelta(hours=1)))
