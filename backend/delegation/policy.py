"""Who may name a stand-in, end one, or record that somebody is away."""

from uuid import UUID

from backend.core.actors import Actor, Capacity, Post, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text

SECRETARIAT = "SETDA"
MAYOR_LEVEL = 1
NOT_YOURS = Text(
    "Pengganti ditunjuk kepala dinas sendiri, Sekretaris Daerah, atau Wali Kota.",
    "A stand-in is named by the head, the regional secretary, or the mayor.",
)
ONLY_SECRETARY = Text(
    "Plt. dan pj. hanya ditunjuk Sekretaris Daerah atau Wali Kota.",
    "Only the regional secretary or the mayor names a plt or pj.",
)


def is_secretary(actor: Actor) -> bool:
    """The regional secretary (Sekretaris Daerah), or who stands in for them."""
    return actor.post(StaffRole.HEAD, SECRETARIAT) is not None


def is_mayor(actor: Actor) -> bool:
    return any(p.level == MAYOR_LEVEL for p in actor.posts)


def own_head_post(actor: Actor, opd: str) -> Post | None:
    """The post of head that this person holds definitively: a stand-in does not pass the post on."""
    return next(
        (
            p
            for p in actor.posts
            if p.role is StaffRole.HEAD and p.opd == opd and p.capacity is Capacity.DEFINITIVE
        ),
        None,
    )


def may_grant(actor: Actor, kind: Capacity, opd: str, holder: UUID | None) -> bool:
    """The mayor anywhere; the secretary for every head; a head a.n., u.b. and plh for the own post."""
    if is_mayor(actor):
        return True
    if is_secretary(actor) and opd != SECRETARIAT:
        return True
    own = actor.person is not None and actor.person == holder
    return own and kind in (Capacity.AN, Capacity.UB, Capacity.PLH)


def require_grant(actor: Actor, kind: Capacity, opd: str, holder: UUID | None) -> None:
    """NotAllowed for everyone else."""
    if may_grant(actor, kind, opd, holder):
        return
    if actor.person is not None and actor.person == holder:
        raise NotAllowed("only_secretary", ONLY_SECRETARY)
    raise NotAllowed("not_yours", NOT_YOURS)


def may_see(actor: Actor, opd: str, giver: UUID | None, receiver: UUID) -> bool:
    """Those it names, the department's people, the secretary and the mayor."""
    if actor.is_system or is_secretary(actor) or is_mayor(actor):
        return True
    return actor.person in (giver, receiver) or any(p.opd == opd for p in actor.posts)
