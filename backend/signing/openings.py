"""Opening an order (of a trip, of a stand-in) before it is signed: drawn for this day and this hand, and noted."""

from datetime import timedelta
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.problems import NotNow
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.signing import actions, intents
from backend.signing.actions import Signatory
from backend.signing.models import Letter
from backend.signing.rules import LetterStatus

DRAWING = Text(
    "Surat sedang disiapkan. Coba lagi sebentar.", "The letter is being drawn. Try again in seconds."
)


async def open_(actor: Actor, key: UUID, letter: Letter, signatory: Signatory | None) -> Letter:
    """A letter that the actor may see; drawn anew first when its draft is of another day, or of another hand than theirs.

    `signatory` is the actor where they may sign it, else None. Raises NotNow("drawing") until it is drawn.
    """
    require_signed_in(actor)
    if letter.status in (LetterStatus.READY, LetterStatus.FAILED):
        other = signatory is not None and not actions.names(letter, signatory)
        if other or letter.date != clock.today():
            letter = await actions.redraw(letter.id, signatory)
    if letter.signed_key is None and letter.draft_key is None:
        raise NotNow("drawing", DRAWING, retry_at=clock.now() + timedelta(seconds=2))
    seen = letter

    async def act() -> UUID:
        if seen.signed_key is None:
            await intents.opened(actor, seen, ahead=False)
        return seen.id

    await once(Command(actor.scope, key, "open_order", [str(letter.id), letter.draft_sha256]), act)
    return letter
