"""The door of the API: POST /graphql with JSON, and a clear 4xx with a code for everything else."""

import asyncio
import gzip
import secrets
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from backend.core.metrics import ANSWERS
from backend.core.problems import Busy, Problem
from backend.core.rates import seconds
from backend.core.texts import Text
from backend.identity import rules
from backend.identity.sessions import cookie_header
from backend.partners.policy import lacking
from backend.parts import Parts
from schema.answers import WORTH_PACKING, Answers, Kept
from schema.build import Schema, is_unexpected
from schema.callers import caller_of, lacks
from schema.clocked import Clocked
from schema.context import Context
from schema.documents import Documents, Known
from schema.guard import Limits, check_variables
from schema.introspecting import Introspection
from schema.plans.compile import Plan
from schema.plans.encode import Aside, dumps
from schema.requests import (
    Asked,
    Call,
    Refused,
    address_of,
    check_head,
    read_body,
    read_request,
    session_cookie,
)
from schema.scopes import Scopes

FAULT = Text(
    "Ada gangguan di pihak kami. Isian Anda tidak hilang. Coba lagi, atau sebut kode {code} ke petugas.",
    "Something failed on our side. Nothing you wrote is lost. Try again, or tell the counter code {code}.",
)

SLOW = Text(
    "Terlalu banyak permintaan dari sini. Coba lagi dalam {} detik.",
    "Too many requests from here. Try again in {} seconds.",
)

LONG = Text(
    "Permintaan ini terlalu lama dikerjakan. Minta lebih sedikit, atau coba lagi sebentar.",
    "This request took too long. Ask for less, or try again in a moment.",
)
FULL = {"message": "The server is full. Try again in a moment.", "extensions": {"code": "BUSY"}}

# A document that is none, or past a bound, costs the server its reading all the same.
REFUSED_COST = 10

# A cost is an estimate; what takes longer than usual pays for what it took.
BUSY_FREE_MS, BUSY_UNITS, BUSY_MOST = 2, 20, 2000

# An error may quote what was sent; nobody reads more of it than this.
LONGEST_MESSAGE = 400

log = structlog.get_logger()

# A request's id: which process, and the how manieth of it.
_PROCESS = secrets.token_hex(3)
_numbers = count(1)


