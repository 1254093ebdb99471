"""What was asked of a signer, written down before it is asked: a retry never signs the same draft twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection

from backend.core import clock
from backend.core.ids import uuid7
from backend.signing.models import SigningAttempt
from backend.signing.signer import OutcomeUnknown, Signer, SignerRefused, SignerUnavailable, SigningAct

# Longer than any call to a provider: whoever asked and has not written down an answer by then is gone.
GONE_AFTER = timedelta(minutes=3)

# A new decision may ask again; the same one only where it surely was not signed, or to fetch what was made.
_CLAIM = """
INSERT INTO signing_attempts
    (id, letter_id, draft_sha256, provider, state, reference, signed_sha256, decided_at, tries, at)
VALUES ($1, $2, $3, $4, 'asked', '', '', $5, 1, $6)
ON CONFLICT (letter_id, draft_sha256) DO UPDATE
SET state = 'asked', provider = EXCLUDED.provider, decided_at = EXCLUDED.decided_at, at = EXCLUDED.at,
    tries = signing_attempts.tries + 1,
    reference = CASE WHEN signing_attempts.provider = EXCLUDED.provider THEN signing_attempts.reference ELSE '' END
WHERE signing_attempts.state = 'free' OR signing_attempts.decided_at < EXCLUDED.decided_at
   OR (signing_attempts.state = 'unknown' AND signing_attempts.reference <> '')
RETURNING reference
"""


@dataclass(frozen=True)
class Claim:
    """What an earlier try of the same decision left: a file that is `kept` (its SHA-256), or one to be fetched."""

    reference: str = ""
    kept: str = ""


async def claim(letter: UUID, draft: str, provider: str, decided: datetime) -> Claim:
    """Write down that this draft goes to the signer now, unless an earlier try of the decision was signed.

    SignerUnavailable while another worker is at it; SignerRefused("outcome_unknown") when nobody can tell any more
    whether this decision was signed: the head decides again, knowingly.
    """
    given = [uuid7(), letter, draft, provider, decided, clock.now()]
    rows = await get_connection("default").execute_query_dict(_CLAIM, given)
    if rows:
        return Claim(reference=rows[0]["reference"])
    row = await SigningAttempt.get(letter_id=letter, draft_sha256=draft)
    if row.state == "signed":
        return Claim(kept=row.signed_sha256)
    if row.state == "asked" and row.at > clock.now() - GONE_AFTER:
        raise SignerUnavailable("another worker asks")
    raise SignerRefused("outcome_unknown")


async def note(act: SigningAct, state: str, **given: str) -> None:
    """Write down how it went; `given` are the columns reference or signed_sha256."""
    row = SigningAttempt.filter(letter_id=act.letter_id, draft_sha256=act.document_sha256)
    await row.update(state=state, **given)


async def ask(signer: Signer, pdf: bytes, act: SigningAct) -> bytes:
    """Let the signer sign; a failure is written down, and who keeps the file notes that it is signed."""
    try:
        return await signer.sign(pdf, act)
    except OutcomeUnknown as lost:
        # With a local key nothing leaves the process before it is kept: asking again makes no second letter.
        await note(act, "unknown" if signer.remote else "free", reference=lost.reference)
        raise
    except (SignerUnavailable, SignerRefused):
        # What may be fetched under a reference is still there.
        await note(act, "unknown" if act.reference else "free")
        raise
