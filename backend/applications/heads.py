"""What a head does with a case, and what the worker does for the head: send back, sign, issue."""

from uuid import UUID

from backend.applications import paperwork, rules
from backend.applications.actions import Ask, Step, act_on, step
from backend.applications.events import Kind
from backend.core.actors import Actor
from backend.services.definition import ActionName
from backend.signing.approvals import Approval
from backend.signing.models import Letter


async def send_back(actor: Actor, ask: Ask, reason_text: str) -> UUID:
    """The head hands a letter back to the officers with a reason."""
    reason = rules.require_reason(reason_text)

    async def do(step: Step) -> None:
        await paperwork.void_letter(step.case)
        await step.land(Kind.SENT_BACK, reason=reason)

    return await act_on(actor, ask, ActionName.SEND_BACK, reason, do)


async def sign_letter(
    actor: Actor, key: UUID, letter: Letter, version: int, sha256: str, approval: Approval
) -> UUID:
    """The head decides to sign exactly the draft that was opened and approved; the worker applies the key."""

    async def do(step: Step) -> None:
        post = paperwork.signing_post(actor, step.case)
        await paperwork.ask_signature(actor, post, step.case, sha256, approval)
        await step.land(Kind.SIGNING)

    return await act_on(actor, Ask(letter.subject_id, version, key), ActionName.SIGN, sha256, do)


async def issue(system: Actor, case_id: UUID) -> None:
    """The letter is signed and validated: the case is done. Inside the worker's transaction."""
    moving = await step(system, case_id, ActionName.ISSUE)
    await moving.land(Kind.ISSUED)


async def sign_failed(system: Actor, case_id: UUID, problem: str) -> None:
    """The signer refused: the letter is back with the head. Inside the worker's transaction."""
    moving = await step(system, case_id, ActionName.SIGN_FAILED)
    await moving.land(Kind.SIGN_FAILED, problem=problem)
