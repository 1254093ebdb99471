"""Letters that only the holder of a post signs (UU 30/2014 art. 14(7)) and that wait while a stand-in is there: said aloud."""

from dataclasses import dataclass
from uuid import UUID

from backend.applications import paperwork
from backend.applications.events import SUBJECT, Kind
from backend.applications.happenings import happened, iso
from backend.applications.models import Application
from backend.core.actors import SYSTEM
from backend.core.reads import fetch
from backend.database import transaction
from backend.delegation import queries as delegation
from backend.services import queries as services

MOST = 500
# Waiting letters that no stand-in may sign, and whether that was said since the case came to the signer.
_WAITING = """
SELECT a.id, a.opd, a.service_code, a.service_version,
       EXISTS (SELECT FROM recorded_events e WHERE e.subject_kind = $1 AND e.subject_id = a.id AND e.kind = $2
               AND e.seq > (SELECT max(x.seq) FROM recorded_events x
                            WHERE x.subject_kind = $1 AND x.subject_id = a.id AND x.kind <> $2))
FROM applications a JOIN letters l ON l.subject_kind = $1 AND l.subject_id = a.id AND l.strategic
WHERE a.state_kind = 'waiting_signer' AND a.closed_at IS NULL ORDER BY a.order_at, a.id LIMIT $3
"""


@dataclass(frozen=True)
class HeldUp:
    """A case that waits for the head in person; `told` when those concerned were told."""

    case: UUID
    opd: str
    service_code: str
    service_version: int
    told: bool


async def held_up() -> list[HeldUp]:
    """Every case whose letter nobody who is there may sign, the most pressing first, at most 500."""
    rows = [HeldUp(*r) for r in await fetch(_WAITING, [SUBJECT, Kind.WAITS_FOR_HEAD.value, MOST])]
    if not rows:
        return []
    signers = await delegation.signers_of({r.opd for r in rows})
    await services.at_hand(rows)
    return [
        r
        for r in rows
        if not any(
            paperwork.may_sign(s.post, services.definition_of(r)) for s in signers[r.opd] if not s.away
        )
    ]


async def tell() -> int:
    """Say it once for each wait: to the resident, the officers and the regional secretary. Draws nothing, returns 0."""
    for row in await held_up():
        if not row.told:
            await _tell(row)
    return 0


async def _tell(row: HeldUp) -> None:
    matter = services.definition_of(row).product.letter.strategic
    async with transaction():
        case = await Application.filter(id=row.case).select_for_update().get()
        if case.state_kind == "waiting_signer" and case.closed_at is None:
            case.version += 1
            await case.save()
            said = {"matter": matter, "due": iso(case.due_at)}
            await happened(SYSTEM, case, Kind.WAITS_FOR_HEAD, said)
