"""The door of the API: POST /graphql with JSON, and a clear 4xx with a code for everything else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
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

from backend.core.ids import uuid7
from backend.core.texts import Locale, Text
from backend.identity import rules
from backend.identity.queries import actor_of
from backend.identity.sessions import COOKIE, cookie_header
from backend.parts import Parts
from schema.build import Schema, is_unexpected
from schema.context import Context
from schema.limits import fault_in

MOST_BYTES = 64 * 1024
DEEPEST_JSON = 32
FAULT = Text(
    "Ada gangguan di pihak kami. Isian Anda tidak hilang. Coba lagi, atau sebut kode {code} ke petugas.",
    "Something failed on our side. Nothing you wrote is lost. Try again, or tell the counter code {code}.",
)

log = structlog.get_logger()


class Refused(Exception):
    """A request that is no GraphQL request: HTTP status, code, and words for the programmer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Asked:
    """A well-formed request."""

    document: str
    variables: dict[str, Any]
    operation: str | None


class Endpoint(GraphQL[Context, None]):
    """Strawberry's ASGI app with our own reading of requests: bounded, typed, never a traceback."""

    def __init__(
        self, schema: Schema, parts: Callable[[], Parts], origins: frozenset[str], known: Mapping[str, str]
    ) -> None:
        super().__init__(
            schema, graphql_ide=None, allow_queries_via_get=False, multipart_uploads_enabled=False
        )
        self._parts = parts
        self._origins = origins
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP only; live updates come with subscriptions."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 4404})
            return
        request = Request(scope, receive)
        request_id = uuid7().hex[-12:]
        try:
            response = await self._answer(request, request_id)
        except Refused as refused:
            body = {"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]}
            response = _json(body, refused.status, request_id)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> Response:
        _check_head(request)
        token = session_cookie(request)
        if token and request.headers.get("origin") not in self._origins:
            raise Refused(
                403, "FOREIGN_ORIGIN", "A request with a session must come from the app's own origin."
            )
        asked = read_request(await read_body(request), self._known)
        context = Context(
            actor=await actor_of(token, _locale(request)),
            parts=self._parts(),
            user_agent=request.headers.get("user-agent", "")[:400],
            request_id=request_id,
        )
        result = await self._execute(asked, context)
        response = _json(_said(result, context), _status(result), request_id)
        if context.cookie is not None:
            staff = bool(context.actor.posts)
            lifetime = rules.STAFF_SESSION_LIFETIME if staff else rules.SESSION_LIFETIME
            response.headers["Set-Cookie"] = cookie_header(context.cookie, int(lifetime.total_seconds()))
        return response

    async def _execute(self, asked: Asked, context: Context) -> ExecutionResult:
        try:
            return await self.schema.execute(
                asked.document,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
            )
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            raise Refused(
                400, "BAD_DOCUMENT", "The document holds no single operation of that name."
            ) from None


def _check_head(request: Request) -> None:
    if request.method != "POST":
        raise Refused(405, "METHOD_NOT_ALLOWED", "Send POST.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.")


async def read_body(request: Request) -> bytes:
    """The body, counted while it streams in; 413 past 64 KiB."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, "TOO_LARGE", f"At most {MOST_BYTES} bytes; files travel by upload tickets.")
    return bytes(body)


def read_request(body: bytes, known: Mapping[str, str]) -> Asked:
    """The request inside a body, or Refused with 400 and a code."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "BAD_JSON", "The body is not JSON.") from None
    if not isinstance(data, dict):
        raise Refused(400, "BAD_REQUEST", "The body is one JSON object.")
    variables = data.get("variables")
    operation = data.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        raise Refused(400, "BAD_REQUEST", "variables is an object, operationName a string.")
    if _depth(variables) > DEEPEST_JSON or _has_nul(variables):
        raise Refused(400, "BAD_VARIABLES", "Variables nest too deeply or hold a NUL.")
    return Asked(_document(data, known), variables or {}, operation)


def _document(data: dict[str, Any], known: Mapping[str, str]) -> str:
    extensions = data.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else data.get("documentId")
    if isinstance(digest, str):
        document = known.get(digest)
        if document is None:
            raise Refused(400, "PERSISTED_QUERY_NOT_FOUND", "Unknown document; reload the app.")
        return document
    query = data.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "BAD_REQUEST", "query is a string.")
    fault = fault_in(query)
    if fault:
        raise Refused(400, "BAD_DOCUMENT", fault)
    return query


def _depth(value: object) -> int:
    """How deeply JSON nests, level by level; no recursion, since the input decides."""
    level: list[object] = [value]
    depth = 0
    while level and depth <= DEEPEST_JSON:
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level, depth = inner, depth + 1
    return depth


def _has_nul(value: object) -> bool:
    """PostgreSQL takes no NUL in text: refuse it at the door."""
    return value is not None and b"\\u0000" in orjson.dumps(value)


def session_cookie(request: Request) -> str | None:
    """The session's token, if the request carries one."""
    try:
        morsel = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value[:200] if morsel and morsel.value else None


def _locale(request: Request) -> Locale | None:
    """X-Lugas-Locale wins, then the first of Accept-Language that we speak; None leaves it to the person."""
    wanted = request.headers.get("x-lugas-locale", "").lower()
    if wanted in ("id", "en"):
        return Locale(wanted)
    for part in request.headers.get("accept-language", "")[:200].lower().split(","):
        language = part.partition(";")[0].strip().partition("-")[0]
        if language in ("id", "en"):
            return Locale(language)
    return None


def _status(result: ExecutionResult) -> int:
    """400 when the document or its variables were refused before anything ran, so that nobody tries again."""
    errors = result.errors or []
    refused = bool(errors) and all(e.path is None and not is_unexpected(e) for e in errors)
    return 400 if refused and result.data is None else 200


def _said(result: ExecutionResult, context: Context) -> dict[str, Any]:
    said: dict[str, Any] = {"data": result.data}
    if result.errors:
        said["errors"] = [_error(e, context) for e in result.errors]
    return said


def _error(error: GraphQLError, context: Context) -> dict[str, Any]:
    if is_unexpected(error):
        message = context.say(FAULT).replace("{code}", context.request_id)
        extensions: dict[str, Any] = {"code": "INTERNAL", "requestId": context.request_id}
        return {"message": message, "path": error.path, "extensions": extensions}
    # What the names almost are is nobody's business.
    message = error.message.partition(" Did you mean ")[0]
    extensions = {"code": "BAD_DOCUMENT"} | (error.extensions or {})
    return {**error.formatted, "message": message, "extensions": extensions}


def _json(body: dict[str, Any], status: int, request_id: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Request-Id": request_id}
    return Response(orjson.dumps(body, default=str), status, headers, media_type="application/json")
