"""Stretches in which a case's promise stands still: while the resident mends, and while the signer is away."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from backend.applications import promise, queries
from backend.applications.events import Kind
from backend.applications.happenings import happened, iso
from backend.applications.models import Application, CasePause, CaseReturn
from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.ids import uuid7
from backend.services import queries as services


async def of_case(case_id: UUID) -> list[promise.Pause]:
    """Every pause of a case, whatever the reason."""
    returns = await CaseReturn.filter(application_id=case_id)
    waits = await CasePause.filter(application_id=case_id)
    return promise.pauses_of([(r.at, r.answered_at) for r in returns] + [(w.since, w.until) for w in waits])


async def wait(case_id: UUID, since: datetime) -> None:
    """The signer is away: the clock stands still from `since`; nothing when it stands still already."""
    case = await queries.lock(SYSTEM, case_id)
    if await CasePause.filter(application_id=case_id, until=None).exists():
        return
    await CasePause.create(id=uuid7(), application_id=case_id, since=since)
    await _tell(case, Kind.SIGNER_AWAY, {"since": since.isoformat()})


async def go_on(case_id: UUID) -> None:
    """The signer answered: the clock runs on, moved by what the wait cost in the promise's own unit."""
    case = await queries.lock(SYSTEM, case_id)
    waits = await CasePause.filter(application_id=case_id, until=None)
    if not waits:
        return
    now, calendar = clock.now(), await services.calendar()
    definition = await services.definition(case.service_code, case.service_version)
    cost = 0
    for row in waits:
        row.until = now
        row.cost = cost = promise.pause_cost(
            definition.promise.unit, promise.Pause(row.since, now), calendar, now
        )
        await row.save()
    before = case.due_at
    case.due_at = promise.due_at(definition.promise, case.submitted_at, await of_case(case_id), calendar, now)
    case.order_at = case.due_at or queries.NO_PROMISE
    said = {"cost": cost, "due_before": iso(before), "due": iso(case.due_at)}
    await _tell(case, Kind.SIGNER_BACK, said)


async def _tell(case: Application, kind: Kind, data: Mapping[str, object]) -> None:
    case.version += 1
    await case.save()
    await happened(SYSTEM, case, kind, data)
