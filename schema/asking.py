"""Public questions on the budget with their answers, as the API says them."""

from collections.abc import Sequence
from datetime import date as Day  # noqa: N812 - a field is called day
from datetime import datetime
from uuid import UUID

import strawberry

from backend.core import clock
from backend.core.pages import Page
from backend.core.reads import Row
from backend.participation import policy, queries, rules
from backend.participation.rules import HiddenWhy, QuestionState
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type
from schema.ids import encode
from schema.scopes import Scope, scoped
from schema.services import Opd

strawberry.enum(QuestionState, description="How far a question is.")
strawberry.enum(
    HiddenWhy, description="Why a question is not shown: personal data, an insult, not about money."
)


@scoped(Scope.BUDGET)
@object_type
class EarlierAnswer:
    """What an answer said before it was mended."""

    text: str
    """The old words."""
    answered_at: datetime
    """When they were said."""
    answered_as: str
    """By whom."""


@scoped(
    Scope.BUDGET,
    mine=Scope.PERSON,
    may_ask_again=Scope.PERSON,
    may_answer=Scope.OFFICE,
    may_mend=Scope.OFFICE,
    may_hide=Scope.OFFICE,
)
@object_type
class BudgetQuestion:
    """A resident's public question on a place of the budget. Who asked is not told."""

    id: strawberry.ID
    """For askAgain, answerQuestion, mendAnswer and hideQuestion."""
    version: int
    """To act on it."""
    round: int
    """1 for a first question, 2 and 3 where it was asked again."""
    year: int
    """The fiscal year."""
    opd: Opd
    """Who owes the answer."""
    code: str
    """The place it is about; empty for the whole OPD."""
    place_name: str
    """What the place was called when it was asked."""
    text: str | None
    """The question; null where it is hidden from the asking person."""
    state: QuestionState
    """How far it is."""
    asked_at: datetime
    """When."""
    due_on: Day
    """The answer is due that day: five working days after it was asked."""
    late: bool
    """It still waits, and that day has passed."""
    answer: str
    """What the OPD says; empty until then."""
    answered_at: datetime | None
    """When."""
    answered_as: str
    """Who answered, with their post."""
    earlier: list[EarlierAnswer]
    """What the answer said before it was mended, the oldest first; at most 5."""
    hidden_why: HiddenWhy | None
    """Why it is not shown."""
    mine: bool
    """The asking person wrote it."""
    may_ask_again: bool
    """The asking person wrote it, has its answer, and may ask once more below it."""
    may_answer: bool
    """The asking person may answer it."""
    may_mend: bool
    """The asking person may say the answer anew."""
    may_hide: bool
    """The asking person may take it out of sight."""

    whole: strawberry.Private[list["BudgetQuestion"]]

    @field
    def thread(self) -> list["BudgetQuestion"]:
        """The whole conversation in order, this question among it; at most 3."""
        return self.whole

    @staticmethod
    async def of(rows: Sequence[Row], info: Info) -> "list[BudgetQuestion]":
        """All of them with their conversations, in two more looks however many they are."""
        every = await queries.conversations(rows)
        said = await queries.earlier([row.id for row in every])
        opds = (await info.context.city()).opds
        threads: dict[UUID, list[BudgetQuestion]] = {queries.conversation_of(row): [] for row in every}
        last = {queries.conversation_of(row): row.id for row in every}
        made: dict[UUID, BudgetQuestion] = {}
        for row in every:
            talk = queries.conversation_of(row)
            made[row.id] = _question(row, info, Opd.of(opds[row.opd]), row.id == last[talk])
            made[row.id].earlier = [
                EarlierAnswer(text=one.text, answered_at=one.answered_at, answered_as=one.answered_as)
                for one in said[row.id]
            ]
            made[row.id].whole = threads[talk]
            threads[talk].append(made[row.id])
        return [made[row.id] for row in rows]


def _question(row: Row, info: Info, opd: Opd, is_last: bool) -> BudgetQuestion:
    actor, state = info.context.actor, QuestionState(row.state)
    waiting = state is QuestionState.WAITING
    mine = actor.person is not None and actor.person == row.person_id
    ours = policy.works_in(actor, row.opd)
    return BudgetQuestion(
        id=encode("Question", row.id),
        version=row.version,
        round=row.round,
        year=row.year,
        opd=opd,
        code=row.code,
        place_name=row.place_name,
        text=row.text if queries.reads_text(actor, row) else None,
        state=state,
        asked_at=row.asked_at,
        due_on=row.due_on,
        late=waiting and row.due_on < clock.today(),
        answer=row.answer,
        answered_at=row.answered_at,
        answered_as=row.answered_as,
        earlier=[],
        hidden_why=HiddenWhy(row.hidden_why) if row.hidden_why else None,
        mine=mine,
        may_ask_again=mine and is_last and rules.may_ask_again(state, row.round),
        may_answer=waiting and ours,
        may_mend=state is QuestionState.ANSWERED and ours,
        may_hide=waiting and policy.may_hide(actor, row.opd),
        whole=[],
    )


@scoped(Scope.BUDGET)
@object_type
class BudgetQuestionEdge:
    """A question in a list."""

    cursor: str
    """Where it stands."""
    node: BudgetQuestion
    """The question."""


@scoped(Scope.BUDGET)
@object_type
class BudgetQuestionConnection:
    """A page of questions."""

    edges: list[BudgetQuestionEdge]
    """In order."""
    page_info: PageInfo
    """Whether more follow."""

    @staticmethod
    async def of(page: Page[Row], info: Info) -> "BudgetQuestionConnection":
        nodes = await BudgetQuestion.of(page.rows, info)
        edges = [BudgetQuestionEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)]
        return BudgetQuestionConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )
