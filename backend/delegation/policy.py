"""Who may name a stand-in, end one, or record that somebody is away."""

from uuid import UUID

from backend.core.actors import Actor, Capacity, Post, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text

SECRETARIAT = "SETDA"
MAYOR_LEVEL = 1
# What a head may pass on by their own hand; plt and pj fill a vacant post.
OWN_KINDS = (Capacity.AN, Capacity.UB, Capacity.PLH)
FILLS_POST = (Capacity.PLT, Capacity.PJ)
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


def granting_post(actor: Actor, kind: Capacity, opd: str, holder: UUID | None) -> Post | None:
    """The post in which the actor names a stand-in, and signs the order: as holder of the post themself (a.n., u.b.
    and plh), as the regional secretary for every other head, as the mayor anywhere."""
    if actor.person is not None and actor.person == holder and kind in OWN_KINDS:
        own = [p for p in actor.posts if p.opd == opd and p.capacity is Capacity.DEFINITIVE]
        return next((p for p in own if p.role in (StaffRole.HEAD, StaffRole.AWAY)), None)
    above = [
        p for p in actor.posts if p.role is StaffRole.HEAD and p.opd == SECRETARIAT and opd != SECRETARIAT
    ]
    whole = [p for p in above if p.services is None and p.most is None]
    if kind in FILLS_POST:
        whole = [p for p in whole if p.capacity is Capacity.DEFINITIVE]
    return next((p for p in (*whole, *actor.posts) if p in whole or p.level == MAYOR_LEVEL), None)


def may_grant(actor: Actor, kind: Capacity, opd: str, holder: UUID | None) -> bool:
    """The actor may name such a stand-in for this office."""
    return granting_post(actor, kind, opd, holder) is not None


def require_grant(actor: Actor, kind: Capacity, opd: str, holder: UUID | None) -> Post:
    """The post in which the actor may; NotAllowed for everyone else."""
    post = granting_post(actor, kind, opd, holder)
    if post is not None:
        return post
    if actor.person is not None and actor.person == holder:
        raise NotAllowed("only_secretary", ONLY_SECRETARY)
    raise NotAllowed("not_yours", NOT_YOURS)


def may_see(actor: Actor, opd: str, giver: UUID | None, receiver: UUID) -> bool:
    """Those it names, the department's people, the secretary and the mayor."""
    if actor.is_system or is_secretary(actor) or is_mayor(actor):
        return True
    return actor.person in (giver, receiver) or any(p.opd == opd for p in actor.posts)
