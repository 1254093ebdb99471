"""Who may approve a trip, and who reads of it."""

from backend.core.actors import Actor, Post, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text
from backend.delegation.policy import MAYOR_LEVEL
from backend.travel.rules import MAYOR

NOT_YOURS = Text("Surat tugas ini bukan wewenang Anda.", "This order is not yours to give.")
NOT_OWN = Text("Perjalanan sendiri disetujui atasan.", "One's own trip is approved by one's superior.")
NOT_STAFF = Text("Perjalanan dinas untuk pegawai kota.", "Official trips are for the city's staff.")


def approving_post(actor: Actor, signs_for: str) -> Post | None:
    """The post in which the actor may approve what is signed for this office, as its head, stand-in, or the mayor."""
    if signs_for == MAYOR:
        return next((p for p in actor.posts if p.level == MAYOR_LEVEL), None)
    return next(
        (
            p
            for p in actor.posts
            if p.role is StaffRole.HEAD and p.opd == signs_for and p.services is None and p.most is None
        ),
        None,
    )


def require_approve(actor: Actor, signs_for: str, *, own: bool) -> Post:
    """The post in which the actor approves; NotAllowed otherwise, and always for one's own trip."""
    post = approving_post(actor, signs_for)
    if post is None:
        raise NotAllowed("not_yours", NOT_YOURS)
    if own:
        raise NotAllowed("own_trip", NOT_OWN)
    return post
