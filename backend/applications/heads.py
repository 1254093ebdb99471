"""What a head does with a case, and what the worker does for the head: send back, sign, issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from backend.applications import paperwork, rules
from backend.applications.actions import Ask, Step, act_on, step
from backend.applications.events import Kind
from backend.core.actors import Actor
from backend.core.problems import Problem
from backend.services.definition import ActionName


async def send_back(actor: Actor, ask: Ask, reason_text: str) -> UUID:
    """The head hands a letter back to the officers with a reason."""
    reason = rules.require_reason(reason_text)

    async def do(step: Step) -> None:
        await paperwork.void_letter(step.case)
        await step.land(Kind.SENT_BACK, reason=reason)

    return await act_on(actor, ask, ActionName.SEND_BACK, reason, do)


async def sign(actor: Actor, ask: Ask, seen_sha256: str) -> UUID:
    """The head decides to sign exactly the draft that was opened; the worker applies the key."""

    async def do(step: Step) -> None:
        post = paperwork.signing_post(actor, step.case)
        await paperwork.ask_signature(actor, post, step.case, seen_sha256)
        await step.land(Kind.SIGNING)

    return await act_on(actor, ask, ActionName.SIGN, seen_sha256, do)


@dataclass(frozen=True)
class Opened:
    """A letter that was opened: its case, the version seen and the draft's SHA-256 (hex)."""

    case: UUID
    version: int
    sha256: str


async def sign_each(actor: Actor, key: UUID, letters: Sequence[Opened]) -> list[Problem | None]:
    """Sign a batch, each letter in its own transaction; a refusal is that letter's outcome and stops no other."""
    outcomes: list[Problem | None] = []
    for letter in letters:
        try:
            await sign(actor, Ask(letter.case, letter.version, uuid5(key, str(letter.case))), letter.sha256)
            outcomes.append(None)
        except Problem as problem:
            outcomes.append(problem)
    return outcomes


async def issue(system: Actor, case_id: UUID) -> None:
    """The letter is signed and validated: the case is done. Inside the worker's transaction."""
    moving = await step(system, case_id, ActionName.ISSUE)
    await moving.land(Kind.ISSUED)


async def sign_failed(system: Actor, case_id: UUID, problem: str) -> None:
    """The signer refused: the letter is back with the head. Inside the worker's transaction."""
    moving = await step(system, case_id, ActionName.SIGN_FAILED)
    await moving.land(Kind.SIGN_FAILED, problem=problem)
