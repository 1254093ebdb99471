"""What a letter on its way to the signature does to its delegation: it counts, or waits for another try."""

from backend.core.actors import SYSTEM
from backend.delegation import actions
from backend.delegation.events import DelegationKind
from backend.delegation.models import Delegation
from backend.signing.models import Letter, SignerOutage


class DelegationLetters:
    """The delegations of the letters that the worker signs (`signing.desk.Subject`)."""

    async def issued(self, letter: Letter) -> None:
        """From now on the delegation counts; one that was ended meanwhile has its order taken back (settling)."""
        row = await Delegation.filter(id=letter.subject_id).select_for_update().get()
        await actions.come_into_force(SYSTEM, row, letter.number, letter.date)

    async def refused(self, letter: Letter, reason: str) -> None:
        """The order is back with who names the stand-in."""
        row = await Delegation.filter(id=letter.subject_id).select_for_update().get()
        await actions.step(SYSTEM, row, DelegationKind.SIGN_FAILED, problem=reason)

    async def waits(self, letter: Letter, outage: SignerOutage) -> None:
        """A delegation has no promise that could pause."""

    async def goes_on(self, letter: Letter, outage: SignerOutage) -> None:
        """Nothing was paused."""
