"""Following public money, asking about it and proposing what it is for, as the API takes it."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import strawberry

from backend.participation import following, proposals, queries, questions
from backend.participation.following import Followed
from backend.participation.proposals import Step, Wish
from backend.participation.rules import Forum, HiddenWhy, ProposalState
from schema.asking import BudgetQuestion
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.ids import uuid_of
from schema.participation import BudgetFollow, Proposal
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@input_type
class FollowBudgetInput:
    """A place of the budget, or a kelurahan."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    year: int
    """The year in which the place was seen; following goes on in the years after."""
    opd: str = ""
    """The OPD of the place; empty for a kelurahan."""
    code: str = ""
    """Its code; empty for a whole OPD."""
    kelurahan: str = ""
    """The kelurahan; empty for a place."""

    def followed(self) -> Followed:
        return Followed(self.opd, self.code, self.kelurahan)


@input_type
class AskQuestionInput:
    """A public question on a place of the budget."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    year: int
    """The fiscal year."""
    opd: str
    """Who is asked."""
    code: str = ""
    """The place; empty for the whole OPD."""
    text: str
    """10 to 1,000 letters, without personal data."""


@input_type
class AskAgainInput:
    """The same matter once more, below an answer that leaves it open."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    question_id: strawberry.ID
    """The question whose answer leaves it open."""
    version: int
    """As it was seen."""
    text: str
    """10 to 1,000 letters, without personal data."""


@input_type
class AnswerQuestionInput:
    """The public answer."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    question_id: strawberry.ID
    """Which."""
    version: int
    """As it was seen."""
    answer: str
    """10 to 4,000 letters."""


@input_type
class MendAnswerInput:
    """The public answer, said anew."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    question_id: strawberry.ID
    """Which."""
    version: int
    """As it was seen."""
    answer: str
    """10 to 4,000 letters."""


@input_type
class HideQuestionInput:
    """A question to take out of sight."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    question_id: strawberry.ID
    """Which."""
    version: int
    """As it was seen."""
    why: HiddenWhy
    """The reason, which stays public."""


@input_type
class ProposeInput:
    """What is proposed."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    year: int
    """For next year or the one after."""
    kelurahan: str
    """Where."""
    forum: Forum = Forum.RESIDENT
    """By a resident, or, for staff, what a meeting decided."""
    title: str
    """10 to 120 letters."""
    text: str
    """20 to 2,000 letters, without personal data."""
    estimate: Decimal | None = None
    """What it may cost, in whole rupiah."""

    def wish(self) -> Wish:
        return Wish(self.year, self.kelurahan, self.forum, self.title, self.text, self.estimate)


@input_type
class SupportProposalInput:
    """To support, or no longer."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    proposal_id: strawberry.ID
    """Which."""
    wanted: bool = True
    """False takes it back."""


@input_type
class MoveProposalInput:
    """One step of a proposal."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    proposal_id: strawberry.ID
    """Which."""
    version: int
    """As it was seen."""
    to: ProposalState
    """One of its nextStates."""
    reason: str = ""
    """Why; needed to refuse and to take a step back."""
    opd: str = ""
    """In whose budget it stands; for the step into the budget."""
    code: str = ""
    """Its place there."""


@scoped(Scope.PERSON)
@object_type
class BudgetFollowsChanged:
    """What is followed now."""

    follows: list[BudgetFollow]
    """The newest first."""


@scoped(Scope.PERSON)
@object_type
class QuestionChanged:
    """The question as it stands now."""

    question: BudgetQuestion
    """With its new version."""


@scoped(Scope.PERSON)
@object_type
class ProposalChanged:
    """The proposal as it stands now."""

    proposal: Proposal
    """With its new version."""


FollowBudgetResult = Annotated[BudgetFollowsChanged | Refusal, strawberry.union("FollowBudgetResult")]
UnfollowBudgetResult = Annotated[BudgetFollowsChanged | Refusal, strawberry.union("UnfollowBudgetResult")]
AskQuestionResult = Annotated[QuestionChanged | Refusal, strawberry.union("AskQuestionResult")]
AskAgainResult = Annotated[QuestionChanged | Refusal, strawberry.union("AskAgainResult")]
MendAnswerResult = Annotated[QuestionChanged | Refusal, strawberry.union("MendAnswerResult")]
AnswerQuestionResult = Annotated[QuestionChanged | Refusal, strawberry.union("AnswerQuestionResult")]
HideQuestionResult = Annotated[QuestionChanged | Refusal, strawberry.union("HideQuestionResult")]
ProposeResult = Annotated[ProposalChanged | Refusal, strawberry.union("ProposeResult")]
SupportProposalResult = Annotated[ProposalChanged | Refusal, strawberry.union("SupportProposalResult")]
MoveProposalResult = Annotated[ProposalChanged | Refusal, strawberry.union("MoveProposalResult")]


