"""Public questions on the budget: asked and asked again, answered and mended, hidden for a reason that stays, late."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.core import clock
from backend.core.actors import SYSTEM, Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotFound, NotNow
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.database import transaction
from backend.identity.policy import require_signed_in
from backend.participation import policy, targets
from backend.participation.events import QUESTION, QuestionKind
from backend.participation.models import EarlierAnswer, Question
from backend.participation.rules import (
    ANSWER_WORKING_DAYS,
    MENDS_MOST,
    MOVED,
    QUESTIONS_A_DAY,
    ROUNDS_MOST,
    HiddenWhy,
    QuestionState,
    may_ask_again,
    read_text,
)
from backend.services import queries as services

UNKNOWN = Text("Pertanyaan ini tidak ditemukan.", "There is no such question.")
ENOUGH = Text(
    f"Paling banyak {QUESTIONS_A_DAY} pertanyaan sehari. Lanjutkan besok.",
    f"At most {QUESTIONS_A_DAY} questions a day. Go on tomorrow.",
)
ENOUGH_ROUNDS = Text(
    f"Satu pertanyaan paling banyak {ROUNDS_MOST} putaran. Ajukan pertanyaan baru.",
    f"A question has at most {ROUNDS_MOST} rounds. Ask a new one.",
)
SAME = Text("Jawaban ini sama dengan yang sekarang.", "This is the answer as it stands.")
ENOUGH_MENDED = Text(
    f"Jawaban diperbaiki paling banyak {MENDS_MOST} kali.", f"An answer is mended at most {MENDS_MOST} times."
)
LATE_AT_ONCE = 200


async def ask(actor: Actor, key: UUID, year: int, opd: str, code: str, text: str) -> UUID:
    """Ask about a place of the budget, for everyone to read; the OPD has five working days. Returns its id.

    Raises InvalidInput, NotFound for a place that is not there, NotNow("enough_today").
    """
    person = require_signed_in(actor)
    said = read_text("text", text, 10, 1000)

    async def act() -> UUID:
        target = await targets.place(year, opd, code)
        await _not_too_many(person)
        about = {"year": year, "opd": opd, "code": code, "place_name": target.name}
        row = await _add(person, said, about)
        await _record(actor, row, QuestionKind.ASKED)
        return row.id

    return UUID((await once(Command(actor.scope, key, "ask_question", [year, opd, code, said]), act)).result)


async def ask_again(actor: Actor, key: UUID, question: UUID, version: int, text: str) -> UUID:
    """Ask once more below the answer to one's question, with a clock of its own. Returns the new question's id.

    Raises NotFound, NotAllowed for another's question, InvalidInput, Conflict("stale_version"), also where it was
    asked again already, NotNow("enough_rounds" | "enough_today").
    """
    person = require_signed_in(actor)
    said = read_text("text", text, 10, 1000)

    async def act() -> UUID:
        before = await _locked(question, version, QuestionState.ANSWERED)
        policy.require_asker(actor, before.person_id)
        if not may_ask_again(QuestionState(before.state), before.round):
            raise NotNow("enough_rounds", ENOUGH_ROUNDS)
        first = before.first_id or before.id
        if await Question.filter(first_id=first, round=before.round + 1).exists():
            raise Conflict("stale_version", MOVED, state=before.state, version=before.version)
        await _not_too_many(person)
        about = {name: getattr(before, name) for name in ("year", "opd", "code", "place_name")}
        row = await _add(person, said, about | {"first_id": first, "round": before.round + 1})
        await _record(actor, row, QuestionKind.ASKED_AGAIN)
        return row.id

    body = [str(question), version, said]
    return UUID((await once(Command(actor.scope, key, "ask_again", body), act)).result)


async def _add(person: UUID, said: str, about: dict[str, Any]) -> Question:
    """A question that waits from today on."""
    due = (await services.calendar()).add_working_days(clock.today(), ANSWER_WORKING_DAYS)
    return await Question.create(
        id=uuid7(),
        person_id=person,
        text=said,
        state=QuestionState.WAITING,
        version=1,
        asked_at=clock.now(),
        due_on=due,
        **about,
    )


async def _not_too_many(person: UUID) -> None:
    await fetch("SELECT pg_advisory_xact_lock(hashtext($1))", [f"ask:{person}"])
    midnight = datetime.combine(clock.today(), time(0), clock.CITY_ZONE)
    if await Question.filter(person_id=person, asked_at__gte=midnight).count() >= QUESTIONS_A_DAY:
        raise NotNow("enough_today", ENOUGH, retry_at=midnight + timedelta(days=1))


async def answer(actor: Actor, key: UUID, question: UUID, version: int, text: str) -> UUID:
    """Answer in public, in the OPD's name. Raises NotAllowed, InvalidInput, Conflict("stale_version")."""
    require_signed_in(actor)
    said = read_text("answer", text, 10, 4000)

    async def act() -> UUID:
        row = await _locked(question, version, QuestionState.WAITING)
        policy.require_answer(actor, row.opd)
        row.state = QuestionState.ANSWERED
        _say(actor, row, said)
        await _land(actor, row, QuestionKind.ANSWERED)
        return row.id

    body = [str(question), version, said]
    return UUID((await once(Command(actor.scope, key, "answer_question", body), act)).result)


