"""Who says how far the work is: plain questions about an actor."""

from backend.core.actors import Actor, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text

NOT_YOUR_OFFICE = Text("Ini untuk petugas dinas yang bersangkutan.", "This is for staff of that department.")


def may_record(actor: Actor, opd: str) -> bool:
    """The actor holds a post, not one that rests, in the OPD whose sub-activity it is."""
    return any(post.opd == opd and post.role is not StaffRole.AWAY for post in actor.posts)


def require_record(actor: Actor, opd: str) -> None:
    """NotAllowed for everyone else."""
    if not may_record(actor, opd):
        raise NotAllowed("not_your_office", NOT_YOUR_OFFICE)
