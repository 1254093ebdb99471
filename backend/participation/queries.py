"""Reading questions and proposals: public but for what was hidden, with what the asking person may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.core.actors import Actor, StaffRole
from backend.core.conditions import EVERY_ROW, All, Condition, Either, Is, OneOf
from backend.core.pages import Page, Window, moment
from backend.core.reads import Order, Reads, Row, Table, columns_of, fetch, first, page, statement
from backend.participation.events import PROPOSAL
from backend.participation.policy import INSPECTORATE, PLANNING, works_in
from backend.participation.rules import MENDS_MOST, ROUNDS_MOST, ProposalState, QuestionState

QUESTIONS = Table(
    "budget_questions",
    columns_of(
        "id person_id year opd code place_name text state version asked_at due_on answer answered_at answered_as"
        " hidden_why first_id round"
    ),
)
PROPOSALS = Table(
    "proposals",
    columns_of(
        "id person_id year kelurahan office forum title text estimate state version reason opd code place_name"
        " proposed_at moved_at supporters"
    ),
)
_QUESTION, _PROPOSAL = Reads(QUESTIONS.columns), Reads(PROPOSALS.columns)
_NEWEST: Order = (("asked_at", True), ("id", True))
_SOONEST: Order = (("due_on", False), ("id", False))
_MOVED: Order = (("moved_at", True), ("id", True))
STEPS_MOST = 50


def reads_text(actor: Actor, row: Row) -> bool:
    """Of a hidden question only who asked, the OPD and the inspectorate still read the words."""
    return (
        row.state != QuestionState.HIDDEN
        or actor.person == row.person_id
        or works_in(actor, row.opd, INSPECTORATE)
    )


async def asked_about(year: int, opd: str, code: str, window: Window) -> Page[Row]:
    """The conversations on one place of a year's budget by their first question, the newest first; public."""
    where = All((Is("year", year), Is("opd", opd), Is("code", code), Is("round", 1)))
    return await page(QUESTIONS, _QUESTION, where, _NEWEST, window.read(moment, UUID))


async def visible_to(actor: Actor, window: Window) -> Page[Row]:
    """The questions that wait for an answer from the actor's offices, the soonest due first; the inspectorate sees all."""
    offices = sorted({p.opd for p in actor.posts if p.role is not StaffRole.AWAY})
    whose: Condition = EVERY_ROW if INSPECTORATE in offices else OneOf("opd", offices)
    where = All((Is("state", QuestionState.WAITING.value), whose))
    return await page(QUESTIONS, _QUESTION, where, _SOONEST, window.read(date.fromisoformat, UUID))


async def mine(actor: Actor, window: Window) -> Page[Row]:
    """What the actor asked, by the first question of each conversation, the newest first."""
    where = All((Is("person_id", actor.person), Is("round", 1)))
    return await page(QUESTIONS, _QUESTION, where, _NEWEST, window.read(moment, UUID))


async def question(key: UUID) -> Row | None:
    """One question; public, its words only for who reads_text."""
    return await first(QUESTIONS, _QUESTION, Is("id", key))


def conversation_of(row: Row) -> UUID:
    """What a question and those asked again below it have in common."""
    found: UUID = row.first_id or row.id
    return found


async def conversations(rows: Sequence[Row]) -> list[Row]:
    """All questions of the conversations that the rows belong to, in the order they were asked; public as `question`."""
    reading = statement(QUESTIONS, _QUESTION)
    sql = f"{reading.select} WHERE coalesce(r.first_id, r.id) = ANY($1::uuid[]) ORDER BY r.round LIMIT $2"
    keys = list({conversation_of(row) for row in rows})
    return reading.rows(await fetch(sql, [keys, len(keys) * ROUNDS_MOST])) if keys else []


@dataclass(frozen=True)
class Said:
    """What an answer said before it was mended."""

    text: str
    answered_at: datetime
    answered_as: str


