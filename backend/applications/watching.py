"""What subscribers are told about a case: public facts only, read anew for each event."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.applications.events import SUBJECT
from backend.applications.models import Application
from backend.core.actors import Actor
from backend.core.happened import Happened
from backend.core.ids import read_number
from backend.services import queries as services
from backend.services.definition import State


@dataclass(frozen=True)
class Watched:
    """A case that someone follows, and whether it is their own."""

    id: UUID
    own: bool

    @property
    def topic(self) -> str:
        return f"{SUBJECT}:{self.id}"


@dataclass(frozen=True)
class Told:
    """An event of a case with the words around it. Nobody's name, no answer, no document is in it."""

    number: str
    version: int
    kind: str
    at: datetime
    opd: str
    state: State
    offices: frozenset[str]


async def watched(actor: Actor, text: str) -> Watched | None:
    """The case behind a number, for anyone who holds it, as with `queries.track`."""
    number = read_number(text)
    row = await Application.get_or_none(number=number) if number else None
    if row is None:
        return None
    return Watched(row.id, own=actor.person is not None and row.applicant_id == actor.person)


async def told(happened: Happened) -> Told | None:
    """The event as it is told; None when it is not about a case."""
    if happened.subject_kind != SUBJECT:
        return None
    row = await Application.get_or_none(id=happened.subject_id)
    if row is None:
        return None
    definition = await services.definition(row.service_code, row.service_version)
    return Told(
        number=row.number,
        version=happened.seq,
        kind=happened.kind,
        at=happened.at,
        opd=happened.opd,
        state=definition.state(happened.state),
        offices=happened.offices,
    )
