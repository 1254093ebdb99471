"""Acting on cases: each mutation is one act of the domain, refused by one of the six Problems."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications import actions, heads, queries
from backend.core.problems import NotFound
from schema.applications import inputs
from schema.applications.inputs import bounded
from schema.applications.reading import one, parts_of
from schema.applications.types import Application
from schema.context import Info
from schema.fields import mutation, object_type
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class ApplicationChanged:
    """The case as it stands after the act."""

    application: Application
    """The case."""


ApplicationResult = Annotated[ApplicationChanged | Refusal, strawberry.union("ApplicationResult")]


async def changed(info: Info, act: Awaitable[UUID]) -> ApplicationChanged:
    """Do the act and give the case back."""
    case = await queries.after_act(info.context.actor, await act, parts_of(info, "application"))
    application = await one(info, case)
    if application is None:
        # A repeat, long after: the case went to another office, and others have acted on it since.
        raise NotFound(queries.UNKNOWN_CASE)
    return ApplicationChanged(application=application)


@scoped(
    Scope.OFFICE,
    submit_application=Scope.PERSON,
    answer_return=Scope.PERSON,
    withdraw_application=Scope.PERSON,
)
@strawberry.type
class ApplicationsMutation:
    """What residents, officers and heads do with a case."""

    @mutation
    async def submit_application(
        self,
        info: Info,
        input: inputs.SubmitApplicationInput,
    ) -> ApplicationResult:
        """Send an application; the promise starts to run."""
        context = info.context
        act = actions.submit(context.actor, input.idempotency_key, input.form(), context.parts.keyring)
        return await changed(info, act)

    @mutation
    async def answer_return(self, info: Info, input: inputs.AnswerReturnInput) -> ApplicationResult:
        """Mend what was returned; the clock runs on, moved by exactly the wait."""
        context = info.context
        pages = [d.given() for d in bounded(input.documents)]
        given = None if input.answers is None else {a.name: a.value for a in bounded(input.answers)}
        return await changed(
            info, actions.answer(context.actor, input.ask(), pages, given, context.parts.keyring)
        )

    @mutation
    async def withdraw_application(self, info: Info, input: inputs.CaseActionInput) -> ApplicationResult:
        """Take the own application back."""
        return await changed(info, actions.withdraw(info.context.actor, input.ask()))

    @mutation
    async def take_application(self, info: Info, input: inputs.CaseActionInput) -> ApplicationResult:
        """Take a case to work on."""
        return await changed(info, actions.take(info.context.actor, input.ask()))

    @mutation
    async def release_application(self, info: Info, input: inputs.CaseActionInput) -> ApplicationResult:
        """Put a taken case back for colleagues."""
        return await changed(info, actions.release(info.context.actor, input.ask()))

    @mutation
    async def return_application(
        self,
        info: Info,
        input: inputs.ReturnApplicationInput,
    ) -> ApplicationResult:
        """Hand a case back for published requirements, each at most once; the clock pauses."""
        items = [r.item() for r in bounded(input.returns)]
        return await changed(info, actions.return_(info.context.actor, input.ask(), items))

    @mutation
    async def forward_application(
        self,
        info: Info,
        input: inputs.ForwardApplicationInput,
    ) -> ApplicationResult:
        """Pass a case to another department with a reason; the same promise runs on."""
        act = actions.forward(info.context.actor, input.ask(), input.opd_code, input.reason)
        return await changed(info, act)

    @mutation
    async def approve_application(self, info: Info, input: inputs.CaseActionInput) -> ApplicationResult:
        """Checked and complete: the letter goes to the head."""
        context = info.context
        return await changed(info, actions.approve(context.actor, input.ask(), context.parts.keyring))

    @mutation
    async def reject_application(
        self,
        info: Info,
        input: inputs.ReasonedCaseActionInput,
    ) -> ApplicationResult:
        """Refuse with a written reason."""
        return await changed(info, actions.reject(info.context.actor, input.ask(), input.reason))

    @mutation
    async def send_back_application(
        self,
        info: Info,
        input: inputs.ReasonedCaseActionInput,
    ) -> ApplicationResult:
        """The head hands a letter back to the officers with a reason."""
        return await changed(info, heads.send_back(info.context.actor, input.ask(), input.reason))
