"""The six refusals as API types, and the extension that turns a raised refusal into an answer."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeAlias

import strawberry
from strawberry.extensions.field_extension import FieldExtension

from backend.core import problems as core
from backend.core.texts import Locale
from schema.context import Info
from schema.scopes import Scope, scoped

CODE = "Stable, for programs."
MESSAGE = "For people, in the language asked for."


@scoped(Scope.OPEN)
@strawberry.interface(description="A refusal that people can act on.")
class Problem:
    code: str = strawberry.field(description=CODE)
    message: str = strawberry.field(description=MESSAGE)


@scoped(Scope.OPEN)
@strawberry.type(description="One wrong input.")
class FieldProblem:
    path: str = strawberry.field(
        description='Dotted name of the input, such as "answers.income" or "documents.ktp".'
    )
    message: str = strawberry.field(description="What is wrong and how to mend it.")


@scoped(Scope.OPEN)
@strawberry.type(description="The input cannot be taken; every wrong field is named.")
class InvalidInput(Problem):
    fields: list[FieldProblem] = strawberry.field(description="The wrong fields, in the order of the form.")


@strawberry.type(description="Absent, or not for this person: the answer is the same.")
class NotFound(Problem):
    pass


@strawberry.type(description="This person may not do this.")
class NotAllowed(Problem):
    pass


@scoped(Scope.OPEN)
@strawberry.type(description="Someone was faster, or the key came before with another body.")
class Conflict(Problem):
    current_state: str | None = strawberry.field(description="The state the case is in now.")
    current_version: int | None = strawberry.field(description="The version to act on now.")


@scoped(Scope.OPEN)
@strawberry.type(description="Right act, wrong moment.")
class NotNow(Problem):
    retry_at: datetime | None = strawberry.field(description="When it may work.")


@scoped(Scope.OPEN)
@strawberry.type(description="Over a published bound.")
class TooLarge(Problem):
    limit: int = strawberry.field(description="The bound.")


Refusal: TypeAlias = InvalidInput | NotFound | NotAllowed | Conflict | NotNow | TooLarge


def of(problem: core.Problem, locale: Locale) -> Refusal:
    """The API's form of a refusal."""
    code, message = problem.code, problem.text.said(locale)
    match problem:
        case core.InvalidInput():
            fields = [FieldProblem(path=f.path, message=f.text.said(locale)) for f in problem.faults]
            return InvalidInput(code=code, message=message, fields=fields)
        case core.NotAllowed():
            return NotAllowed(code=code, message=message)
        case core.Conflict():
            return Conflict(
                code=code, message=message, current_state=problem.state, current_version=problem.version
            )
        case core.NotNow():
            return NotNow(code=code, message=message, retry_at=problem.retry_at)
        case core.TooLarge():
            return TooLarge(code=code, message=message, limit=problem.limit)
        case _:
            return NotFound(code=code, message=message)


class Refusals(FieldExtension):
    """A refusal raised in the domain has rolled its transaction back; here it becomes the answer."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        try:
            answer = next_(source, info, **kwargs)
            return await answer if inspect.isawaitable(answer) else answer
        except core.Problem as problem:
            return of(problem, info.context.locale)
