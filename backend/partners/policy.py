"""Who may register apps, and what an app may ask for."""

from collections.abc import Iterable

from backend.core.actors import Actor
from backend.core.problems import NotAllowed
from backend.core.texts import Text

OPERATOR = Text("Hanya untuk pengelola sistem.", "For operators of the system only.")


def require_operator(actor: Actor) -> None:
    """Registering is done on the server's command line; the portal comes later."""
    if not actor.is_system:
        raise NotAllowed("operator_only", OPERATOR)


def lacking(actor: Actor, needed: Iterable[str]) -> list[str]:
    """The scopes that this actor lacks, sorted; people and nobody are not limited by scopes."""
    if actor.scopes is None:
        return []
    return sorted(set(needed) - actor.scopes)