async def earlier(keys: Sequence[UUID]) -> dict[UUID, list[Said]]:
    """What the answers to these questions said before, the oldest first; public."""
    found: dict[UUID, list[Said]] = {key: [] for key in keys}
    sql = (
        "SELECT question_id, text, answered_at, answered_as FROM budget_earlier_answers"
        " WHERE question_id = ANY($1::uuid[]) ORDER BY answered_at, id LIMIT $2"
    )
    for key, *said in await fetch(sql, [list(keys), len(keys) * MENDS_MOST]):
        found[key].append(Said(*said))
    return found


@dataclass(frozen=True)
class Which:
    """Which proposals: of a year, a kelurahan, a state; None for any. `place` is a place of the year's budget."""

    year: int | None = None
    kelurahan: str | None = None
    state: ProposalState | None = None
    place: tuple[str, str] | None = None
    waiting_for: Actor | None = None
    of: UUID | None = None


async def proposals(which: Which, window: Window) -> Page[Row]:
    """Proposals, the last moved first; public."""
    given: list[tuple[str, object]] = [("year", which.year), ("kelurahan", which.kelurahan)]
    given += [("state", which.state), ("person_id", which.of)]
    parts: list[Condition] = [Is(column, value) for column, value in given if value is not None]
    if which.place is not None:
        parts += [Is("opd", which.place[0]), Is("code", which.place[1])]
    if which.waiting_for is not None:
        parts.append(_waits_for(which.waiting_for))
    return await page(PROPOSALS, _PROPOSAL, All(tuple(parts)), _MOVED, window.read(moment, UUID))


def _waits_for(actor: Actor) -> Condition:
    """What the actor's offices may move on."""
    offices = sorted({p.opd for p in actor.posts if p.role is not StaffRole.AWAY})
    doing = OneOf("state", (ProposalState.IN_BUDGET.value, ProposalState.UNDER_WAY.value))
    ours = Either(
        (
            All((Is("state", ProposalState.PROPOSED.value), OneOf("office", offices))),
            All((doing, OneOf("opd", offices))),
        )
    )
    accepted = Is("state", ProposalState.ACCEPTED.value)
    return Either((ours, accepted)) if PLANNING in offices else ours


async def proposal(key: UUID) -> Row | None:
    """One proposal; public."""
    return await first(PROPOSALS, _PROPOSAL, Is("id", key))


async def supported(actor: Actor, keys: Sequence[UUID]) -> frozenset[UUID]:
    """Which of the proposals the actor supports."""
    if actor.person is None or not keys:
        return frozenset()
    rows = await fetch(
        "SELECT proposal_id FROM proposal_supports WHERE person_id = $1 AND proposal_id = ANY($2::uuid[])",
        [actor.person, list(keys)],
    )
    return frozenset(row[0] for row in rows)


@dataclass(frozen=True)
class Taken:
    """One step that a proposal took."""

    state: str
    at: datetime
    reason: str
    office: str


async def steps(key: UUID) -> list[Taken]:
    """The steps of a proposal in order, at most 50."""
    rows = await fetch(
        "SELECT data ->> 'state', at, data ->> 'reason', actor_office FROM recorded_events"
        " WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT $3",
        [PROPOSAL, key, STEPS_MOST],
    )
    return [Taken(*row) for row in rows]


async def supporters(key: UUID, after: UUID, most: int, *, but: UUID | None) -> list[UUID]:
    """Who made a proposal, supports it, or follows its kelurahan, `but` one, by id after `after`."""
    rows = await fetch(
        "SELECT person_id FROM (SELECT person_id FROM proposal_supports WHERE proposal_id = $1"
        " UNION SELECT person_id FROM proposals WHERE id = $1"
        " UNION SELECT f.person_id FROM budget_follows f JOIN proposals o ON o.kelurahan = f.kelurahan"
        " WHERE o.id = $1) p"
        " WHERE person_id > $2 AND person_id IS DISTINCT FROM $4 ORDER BY person_id LIMIT $3",
        [key, after, most, but],
    )
    return [row[0] for row in rows]
