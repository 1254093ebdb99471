"""Who may see and do what with a case: plain questions about an actor and a few facts."""

from dataclasses import dataclass
from uuid import UUID

from backend.core.actors import Actor, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text
from backend.services.definition import Action, Role

OWN_CASE = Text("Berkas Anda sendiri diurus petugas lain.", "Your own case is handled by a colleague.")
NOT_YOURS = Text("Tindakan ini bukan wewenang Anda.", "This act is not yours to take.")
TAKEN = Text(
    "Berkas ini sedang dipegang petugas lain. Ambil dulu.", "A colleague holds this case. Take it first."
)


@dataclass(frozen=True)
class Standing:
    """The facts of a case that decide who may act."""

    applicant: UUID
    opd: str
    home_opd: str
    taken_by: UUID | None


def roles_in(actor: Actor, case: Standing) -> frozenset[Role]:
    """The roles the actor has towards this case now."""
    roles: set[Role] = set()
    if actor.is_system:
        roles.add(Role.SYSTEM)
    if actor.person is not None and actor.person == case.applicant:
        roles.add(Role.RESIDENT)
    if case.opd in actor.offices(StaffRole.OFFICER):
        roles.add(Role.OFFICER)
    if case.opd in actor.offices(StaffRole.HEAD):
        roles.add(Role.HEAD)
    return frozenset(roles)


def may_act(actor: Actor, case: Standing, action: Action) -> bool:
    """True when the workflow gives this act to a role the actor has; nobody decides on the own case."""
    roles = roles_in(actor, case)
    if actor.person == case.applicant and not actor.is_system:
        roles &= {Role.RESIDENT}
    return any(r.value in action.roles for r in roles)


def require_act(actor: Actor, case: Standing, action: Action) -> None:
    """NotAllowed when the actor may not take this act."""
    if may_act(actor, case, action):
        return
    staff = roles_in(actor, case) - {Role.RESIDENT, Role.SYSTEM}
    if actor.person == case.applicant and staff:
        raise NotAllowed("own_case", OWN_CASE)
    raise NotAllowed("not_yours", NOT_YOURS)


def may_know_applicant(actor: Actor, case: Standing, *, hidden: bool) -> bool:
    """Who asked to stay hidden is known to the service's own OPD only, not to the one it was passed to."""
    if not hidden or actor.is_system or actor.person == case.applicant:
        return True
    return any(p.opd == case.home_opd for p in actor.posts)


def require_holder(actor: Actor, case: Standing) -> None:
    """Between taking and deciding, the case belongs to the officer who took it."""
    if case.taken_by is None or case.taken_by != actor.person:
        raise NotAllowed("not_holder", TAKEN)
