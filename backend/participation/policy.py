"""Who may answer and hide questions, and who moves a proposal; plain questions about an actor."""

from uuid import UUID

from backend.core.actors import Actor, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text
from backend.participation.rules import Forum, ProposalState, is_back

INSPECTORATE, PLANNING = "INSPEKTORAT", "BAPPEDA"
NOT_YOUR_OFFICE = Text("Ini untuk petugas dinas yang bersangkutan.", "This is for staff of that department.")
NOT_YOURS = Text("Hanya penanyanya yang bisa bertanya lagi di sini.", "Only who asked can ask again here.")
NOT_PLANNING = Text(
    "Langkah mundur hanya oleh Badan Perencanaan Pembangunan Daerah.",
    "Only the planning agency takes a step back.",
)


def works_in(actor: Actor, *offices: str) -> bool:
    """The actor holds a post, not one that rests, in one of the offices."""
    return any(p.opd in offices and p.role is not StaffRole.AWAY for p in actor.posts)


def require_answer(actor: Actor, opd: str) -> None:
    """Staff of the OPD that was asked; NotAllowed for everyone else."""
    if not works_in(actor, opd):
        raise NotAllowed("not_your_office", NOT_YOUR_OFFICE)


def require_asker(actor: Actor, asker: UUID) -> None:
    """Whoever asked; NotAllowed for everyone else, who may ask a question of their own."""
    if actor.person != asker:
        raise NotAllowed("not_yours", NOT_YOURS)


def may_hide(actor: Actor, opd: str) -> bool:
    """The OPD that was asked and the inspectorate."""
    return works_in(actor, opd, INSPECTORATE)


def require_hide(actor: Actor, opd: str) -> None:
    """NotAllowed for everyone but those who may hide a question."""
    if not may_hide(actor, opd):
        raise NotAllowed("not_your_office", NOT_YOUR_OFFICE)


def may_move(actor: Actor, state: ProposalState, office: str, opd: str) -> bool:
    """The kecamatan decides on what is proposed; the planning agency on everything; the OPD that does it, on the doing."""
    if works_in(actor, PLANNING):
        return True
    if state is ProposalState.PROPOSED:
        return works_in(actor, office)
    return bool(opd) and works_in(actor, opd)


def require_move(actor: Actor, state: ProposalState, to: ProposalState, office: str, opd: str) -> None:
    """NotAllowed for whom a step is not theirs; a step back is the planning agency's alone."""
    if is_back(state, to) and not works_in(actor, PLANNING):
        raise NotAllowed("not_planning", NOT_PLANNING)
    if not may_move(actor, state, office, opd):
        raise NotAllowed("not_your_office", NOT_YOUR_OFFICE)


def require_forum(actor: Actor, forum: Forum, office: str) -> None:
    """Everybody proposes for themself; what a meeting decided is brought by its kecamatan or the planning agency."""
    if forum is not Forum.RESIDENT and not works_in(actor, office, PLANNING):
        raise NotAllowed("not_your_office", NOT_YOUR_OFFICE)
