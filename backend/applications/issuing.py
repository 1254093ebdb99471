"""What a letter on its way to the signature does to its case: issued, refused, or waiting for a signer that is away."""

from backend.applications import heads, pauses
from backend.core.actors import SYSTEM
from backend.signing.models import Letter, SignerOutage


class CaseLetters:
    """The cases of the letters that the worker signs (`signing.desk.Subject`)."""

    async def issued(self, letter: Letter) -> None:
        """The case is done; a pause that was left open ends with it."""
        await pauses.go_on(letter.subject_id)
        await heads.issue(SYSTEM, letter.subject_id)

    async def refused(self, letter: Letter, reason: str) -> None:
        """The letter is back with the head; the wait for the signer is over."""
        await pauses.go_on(letter.subject_id)
        await heads.sign_failed(SYSTEM, letter.subject_id, reason)

    async def waits(self, letter: Letter, outage: SignerOutage) -> None:
        """The promise of the case pauses from when both the decision and the outage were there."""
        since = max(outage.began_at, letter.requested_at or outage.began_at)
        await pauses.wait(letter.subject_id, since)

    async def goes_on(self, letter: Letter, outage: SignerOutage) -> None:
        """The promise runs on, moved by exactly the wait."""
        await pauses.go_on(letter.subject_id)