async def mend(actor: Actor, key: UUID, question: UUID, version: int, text: str) -> UUID:
    """Say an answer anew; what it said before stays readable with its day.

    Raises NotAllowed, InvalidInput, also for the same words, Conflict("stale_version"), NotNow("enough_mended").
    """
    require_signed_in(actor)
    said = read_text("answer", text, 10, 4000)

    async def act() -> UUID:
        row = await _locked(question, version, QuestionState.ANSWERED)
        policy.require_answer(actor, row.opd)
        if said == row.answer:
            raise InvalidInput(FieldFault("answer", SAME))
        if await EarlierAnswer.filter(question_id=row.id).count() >= MENDS_MOST:
            raise NotNow("enough_mended", ENOUGH_MENDED)
        before: dict[str, Any] = {
            "text": row.answer,
            "answered_at": row.answered_at,
            "answered_as": row.answered_as,
        }
        await EarlierAnswer.create(id=uuid7(), question_id=row.id, **before)
        _say(actor, row, said)
        await _land(actor, row, QuestionKind.MENDED)
        return row.id

    body = [str(question), version, said]
    return UUID((await once(Command(actor.scope, key, "mend_answer", body), act)).result)


def _say(actor: Actor, row: Question, said: str) -> None:
    title = next(post.title for post in actor.posts if post.opd == row.opd)
    row.answer, row.answered_at, row.answered_as = said, clock.now(), f"{actor.name}, {title}"[:300]


async def hide(actor: Actor, key: UUID, question: UUID, version: int, why: HiddenWhy) -> UUID:
    """Take a question out of sight; that it was there, and why it is gone, stays public."""
    require_signed_in(actor)

    async def act() -> UUID:
        row = await _locked(question, version, QuestionState.WAITING)
        policy.require_hide(actor, row.opd)
        row.state, row.hidden_why = QuestionState.HIDDEN, why
        await _land(actor, row, QuestionKind.HIDDEN, why=why.value)
        return row.id

    body = [str(question), version, why]
    return UUID((await once(Command(actor.scope, key, "hide_question", body), act)).result)


async def _locked(question: UUID, version: int, state: QuestionState) -> Question:
    row = await Question.filter(id=question).select_for_update().get_or_none()
    if row is None:
        raise NotFound(UNKNOWN)
    if (row.version, row.state) != (version, state):
        raise Conflict("stale_version", MOVED, state=row.state, version=row.version)
    return row


async def _land(actor: Actor, row: Question, kind: QuestionKind, **data: object) -> None:
    row.version += 1
    await row.save()
    await _record(actor, row, kind, **data)


BY_OFFICE = (QuestionKind.ANSWERED, QuestionKind.MENDED, QuestionKind.HIDDEN)


async def _record(actor: Actor, row: Question, kind: QuestionKind, **more: object) -> None:
    data = {
        **{"opd": row.opd, "code": row.code, "year": row.year, "name": row.place_name},
        **{"due": row.due_on.isoformat(), **more},
    }
    office = row.opd if kind in BY_OFFICE else ""
    await record(Event(kind, QUESTION, row.id, row.version, data), actor, office=office)


async def tell_late() -> int:
    """Tell the head, once, of each question whose day has passed; returns how many. Part of the minute's round."""
    async with transaction():
        late = (
            await Question.filter(state=QuestionState.WAITING, late_told=False, due_on__lt=clock.today())
            .order_by("due_on", "id")
            .limit(LATE_AT_ONCE)
            .select_for_update(skip_locked=True)
        )
        for row in late:
            row.late_told = True
            await _land(SYSTEM, row, QuestionKind.LATE)
    return len(late)