async def _follows(info: Info) -> BudgetFollowsChanged:
    found = await following.visible_to(info.context.actor)
    return BudgetFollowsChanged(follows=[BudgetFollow.of(f) for f in found])


async def _question(info: Info, key: UUID) -> QuestionChanged:
    return QuestionChanged(question=(await BudgetQuestion.of([await queries.question(key)], info))[0])


async def _proposal(info: Info, key: UUID) -> ProposalChanged:
    return ProposalChanged(proposal=(await Proposal.of([await queries.proposal(key)], info))[0])


@scoped(
    Scope.PERSON,
    answer_question=Scope.OFFICE,
    mend_answer=Scope.OFFICE,
    hide_question=Scope.OFFICE,
    move_proposal=Scope.OFFICE,
)
@strawberry.type
class ParticipationMutation:
    """Following, asking, answering, proposing, deciding."""

    @mutation
    async def follow_budget(self, info: Info, input: FollowBudgetInput) -> FollowBudgetResult:
        """Be told when the amount, what is paid or a milestone of a place moves."""
        await following.follow(info.context.actor, input.idempotency_key, input.followed(), input.year)
        return await _follows(info)

    @mutation
    async def unfollow_budget(self, info: Info, input: FollowBudgetInput) -> UnfollowBudgetResult:
        """Be told no longer."""
        await following.unfollow(info.context.actor, input.idempotency_key, input.followed(), input.year)
        return await _follows(info)

    @mutation
    async def ask_question(self, info: Info, input: AskQuestionInput) -> AskQuestionResult:
        """Ask in public; the OPD answers within five working days."""
        made = await questions.ask(
            info.context.actor, input.idempotency_key, input.year, input.opd, input.code, input.text
        )
        return await _question(info, made)

    @mutation
    async def answer_question(self, info: Info, input: AnswerQuestionInput) -> AnswerQuestionResult:
        """Answer in public, in the OPD's name."""
        wanted = uuid_of(input.question_id, "Question")
        actor, key = info.context.actor, input.idempotency_key
        return await _question(info, await questions.answer(actor, key, wanted, input.version, input.answer))

    @mutation
    async def ask_again(self, info: Info, input: AskAgainInput) -> AskAgainResult:
        """Ask once more below the answer to one's own question, at most twice; five working days each time."""
        wanted = uuid_of(input.question_id, "Question")
        actor, key = info.context.actor, input.idempotency_key
        return await _question(info, await questions.ask_again(actor, key, wanted, input.version, input.text))

    @mutation
    async def mend_answer(self, info: Info, input: MendAnswerInput) -> MendAnswerResult:
        """Say an answer anew; what it said before stays readable with its day."""
        wanted = uuid_of(input.question_id, "Question")
        actor, key = info.context.actor, input.idempotency_key
        return await _question(info, await questions.mend(actor, key, wanted, input.version, input.answer))

    @mutation
    async def hide_question(self, info: Info, input: HideQuestionInput) -> HideQuestionResult:
        """Take a question out of sight; that it was there and why it is gone stays public."""
        wanted = uuid_of(input.question_id, "Question")
        actor, key = info.context.actor, input.idempotency_key
        return await _question(info, await questions.hide(actor, key, wanted, input.version, input.why))

    @mutation
    async def propose(self, info: Info, input: ProposeInput) -> ProposeResult:
        """Propose for one of the next years."""
        return await _proposal(
            info, await proposals.propose(info.context.actor, input.idempotency_key, input.wish())
        )

    @mutation
    async def support_proposal(self, info: Info, input: SupportProposalInput) -> SupportProposalResult:
        """Support a proposal, or no longer."""
        wanted = uuid_of(input.proposal_id, "Proposal")
        actor, key = info.context.actor, input.idempotency_key
        return await _proposal(info, await proposals.support(actor, key, wanted, wanted=input.wanted))

    @mutation
    async def move_proposal(self, info: Info, input: MoveProposalInput) -> MoveProposalResult:
        """Take a proposal one step on, or one back."""
        wanted = uuid_of(input.proposal_id, "Proposal")
        step = Step(input.to, input.reason, input.opd, input.code)
        actor, key = info.context.actor, input.idempotency_key
        return await _proposal(info, await proposals.move(actor, key, wanted, input.version, step))
