"""Issued letters that turn out to be wrong: the head or the inspectorate revokes or replaces them, with a reason."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from backend.applications import paperwork, policy, queries, rules
from backend.applications.actions import Ask
from backend.applications.events import SUBJECT, Kind
from backend.applications.happenings import happened
from backend.applications.models import Application
from backend.core.actors import SYSTEM, Actor, StaffRole
from backend.core.commands import Command, once
from backend.core.problems import NotAllowed, NotFound
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.services import queries as services
from backend.services.definition import ActionName, Definition
from backend.signing import ending
from backend.signing.ending import By
from backend.signing.models import Letter


@dataclass(frozen=True)
class Endable:
    """A letter in force that the actor may end, and what the act must name; `number` where the case is theirs to see."""

    case: UUID
    version: int
    number: str | None


async def endable(actor: Actor, letter: Letter) -> Endable | None:
    """A letter in force of a case, if the actor may revoke or replace it; else None."""
    case = await Application.get_or_none(id=letter.subject_id)
    if case is None:
        return None
    try:
        _office(actor, case)
    except (NotAllowed, NotFound):
        return None
    seen = await queries.by_id(actor, case.id)
    return Endable(case.id, case.version, seen.number if seen else None)


async def revoke(actor: Actor, ask: Ask, reason_text: str) -> UUID:
    """The letter no longer holds; the case stays done and says why. Returns the case id."""
    reason = rules.require_reason(reason_text)

    async def do(case: Application, letter: Letter, by: By) -> None:
        await ending.revoke(letter, by)
        await _land(actor, case, Kind.LETTER_REVOKED, by)

    return await _act(actor, ask, "revoke_letter", reason, do)


async def replace(actor: Actor, ask: Ask, reason_text: str, keyring: Keyring) -> UUID:
    """A new letter, with a number of its own, waits for the head's signature in the old one's place."""
    reason = rules.require_reason(reason_text)

    async def do(case: Application, letter: Letter, by: By) -> None:
        definition = await services.definition(case.service_code, case.service_version)
        mark = await ending.make_room(letter, by)
        state = definition.state(_waiting(definition))
        case.state, case.state_kind, case.closed_at = state.name, state.kind, None
        await ending.name_successor(mark, await paperwork.prepare_letter(case, definition, keyring))
        await _land(actor, case, Kind.LETTER_REPLACED, by)

    return await _act(actor, ask, "replace_letter", reason, do)


def _waiting(definition: Definition) -> str:
    """The state from which the service's letters are signed."""
    return next(a.sources[0] for a in definition.workflow.actions if a.name is ActionName.SIGN)


async def _act(
    actor: Actor,
    ask: Ask,
    name: str,
    reason: str,
    do: Callable[[Application, Letter, By], Awaitable[None]],
) -> UUID:
    person = require_signed_in(actor)

    async def act() -> UUID:
        # The inspectorate sees no case in its lists, but may end any letter.
        case = await queries.lock(SYSTEM if policy.may_inspect(actor) else actor, ask.case)
        by = By(person, actor.name, _office(actor, case), reason)
        title = await services.definition(case.service_code, case.service_version)
        state = title.state(case.state).title
        rules.require_version(ask.version, case.version, case.state, Text(state.id, state.en))
        await do(case, await ending.published(SUBJECT, case.id, state=case.state), by)
        return case.id

    body = [str(ask.case), ask.version, reason]
    return UUID((await once(Command(actor.scope, ask.key, name, body), act)).result)


def _office(actor: Actor, case: Application) -> str:
    """In whose name the actor may end this letter: as head of the OPD whose service it is, or as the inspectorate."""
    if actor.person in (case.applicant_id, case.assisted_by):
        raise NotAllowed("own_case", policy.OWN_CASE)
    if actor.post(StaffRole.HEAD, case.home_opd):
        return str(case.home_opd)
    if policy.may_inspect(actor):
        return policy.INSPECTORATE
    raise NotAllowed("not_yours", policy.NOT_YOURS) if queries.is_staff(actor, case) else NotFound()


async def _land(actor: Actor, case: Application, kind: Kind, by: By) -> None:
    case.version += 1
    await case.save()
    await happened(actor, case, kind, {"reason": by.reason}, office=by.office)
