"""When a signer did not answer: from the first letter that had to wait to the first that was signed again."""

from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from backend.core import clock
from backend.core.ids import uuid7
from backend.signing.attempts import GONE_AFTER
from backend.signing.models import Letter, SignerOutage
from backend.signing.rules import LetterStatus

# One open outage a provider; two workers that find it down together write one row (partial unique index).
_BEGIN = """
INSERT INTO signer_outages (id, provider, began_at, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider) WHERE ended_at IS NULL DO NOTHING
"""
MOST_WAITING = 1000


async def began(provider: str, reason: str) -> SignerOutage:
    """The open outage, begun now unless it was before."""
    await get_connection("default").execute_query(_BEGIN, [uuid7(), provider, clock.now(), reason[:120]])
    return await SignerOutage.filter(provider=provider, ended_at=None).order_by("began_at").first() or (
        await SignerOutage.filter(provider=provider).order_by("-began_at").get()
    )


async def current(provider: str) -> SignerOutage | None:
    """The outage that lasts, if one does."""
    return await SignerOutage.get_or_none(provider=provider, ended_at=None)


async def ended(provider: str) -> SignerOutage | None:
    """The signer answers again: the outage that this ends, None when there was none or another worker was first."""
    outage = await current(provider)
    if outage is None:
        return None
    now: datetime = clock.now()
    changed = await SignerOutage.filter(id=outage.id, ended_at=None).update(ended_at=now)
    outage.ended_at = now
    return outage if changed else None


async def waiting() -> list[Letter]:
    """Letters that are decided and not signed, in the order of decision."""
    return await Letter.filter(status=LetterStatus.SIGNING).order_by("requested_at", "id").limit(MOST_WAITING)


_BEHIND = """
SELECT 1 FROM letters mine JOIN letters l ON l.status = 'signing' AND (l.requested_at, l.id) < (mine.requested_at, mine.id)
JOIN signing_attempts a ON a.letter_id = l.id AND a.draft_sha256 = l.draft_sha256 AND a.at > $2
WHERE mine.id = $1 LIMIT 1
"""


async def is_behind(letter: UUID) -> bool:
    """A letter that was decided earlier is being tried: this one waits its turn. One that nobody tries holds no one up."""
    given = [letter, clock.now() - GONE_AFTER]
    return bool(await get_connection("default").execute_query_dict(_BEHIND, given))
