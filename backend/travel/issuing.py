"""What a letter on its way to the signature does to its trip: ordered, or back for another try."""

from backend.core.actors import SYSTEM
from backend.signing.models import Letter, SignerOutage
from backend.travel import actions
from backend.travel.events import SUBJECT, TripKind
from backend.travel.models import Trip
from backend.travel.rules import State


class TripLetters:
    """The trips of the letters that the worker signs (`signing.desk.Subject`). The sheet follows its order."""

    async def issued(self, letter: Letter) -> None:
        """The order is out: the trip may begin."""
        if letter.subject_kind == SUBJECT:
            trip = await Trip.filter(id=letter.subject_id).select_for_update().get()
            await actions.land(SYSTEM, trip, State.ORDERED, TripKind.ORDERED, letter=letter.number)

    async def refused(self, letter: Letter, reason: str) -> None:
        """The letter is back with who approved."""
        if letter.subject_kind == SUBJECT:
            trip = await Trip.filter(id=letter.subject_id).select_for_update().get()
            await actions.land(SYSTEM, trip, State.APPROVED, TripKind.SIGN_FAILED, problem=reason)

    async def waits(self, letter: Letter, outage: SignerOutage) -> None:
        """A trip has no promise that could pause."""

    async def goes_on(self, letter: Letter, outage: SignerOutage) -> None:
        """Nothing was paused."""
