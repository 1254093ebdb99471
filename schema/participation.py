"""What residents follow, ask and propose about the public money, as the API says it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from backend.core.pages import Window
from backend.core.reads import Row
from backend.participation import following, policy, queries
from backend.participation.queries import Which
from backend.participation.rules import BACK, ONWARD, Forum, ProposalState
from schema.asking import BudgetQuestionConnection
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.ids import encode
from schema.permissions import Need
from schema.places import Kelurahan
from schema.scopes import Scope, scoped
from schema.services import Opd

strawberry.enum(ProposalState, description="How far a proposal came.")
strawberry.enum(Forum, name="ProposalForum", description="Where a proposal was brought.")


@scoped(Scope.PERSON)
@object_type
class BudgetGone:
    """The newest year's budget no longer has a followed place; budgetClosest finds what is most like it."""

    year: int
    """In whose budget it is not."""
    stage: str
    """In which stage of it."""
    last_year: int
    """The last year that had it."""
    last_stage: str
    """And the stage of it."""
    last_total: Decimal
    """What it had there, rupiah with sen."""

    @staticmethod
    def of(gone: following.Gone) -> "BudgetGone":
        return BudgetGone(
            year=gone.year,
            stage=gone.stage,
            last_year=gone.last_year,
            last_stage=gone.last_stage,
            last_total=gone.last_amount,
        )


@scoped(Scope.PERSON)
@object_type
class BudgetFollow:
    """What the asking person follows: a place of the budget, or a kelurahan."""

    opd_code: str
    """The OPD of the place; empty for a kelurahan."""
    code: str
    """Its code; empty for a whole OPD."""
    kelurahan_code: str
    """The kelurahan; empty for a place."""
    year: int
    """The year in whose budget the place was seen."""
    name: str
    """What it is called, or was when a budget last had it."""
    since: datetime
    """Since when."""
    gone: BudgetGone | None
    """Set where the newest year's budget has no such place any more."""

    @staticmethod
    def of(found: following.Mine) -> "BudgetFollow":
        return BudgetFollow(
            opd_code=found.opd,
            code=found.code,
            kelurahan_code=found.kelurahan,
            year=found.year,
            name=found.name,
            since=found.since,
            gone=BudgetGone.of(found.gone) if found.gone else None,
        )


@scoped(Scope.BUDGET)
@object_type
class ProposalStep:
    """One step that a proposal took."""

    state: ProposalState
    """Where it went."""
    at: datetime
    """When."""
    reason: str
    """Why, where a reason was given."""
    opd: Opd | None
    """Whose step it was; null for the resident's own."""


@scoped(Scope.BUDGET, supported=Scope.PERSON, mine=Scope.PERSON, next_states=Scope.OFFICE)
@object_type
class Proposal:
    """What residents propose for a year, through the planning meetings (musrenbang). Who proposed is not told."""

    id: strawberry.ID
    """To support and to move it."""
    key: str
    """For its address in the app."""
    version: int
    """To act on it."""
    year: int
    """For which fiscal year."""
    kelurahan: Kelurahan
    """Where."""
    forum: Forum
    """Where it was brought."""
    title: str
    """What is proposed."""
    text: str
    """Why, and what exactly."""
    estimate: Decimal | None
    """What it may cost, in rupiah, where somebody made an estimate."""
    state: ProposalState
    """How far it came."""
    reason: str
    """The reason of the last step."""
    opd: Opd | None
    """In whose budget it stands; null before that."""
    code: str
    """Its place there."""
    place_name: str
    """What the place is called."""
    proposed_at: datetime
    """When it was proposed."""
    moved_at: datetime
    """When it took its last step."""
    supporters: int
    """How many residents support it."""
    supported: bool
    """The asking person does."""
    mine: bool
    """The asking person proposed it."""
    next_states: list[ProposalState]
    """Where the asking person may take it, the step back last."""
    row: strawberry.Private[Row]

    @field
    async def steps(self, info: Info) -> list[ProposalStep]:
        """How it came here, at most 50 steps."""
        opds = (await info.context.city()).opds
        return [
            ProposalStep(
                state=ProposalState(step.state),
                at=step.at,
                reason=step.reason,
                opd=Opd.of(opds[step.office]) if step.office in opds else None,
            )
            for step in await queries.steps(self.row.id)
        ]

    @staticmethod
    async def of(rows: Sequence[Row], info: Info) -> "list[Proposal]":
        """All of them, with one look at what the asking person supports."""
        actor, city = info.context.actor, await info.context.city()
        supported = await queries.supported(actor, [row.id for row in rows])
        return [
            Proposal(
                id=encode("Proposal", row.id),
                key=str(row.id),
                row=row,
                version=row.version,
                year=row.year,
                kelurahan=Kelurahan.of(city.places[row.kelurahan]),
                forum=Forum(row.forum),
                title=row.title,
                text=row.text,
                estimate=row.estimate,
                state=ProposalState(row.state),
                reason=row.reason,
                opd=Opd.of(city.opds[row.opd]) if row.opd else None,
                code=row.code,
                place_name=row.place_name,
                proposed_at=row.proposed_at,
                moved_at=row.moved_at,
                supporters=row.supporters,
                supported=row.id in supported,
                mine=actor.person is not None and actor.person == row.person_id,
                next_states=_next(row, info),
            )
            for row in rows
        ]


