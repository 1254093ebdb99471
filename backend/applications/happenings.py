"""Recording what happened to a case: every kind of event says the same facts of it."""

from collections.abc import Mapping
from datetime import datetime

from backend.applications.events import SUBJECT, Kind
from backend.applications.models import Application
from backend.core.actors import Actor
from backend.core.events import Event
from backend.core.outbox import record


async def happened(
    actor: Actor,
    case: Application,
    kind: Kind,
    data: Mapping[str, object],
    *,
    office: str = "",
    role: str = "",
) -> None:
    """Record an event of the version that the case has now, in the caller's transaction."""
    common = {"number": case.number, "service": case.service_code, "state": case.state, "opd": case.opd}
    event = Event(kind, SUBJECT, case.id, case.version, {**common, **data})
    await record(event, actor, office=office, role=role)


def iso(moment: datetime | None) -> str | None:
    """A moment as events keep it."""
    return moment.isoformat() if moment else None
