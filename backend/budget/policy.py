"""Who may bring files into the budget: plain questions about an actor."""

from backend.core.actors import Actor
from backend.core.problems import NotAllowed
from backend.core.texts import Text

TREASURY = "BKAD"
NOT_TREASURY = Text(
    "Hanya Badan Keuangan dan Aset Daerah yang memuat anggaran.",
    "Only the Finance and Asset Agency loads the budget.",
)


def is_treasury(actor: Actor) -> bool:
    """The command line and those with a post in the finance agency (BKAD)."""
    return actor.is_system or any(post.opd == TREASURY for post in actor.posts)


def require_treasury(actor: Actor) -> None:
    """NotAllowed for everyone who is not of the treasury."""
    if not is_treasury(actor):
        raise NotAllowed("not_treasury", NOT_TREASURY)
