"""The minute's round of orders: taken back with the delegation that ended, drawn anew for whoever signs them now."""

from uuid import UUID

from backend.core import clock
from backend.core.reads import fetch
from backend.database import transaction
from backend.delegation.events import SUBJECT
from backend.delegation.policy import MAYOR_LEVEL
from backend.signing import actions as signing
from backend.signing import ending
from backend.signing.ending import By
from backend.signing.models import Letter
from backend.signing.redrawing import Waits, to_who_signs
from backend.signing.rules import LetterStatus

MOST = 200
ENDED = "Pelimpahan ini diakhiri sebelum waktunya."
_UNSIGNED = """
SELECT d.id FROM delegations d JOIN letters l ON l.subject_kind = $1 AND l.subject_id = d.id
WHERE d.signed_at IS NULL AND d.stops_at <= $2 AND l.status IN ('preparing', 'ready', 'failed')
ORDER BY d.id LIMIT $3
"""
# Signed, and the delegation was ended early, or could not come into force any more.
_SIGNED = """
SELECT l.id, coalesce(p.id, l.signer_id), coalesce(p.name, l.signer_name), l.opd
FROM delegations d JOIN letters l ON l.subject_kind = $1 AND l.subject_id = d.id AND l.status = 'issued'
LEFT JOIN people p ON p.id = d.revoked_by
WHERE d.revoked_at IS NOT NULL OR (d.signed_at IS NULL AND d.stops_at <= $2)
ORDER BY l.id LIMIT $3
"""
# Orders of heads that the secretary names stand-ins for; a head's own, and the mayor's, pass to nobody.
_WAITING = """
SELECT l.id, l.opd, d.receiver_id
FROM delegations d JOIN letters l ON l.subject_kind = $1 AND l.subject_id = d.id
WHERE d.signed_at IS NULL AND d.stops_at > $2 AND l.status IN ('preparing', 'ready', 'failed') AND l.opd <> d.opd
  AND NOT EXISTS (SELECT FROM posts_held h WHERE h.person_id = l.signer_id AND h.level = $4)
ORDER BY l.id LIMIT $3
"""


async def settle() -> int:
    """One round; returns how many orders were drawn anew."""
    now = clock.now()
    for (delegation,) in await fetch(_UNSIGNED, [SUBJECT, now, MOST]):
        async with transaction():
            await signing.void(SUBJECT, delegation)
    for letter, person, name, opd in await fetch(_SIGNED, [SUBJECT, now, MOST]):
        await _take_back(letter, By(person, name, opd, ENDED))
    rows = await fetch(_WAITING, [SUBJECT, now, MOST, MAYOR_LEVEL])
    return await to_who_signs([Waits(*r) for r in rows])


async def _take_back(letter_id: UUID, by: By) -> None:
    async with transaction():
        letter = await Letter.filter(id=letter_id).select_for_update().get()
        if letter.status == LetterStatus.ISSUED:
            await ending.revoke(letter, by)
