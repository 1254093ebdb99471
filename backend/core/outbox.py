"""Recording: one event in the transaction of the act, and the job that will announce it."""

from uuid import UUID

from backend.core import clock, jobs
from backend.core.actors import Actor, StaffRole
from backend.core.events import Event
from backend.core.models import RecordedEvent

ANNOUNCE = "announce"


async def record(
    event: Event, actor: Actor, *, office: str = "", silent: bool = False, role: str = ""
) -> RecordedEvent:
    """Append the event and, unless it is silent, enqueue its announcement.

    `office` is the OPD code in whose name staff act, `role` what the actor is when that does not say it. A second
    event with the same subject and seq violates a unique index and rolls the act back: two writers cannot both be
    version n.
    """
    row = await RecordedEvent.create(
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        seq=event.seq,
        kind=event.kind,
        at=clock.now(),
        actor_id=actor.person,
        actor_role=role or _role(actor, office),
        actor_office=office,
        data=dict(event.data),
    )
    if not silent:
        await jobs.enqueue(ANNOUNCE, {"event": row.id})
    return row


async def next_seq(subject_kind: str, subject_id: UUID) -> int:
    """The number of a subject's next event. Who holds the subject's row locked is alone with it."""
    found = (
        await RecordedEvent.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-seq").first()
    )
    return found.seq + 1 if found else 1


def _role(actor: Actor, office: str) -> str:
    if actor.is_system:
        return "system"
    if office and actor.post(StaffRole.HEAD, office):
        return "head"
    return "officer" if office else "resident"
