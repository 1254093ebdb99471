"""From a subscribe message to what it listens to: parsed, weighed, charged, validated and allowed, like any request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationType,
)
from graphql.execution import Executor, create_source_event_stream
from graphql.utilities import get_operation_ast

from backend.core.actors import Actor
from backend.core.rates import seconds
from backend.partners.policy import lacking
from schema.build import Schema, is_unexpected
from schema.callers import lacks
from schema.context import Context
from schema.documents import ERRORS_MOST, Documents
from schema.guard import Limits, check_variables
from schema.hub import Audience
from schema.requests import Asked, Refused, read_request
from schema.scopes import Scopes
from schema.subscriptions import Watch


class Refusal(Exception):
    """An operation that is not served, with the errors for its `error` message."""

    def __init__(self, errors: list[dict[str, Any]], *, malformed: bool = False) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.malformed = malformed

    @property
    def words(self) -> str:
        return str(self.errors[0]["message"])

    @staticmethod
    def of(code: str, message: str, *, malformed: bool = False) -> "Refusal":
        return Refusal([{"message": message, "extensions": {"code": code}}], malformed=malformed)

    @staticmethod
    def by(errors: list[GraphQLError]) -> "Refusal":
        return Refusal([_said(error) for error in errors[:ERRORS_MOST]])


def _said(error: GraphQLError) -> dict[str, Any]:
    if is_unexpected(error):
        raise error
    # What the names almost are is nobody's business.
    message = error.message.partition(" Did you mean ")[0]
    extensions = {"code": "BAD_DOCUMENT"} | (error.extensions or {})
    return {**error.formatted, "message": message, "extensions": extensions}


@dataclass(frozen=True)
class Wish:
    """An allowed subscription: what it listens to, with whom it may share, and how to say its events."""

    watch: Watch[Any]
    audience: Audience
    build: Callable[[], Executor[Any]]


class Following:
    """Reads subscribe payloads as the endpoint reads requests."""

    def __init__(self, schema: Schema, known: Mapping[str, str], limits: Limits) -> None:
        self._schema = schema
        self._known = known
        self._limits = limits
        self._documents = Documents(limits.tokens, known.values())
        self._scopes = Scopes(schema.graphql_schema)

    async def open(self, payload: dict[str, Any], context: Context) -> Wish:
        """What a payload asks for, or Refusal."""
        try:
            asked = read_request(orjson.dumps(payload), self._known)
            document = await self._admit(asked, context)
        except Refused as refused:
            malformed = refused.code == "BAD_REQUEST"
            error = {"message": refused.message, "extensions": refused.extensions}
            raise Refusal([error], malformed=malformed) from None
        except GraphQLError as found:
            raise Refusal.by([found]) from None
        watch = await self._source(asked, document, context)
        variables = orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS)
        audience = Audience(asked.document, asked.operation, variables, watch.make, context.locale)
        # Events are said in the audience's language to nobody in particular.
        nobody = replace(context, actor=Actor(locale=context.locale), reads={})
        return Wish(watch, audience, lambda: self._executor(asked, document, nobody))

    async def _admit(self, asked: Asked, context: Context) -> DocumentNode:
        """Parse, weigh, look at the scopes, charge and validate."""
        await _charge(context, self._documents.price(asked.document))
        known = self._documents.learn(asked.document)
        check_variables(asked.variables, self._limits)
        switches = known.switches(asked.variables)
        await _charge(context, self._documents.price_of_switches(known, switches))
        weight = known.weight(self._schema.graphql_schema, switches, self._limits)
        missing = lacking(context.actor, self._scopes.of(known.document, asked.operation))
        if missing:
            raise lacks(missing)
        await _charge(context, weight.cost + 1)
        errors = known.errors(self._schema.graphql_schema)
        if errors:
            raise Refusal.by(errors)
        operation = get_operation_ast(known.document, asked.operation)
        if operation is None:
            raise GraphQLError("The document holds no single operation of that name.")
        if operation.operation is not OperationType.SUBSCRIPTION:
            raise GraphQLError("Queries and mutations go by POST.", extensions={"code": "NOT_A_SUBSCRIPTION"})
        return known.document

    async def _source(self, asked: Asked, document: DocumentNode, context: Context) -> Watch[Any]:
        """Run the root field as its subscriber: what it needs is checked there."""
        executor = self._executor(asked, document, context)
        found = create_source_event_stream(executor)
        source = found if isinstance(found, ExecutionResult) else await _settled(found)
        if isinstance(source, ExecutionResult):
            raise Refusal.by(source.errors or [GraphQLError("Nothing to follow.")])
        assert isinstance(source, Watch), "every subscription field gives a Watch"
        return source

    def _executor(self, asked: Asked, document: DocumentNode, context: Context) -> Executor[Any]:
        made = self._schema.execution_context_class.build(
            self._schema.graphql_schema,
            document,
            None,
            context,
            asked.variables,
            asked.operation,
            hide_suggestions=True,
        )
        if isinstance(made, list):
            raise Refusal.by(made)
        return made


async def _charge(context: Context, units: int) -> None:
    wait = await context.parts.meter.actor(context.actor, context.address, units) if units else 0.0
    if wait > 0:
        error = {"code": "RATE_LIMITED", "retryAfter": int(seconds(wait))}
        raise GraphQLError("Too many requests from here.", extensions=error)


async def _settled(found: Any) -> Any:
    return await found if hasattr(found, "__await__") else found
