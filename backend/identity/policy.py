"""Who may do what with people and sessions."""

from uuid import UUID

from backend.core.actors import Actor
from backend.core.problems import NotAllowed
from backend.core.texts import Text

SIGN_IN = Text("Masuk dulu dengan nomor HP Anda.", "Sign in with your phone number first.")


def require_signed_in(actor: Actor) -> UUID:
    """The person's id, or NotAllowed."""
    if actor.person is None:
        raise NotAllowed("sign_in", SIGN_IN)
    return actor.person