class Endpoint(GraphQL[Context, None]):
    """Strawberry's ASGI app with our own reading of requests: bounded, typed, never a traceback."""

    def __init__(
        self,
        schema: Schema,
        parts: Callable[[], Parts],
        origins: frozenset[str],
        known: Mapping[str, str],
        limits: Limits,
        answers: Answers,
    ) -> None:
        super().__init__(
            schema, graphql_ide=None, allow_queries_via_get=False, multipart_uploads_enabled=False
        )
        self._limits = limits
        self._documents = Documents(self._limits.tokens, known.values())
        self._schema = schema
        self.graphql_schema = schema.graphql_schema
        self._introspection = Introspection(schema.graphql_schema)
        self._scopes = Scopes(schema.graphql_schema)
        self._parts = parts
        self._origins = origins
        self._known = known
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP only; live updates have a door of their own (schema/live.py)."""
        request = Call(scope, receive)
        request_id = f"{_PROCESS}{next(_numbers):06x}"
        try:
            response = await self._answer(request, request_id)
        except Refused as refused:
            body = {"errors": [{"message": refused.message, "extensions": refused.extensions}]}
            response = _json(body, refused.status, request_id)
            response.headers.update(refused.headers)
        except Busy:
            response = _json({"errors": [FULL]}, 503, request_id)
            response.headers["Retry-After"] = "1"
        except ClientDisconnect:
            return
        except Exception:
            log.exception("unexpected", request_id=request_id)
            said = FAULT.id.replace("{code}", request_id)
            error = {"message": said, "extensions": {"code": "INTERNAL", "requestId": request_id}}
            response = _json({"errors": [error]}, 500, request_id)
        await _packed(request, response)(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        check_head(request)
        if session_cookie(request) and request.headers.get("origin") not in self._origins:
            raise Refused(
                403, "FOREIGN_ORIGIN", "A request with a session must come from the app's own origin."
            )
        body = await read_body(request)
        context = Context(
            actor=await caller_of(request, self._parts()),
            parts=self._parts(),
            user_agent=request.headers.get("user-agent", "")[:400],
            address=address_of(request, trust_proxy=self._parts().settings.trust_proxy),
            request_id=request_id,
        )
        _told_to_wait(context, context.parts.meter.full(context.actor, context.address))
        if context.actor.is_signed_in:
            response = await self._in_time(request, body, context)
        else:
            response = await self._of_nobody(request, body, context)
        if context.cookie is not None:
            staff = bool(context.actor.posts)
            lifetime = rules.STAFF_SESSION_LIFETIME if staff else rules.SESSION_LIFETIME
            response.headers["Set-Cookie"] = cookie_header(context.cookie, int(lifetime.total_seconds()))
        return response

    async def _of_nobody(self, request: Request, body: bytes, context: Context) -> Response:
        """What was asked in these very bytes before may still stand; other work is clocked, and long work charged."""
        kept = self._answers.heard(body, context.actor, context.parts.feed.version)
        if kept is not None:
            return await _sent(request, kept, context)
        work = Clocked(self._in_time(request, body, context))
        try:
            return await work
        finally:
            owed = dear(work.seconds)
            if owed:
                # Too late to refuse this one; the next of this caller has to wait for it. People with a session
                # are spared: an officer's honest morning is a row of writes.
                context.parts.meter.owe(context.actor, context.address, owed)

    async def _in_time(self, request: Request, body: bytes, context: Context) -> Response:
        """The answer within the deadline, or a refusal of the document."""
        asked = read_request(body, self._known)
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._kept_or_made(request, body, asked, context)
        except TimeoutError:
            raise Refused(503, "DEADLINE", context.say(LONG), {"Retry-After": "1"}) from None
        except GraphQLError as refused:
            await _within_rate(context, REFUSED_COST)
            return _json({"errors": [_error(refused, context)]}, 400, context.request_id)

    async def _kept_or_made(self, request: Request, body: bytes, asked: Asked, context: Context) -> Response:
        """Public reference data from what was answered before, or 304; everything else is made."""
        await _charged(context, self._documents.price(asked.document))
        known = self._documents.learn(asked.document)
        check_variables(asked.variables, self._limits)
        question = self._answers.question(known, asked, context.actor)
        key = self._answers.key(question, context.parts.feed.version) if question else None
        if question is None or key is None:
            return await self._execute(known, asked, context)
        kept = self._answers.get(key)
        if kept is None:
            response = await self._execute(known, asked, context)
            made = bytes(response.body)
            if response.status_code != 200 or "errors" in orjson.loads(made):
                return response
            kept = self._answers.put(key, made)
            self._answers.hear(body, question)
            return _reply(request, kept, context)
        return await _sent(request, kept, context)

    async def _execute(self, known: Known, asked: Asked, context: Context) -> Response:
        """Weigh the document and charge for it; only then let its plan or the resolvers answer."""
        switches = known.switches(asked.variables)
        context.document = known.document
        await _charged(context, self._documents.price_of_switches(known, switches))
        context.weight = known.weight(self.graphql_schema, switches, self._limits)
        missing = lacking(context.actor, self._scopes.of(known.document, asked.operation))
        if missing:
            raise lacks(missing)
        await _within_rate(context, context.weight.cost + 1)
        plan = known.plan(self._schema, asked.operation, switches)
        data = await _planned(plan, asked, context) if plan is not None else None
        if data is not None:
            cost = b',"extensions":{"cost":%d}}' % context.weight.cost
            return _bytes(b'{"data":' + data + cost, 200, context.request_id)
        if plan is None:
            if wrong := known.errors(self.graphql_schema):
                return _json(_said(ExecutionResult(None, wrong), context), 400, context.request_id)
            of_itself = self._of_itself(known, asked)
            if of_itself is not None:
                said = {"data": of_itself, "extensions": {"cost": context.weight.cost}}
                return _json(said, 200, context.request_id)
            ANSWERS.labels("resolvers").inc()
        result = await self._resolved(asked, context)
        return _json(_said(result, context), _status(result), context.request_id)

    def _of_itself(self, known: Known, asked: Asked) -> dict[str, Any] | None:
        """What the schema says of itself, where nothing else is asked for."""
        found = self._introspection.answer(known.document, asked.operation, asked.variables or {})
        if found is not None:
            ANSWERS.labels("introspection").inc()
        return found

    async def _resolved(self, asked: Asked, context: Context) -> ExecutionResult:
        """The answer of the resolvers, by way of graphql-core."""
        try:
            result = await self.schema.execute(
                asked.document,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
            )
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            raise Refused(
                400, "BAD_DOCUMENT", "The document holds no single operation of that name."
            ) from None
        if any(isinstance(e.original_error, Busy) for e in result.errors or ()):
            raise Busy
        return result


async def _sent(request: Request, kept: Kept, context: Context) -> Response:
    """A kept answer; it costs the least there is."""
    await _within_rate(context, 1)
    ANSWERS.labels("cache").inc()
    return _reply(request, kept, context)


def _reply(request: Request, kept: Kept, context: Context) -> Response:
    reply = kept.reply(request.headers.get("accept-encoding", ""), request.headers.get("if-none-match", ""))
    response = _bytes(reply.body, reply.status, context.request_id)
    response.headers.update(reply.headers)
    return response


def dear(seconds: float) -> int:
    """What a request still owes for keeping the server busy: past 2 ms, 20 units a millisecond, at most 2,000."""
    return min(max(0, round(seconds * 1000 - BUSY_FREE_MS) * BUSY_UNITS), BUSY_MOST)


async def _planned(plan: Plan, asked: Asked, context: Context) -> bytes | None:
    """The plan's answer; None when it steps aside, for the resolvers say every refusal."""
    try:
        data = await plan.answer(context, asked.variables)
    except (Aside, Problem, GraphQLError):
        ANSWERS.labels("aside").inc()
        return None
    except Busy:
        raise
    except Exception:
        # Reading twice does no harm; the resolvers log and mask what went wrong.
        log.exception("plan failed", request_id=context.request_id)
        ANSWERS.labels("failed").inc()
        return None
    ANSWERS.labels("plan").inc()
    return data


