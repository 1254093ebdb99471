"""Who may bring files into the budget: plain questions about an actor."""

from backend.core.actors import Actor
from backend.core.problems import NotAllowed
from backend.core.texts import Text

TREASURY = "BKAD"
NOT_TREASURY = Text(
    "Hanya Badan Keuangan dan Aset Daerah yang memuat anggaran.",
    "Only the Finance and Asset Agency loads the budget.",
)


def require_treasury(actor: Actor) -> None:
    """The command line and those with a post in the finance agency (BKAD); NotAllowed for everyone else."""
    if not actor.is_system and all(post.opd != TREASURY for post in actor.posts):
        raise NotAllowed("not_treasury", NOT_TREASURY)
