"""Proposals of residents on their way through the planning meetings (musrenbang) into the budget and to the work."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import Conflict, InvalidInput, NotFound, NotNow
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from backend.participation import policy, rules, targets
from backend.participation.events import PROPOSAL, ProposalKind
from backend.participation.models import Proposal, Support
from backend.participation.rules import PROPOSALS_A_YEAR, Forum, ProposalState

UNKNOWN = Text("Usulan ini tidak ditemukan.", "There is no such proposal.")
ENOUGH = Text(
    f"Paling banyak {PROPOSALS_A_YEAR} usulan seorang untuk satu tahun.",
    f"At most {PROPOSALS_A_YEAR} proposals a person for one year.",
)


@dataclass(frozen=True)
class Wish:
    """What is proposed: for which year and kelurahan, brought where; `estimate` in rupiah, where somebody made one."""

    year: int
    kelurahan: str
    forum: Forum
    title: str
    text: str
    estimate: Decimal | None


async def propose(actor: Actor, key: UUID, wish: Wish) -> UUID:
    """Propose for one of the next years; the kecamatan is told. Returns the proposal's id.

    Raises InvalidInput, NotFound for an unknown kelurahan, NotAllowed for a meeting that is not theirs to report,
    NotNow("enough_proposed").
    """
    person = require_signed_in(actor)
    title = rules.read_text("title", wish.title, 10, 120)
    text = rules.read_text("text", wish.text, 20, 2000)
    estimate = rules.read_estimate(wish.estimate)
    rules.require_year(wish.year, wish.forum, clock.today().year)

    async def act() -> UUID:
        office = await targets.office_of(wish.kelurahan)
        policy.require_forum(actor, wish.forum, office)
        if wish.forum is Forum.RESIDENT:
            await _not_too_many(person, wish.year)
        row = await Proposal.create(
            id=uuid7(),
            person_id=person,
            year=wish.year,
            kelurahan=wish.kelurahan,
            office=office,
            forum=wish.forum,
            title=title,
            text=text,
            estimate=estimate,
            state=ProposalState.PROPOSED,
            version=1,
            proposed_at=clock.now(),
            moved_at=clock.now(),
        )
        await _record(actor, row, ProposalKind.MADE)
        return row.id

    body = [wish.year, wish.kelurahan, wish.forum, title, text, str(estimate)]
    return UUID((await once(Command(actor.scope, key, "propose", body), act)).result)


async def _not_too_many(person: UUID, year: int) -> None:
    await fetch("SELECT pg_advisory_xact_lock(hashtext($1))", [f"propose:{person}"])
    if await Proposal.filter(person_id=person, year=year, forum=Forum.RESIDENT).count() >= PROPOSALS_A_YEAR:
        raise NotNow("enough_proposed", ENOUGH)


async def support(actor: Actor, key: UUID, proposal: UUID, *, wanted: bool) -> UUID:
    """Support a proposal, or no longer; once a person, however often they tap."""
    person = require_signed_in(actor)

    async def act() -> UUID:
        row = await _locked(proposal)
        held = Support.filter(proposal_id=row.id, person_id=person)
        if wanted and not await held.exists():
            await Support.create(id=uuid7(), proposal_id=row.id, person_id=person, at=clock.now())
        if not wanted:
            await held.delete()
        row.supporters = await Support.filter(proposal_id=row.id).count()
        await row.save(update_fields=["supporters"])
        return row.id

    return UUID(
        (await once(Command(actor.scope, key, "support_proposal", [str(proposal), wanted]), act)).result
    )


@dataclass(frozen=True)
class Step:
    """Where a proposal goes and why; a step into the budget names its place there."""

    to: ProposalState
    reason: str = ""
    opd: str = ""
    code: str = ""


async def move(actor: Actor, key: UUID, proposal: UUID, version: int, step: Step) -> UUID:
    """Take a proposal one step on, or (the planning agency) one back; proposer and supporters are told.

    Raises NotAllowed, InvalidInput without the reason or place a step needs, NotFound for a place that is not in
    the budget of its year, Conflict("stale_version" | "no_such_step").
    """
    require_signed_in(actor)

    async def act() -> UUID:
        row = await _locked(proposal)
        if row.version != version:
            raise Conflict("stale_version", rules.MOVED, state=row.state, version=row.version)
        state = ProposalState(row.state)
        rules.require_step(state, step.to, step.reason)
        policy.require_move(actor, state, step.to, row.office, row.opd or step.opd)
        await _place(row, state, step)
        row.state, row.reason = step.to, " ".join(step.reason.split())
        row.version, row.moved_at = row.version + 1, clock.now()
        await row.save()
        await _record(actor, row, ProposalKind.MOVED)
        return row.id

    body = [str(proposal), version, step.to, step.reason, step.opd, step.code]
    return UUID((await once(Command(actor.scope, key, "move_proposal", body), act)).result)


async def _place(row: Proposal, state: ProposalState, step: Step) -> None:
    """What comes into the budget names where it stands there; taken back, it stands nowhere again."""
    if step.to is ProposalState.IN_BUDGET and state is ProposalState.ACCEPTED:
        if not step.opd:
            raise InvalidInput.at("opd", "Sebut tempatnya di anggaran.", "Name its place in the budget.")
        target = await targets.place(row.year, step.opd, step.code)
        row.opd, row.code, row.place_name = target.opd, target.code, target.name
    elif step.to is ProposalState.ACCEPTED:
        row.opd = row.code = row.place_name = ""


async def _locked(proposal: UUID) -> Proposal:
    row = await Proposal.filter(id=proposal).select_for_update().get_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    return row


async def _record(actor: Actor, row: Proposal, kind: ProposalKind) -> None:
    data = {
        **{"opd": row.opd or row.office, "name": row.title, "year": row.year, "kelurahan": row.kelurahan},
        **{"state": row.state, "reason": row.reason, "place": row.place_name, "proposal": str(row.id)},
    }
    office = "" if kind is ProposalKind.MADE and row.forum == Forum.RESIDENT else row.opd or row.office
    await record(Event(kind, PROPOSAL, row.id, row.version, data), actor, office=office)