async def _charged(context: Context, units: int) -> None:
    """What is new pays before anything is done for it; most requests owe nothing here."""
    if units:
        await _within_rate(context, units)


async def _within_rate(context: Context, cost: int) -> None:
    """Charge the app, the person and their device, or the network of an anonymous caller."""
    _told_to_wait(context, await context.parts.meter.actor(context.actor, context.address, cost))


def _told_to_wait(context: Context, wait: float) -> None:
    if wait > 0:
        later = seconds(wait)
        raise Refused(429, "RATE_LIMITED", context.say(SLOW).format(later), {"Retry-After": later})


def _status(result: ExecutionResult) -> int:
    """400 when the document or its variables were refused before anything ran, so that nobody tries again."""
    errors = result.errors or []
    refused = bool(errors) and all(e.path is None and not is_unexpected(e) for e in errors)
    return 400 if refused and result.data is None else 200


def _said(result: ExecutionResult, context: Context) -> dict[str, Any]:
    said: dict[str, Any] = {"data": result.data}
    if result.errors:
        said["errors"] = [_error(e, context) for e in result.errors]
    return said | {"extensions": {"cost": context.weight.cost}}


def _error(error: GraphQLError, context: Context) -> dict[str, Any]:
    if is_unexpected(error):
        message = context.say(FAULT).replace("{code}", context.request_id)
        extensions: dict[str, Any] = {"code": "INTERNAL", "requestId": context.request_id}
        return {"message": message, "path": error.path, "extensions": extensions}
    # What the names almost are is nobody's business.
    message = error.message.partition(" Did you mean ")[0]
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[: LONGEST_MESSAGE - 3]}..."
    extensions = {"code": "BAD_DOCUMENT"} | (error.extensions or {})
    return {**error.formatted, "message": message, "extensions": extensions}


def _packed(request: Request, response: Response) -> Response:
    """The answer as gzip where the caller takes it: a catalogue of 170 kB is 20 on a poor network.

    Guessing secrets from lengths (BREACH) needs requests from other sites; those never carry a session here.
    """
    ready = "content-encoding" in response.headers
    takes = "gzip" in request.headers.get("accept-encoding", "")
    if len(response.body) >= WORTH_PACKING and takes and not ready:
        response.body = gzip.compress(bytes(response.body), compresslevel=5, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    response.headers["Vary"] = "Accept-Encoding, Cookie, X-Lugas-Locale"
    return response


def _json(body: dict[str, Any], status: int, request_id: str) -> Response:
    return _bytes(dumps(body), status, request_id)


def _bytes(body: bytes, status: int, request_id: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Request-Id": request_id}
    return Response(body, status, headers, media_type="application/json")
