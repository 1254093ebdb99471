"""Who may see and do what with a case: plain questions about an actor and a few facts."""

from dataclasses import dataclass
from uuid import UUID

from backend.applications.assist_rules import Relation
from backend.core.actors import Actor, StaffRole
from backend.core.problems import NotAllowed
from backend.core.texts import Text
from backend.services.definition import Action, Role

OWN_CASE = Text("Berkas Anda sendiri diurus petugas lain.", "Your own case is handled by a colleague.")
HELPED_CASE = Text(
    "Berkas yang Anda bantu ajukan diurus petugas lain.", "A colleague handles the case you helped to send."
)
NOT_COUNTER = Text("Hanya petugas dinas yang melayani di loket.", "Only department staff serve at a counter.")
INSPECTORATE = "INSPEKTORAT"
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
    helper: UUID | None = None


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
    """True when the workflow gives this act to a role the actor has.

    Nobody decides on the own case, nor on one they helped to send: four eyes see every application.
    """
    roles = roles_in(actor, case)
    if actor.person in (case.applicant, case.helper) and not actor.is_system:
        roles &= {Role.RESIDENT}
    return any(r.value in action.roles for r in roles)


def require_act(actor: Actor, case: Standing, action: Action) -> None:
    """NotAllowed when the actor may not take this act."""
    if may_act(actor, case, action):
        return
    staff = roles_in(actor, case) - {Role.RESIDENT, Role.SYSTEM}
    if actor.person == case.applicant and staff:
        raise NotAllowed("own_case", OWN_CASE)
    if staff and actor.person == case.helper:
        raise NotAllowed("helped_case", HELPED_CASE)
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


def require_may_help(actor: Actor, relation: Relation) -> None:
    """Anyone signed in may help family or as RT; at a counter only an officer."""
    if relation is Relation.COUNTER and not actor.offices(StaffRole.OFFICER):
        raise NotAllowed("not_counter", NOT_COUNTER)


def may_inspect(actor: Actor) -> bool:
    """True for whoever holds a post in the inspectorate (Inspektorat Daerah)."""
    return any(p.opd == INSPECTORATE for p in actor.posts)