def _next(row: Row, info: Info) -> list[ProposalState]:
    actor, state = info.context.actor, ProposalState(row.state)
    onward = list(ONWARD[state]) if policy.may_move(actor, state, row.office, row.opd) else []
    back = [BACK[state]] if state in BACK and policy.works_in(actor, policy.PLANNING) else []
    return onward + back


@scoped(Scope.BUDGET)
@object_type
class ProposalEdge:
    """A proposal in a list."""

    cursor: str
    """Where it stands."""
    node: Proposal
    """The proposal."""


@scoped(Scope.BUDGET)
@object_type
class ProposalConnection:
    """A page of proposals."""

    edges: list[ProposalEdge]
    """The last moved first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.BUDGET, budget_follows=Scope.PERSON, question_inbox=Scope.OFFICE, my_questions=Scope.PERSON)
@strawberry.type
class ParticipationQuery:
    """Following, asking and proposing; reading it needs no sign-in."""

    @query(Need.SIGNED_IN)
    async def budget_follows(self, info: Info) -> list[BudgetFollow]:
        """What the asking person follows, the newest first, at most 50."""
        return [BudgetFollow.of(found) for found in await following.visible_to(info.context.actor)]

    @query(Need.NOTHING)
    async def budget_questions(
        self, info: Info, year: int, opd: str, code: str = "", first: int = 20, after: str | None = None
    ) -> BudgetQuestionConnection:
        """The questions on a place of a year's budget, the newest first."""
        return await BudgetQuestionConnection.of(
            await queries.asked_about(year, opd, code, Window.of(first, after)), info
        )

    @query(Need.SIGNED_IN)
    async def my_questions(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> BudgetQuestionConnection:
        """What the asking person asked, the newest first."""
        return await BudgetQuestionConnection.of(
            await queries.mine(info.context.actor, Window.of(first, after)), info
        )

    @query(Need.STAFF)
    async def question_inbox(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> BudgetQuestionConnection:
        """The questions that wait for one's offices, the soonest due first; the inspectorate sees all that wait."""
        return await BudgetQuestionConnection.of(
            await queries.visible_to(info.context.actor, Window.of(first, after)), info
        )

    @query(Need.NOTHING)
    async def proposals(
        self,
        info: Info,
        year: int | None = None,
        kelurahan: str | None = None,
        state: ProposalState | None = None,
        opd: str | None = None,
        code: str = "",
        mine: bool = False,
        waiting_for_me: bool = False,
        first: int = 20,
        after: str | None = None,
    ) -> ProposalConnection:
        """Proposals of a year, kelurahan, state or place of the budget; one's own, or those one's office decides on."""
        actor = info.context.actor
        which = Which(
            year=year,
            kelurahan=kelurahan,
            state=state,
            place=(opd, code) if opd else None,
            of=actor.person if mine else None,
            waiting_for=actor if waiting_for_me else None,
        )
        page = await queries.proposals(which, Window.of(first, after))
        nodes = await Proposal.of(page.rows, info)
        edges = [ProposalEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)]
        return ProposalConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    @query(Need.NOTHING)
    async def proposal(self, info: Info, key: UUID) -> Proposal | None:
        """One proposal by the key of its address; null without."""
        row = await queries.proposal(key)
        return (await Proposal.of([row], info))[0] if row is not None else None
