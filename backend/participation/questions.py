"""Public questions on the budget: asked, answered by the OPD in public, hidden for a reason that stays, late."""

from datetime import datetime, time, timedelta
from uuid import UUID

from backend.core import clock
from backend.core.actors import SYSTEM, Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import Conflict, NotFound, NotNow
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.database import transaction
from backend.identity.policy import require_signed_in
from backend.participation import policy, targets
from backend.participation.events import QUESTION, QuestionKind
from backend.participation.models import Question
from backend.participation.rules import (
    ANSWER_WORKING_DAYS,
    MOVED,
    QUESTIONS_A_DAY,
    HiddenWhy,
    QuestionState,
    read_text,
)
from backend.services import queries as services

UNKNOWN = Text("Pertanyaan ini tidak ditemukan.", "There is no such question.")
ENOUGH = Text(
    f"Paling banyak {QUESTIONS_A_DAY} pertanyaan sehari. Lanjutkan besok.",
    f"At most {QUESTIONS_A_DAY} questions a day. Go on tomorrow.",
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
        today = clock.today()
        due = (await services.calendar()).add_working_days(today, ANSWER_WORKING_DAYS)
        row = await Question.create(
            id=uuid7(),
            person_id=person,
            year=year,
            opd=opd,
            code=code,
            place_name=target.name,
            text=said,
            state=QuestionState.WAITING,
            version=1,
            asked_at=clock.now(),
            due_on=due,
        )
        await _record(actor, row, QuestionKind.ASKED)
        return row.id

    return UUID((await once(Command(actor.scope, key, "ask_question", [year, opd, code, said]), act)).result)


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
        row.state, row.answer, row.answered_at = QuestionState.ANSWERED, said, clock.now()
        title = next(post.title for post in actor.posts if post.opd == row.opd)
        row.answered_as = f"{actor.name}, {title}"[:300]
        await _land(actor, row, QuestionKind.ANSWERED)
        return row.id

    body = [str(question), version, said]
    return UUID((await once(Command(actor.scope, key, "answer_question", body), act)).result)


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


async def _record(actor: Actor, row: Question, kind: QuestionKind, **more: object) -> None:
    data = {
        **{"opd": row.opd, "code": row.code, "year": row.year, "name": row.place_name},
        **{"due": row.due_on.isoformat(), **more},
    }
    office = "" if kind in (QuestionKind.ASKED, QuestionKind.LATE) else row.opd
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
