"""Reading a request: bounded bytes, one JSON object, a document and its variables, or a 4xx with a code."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from starlette.requests import HTTPConnection, Request

from backend.core import rates
from backend.core.texts import Locale
from backend.identity.sessions import COOKIE

MOST_BYTES = 64 * 1024
BODY_SECONDS = 10.0
DEEPEST_JSON = 32
_NUL_ESCAPED = re.compile(r"\\u0000|\\u\{0+\}")


class Call(Request):
    """A request whose headers are read once; their names are in lower case, and of a repeated one the first counts."""

    @cached_property
    def headers(self) -> Mapping[str, str]:  # type: ignore[override]
        return {n.decode("latin-1"): v.decode("latin-1") for n, v in reversed(self.scope["headers"])}


class Refused(Exception):
    """A request that is not answered: HTTP status, code, words, headers such as Retry-After, and more to say."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.headers = headers or {}
        self.extensions: dict[str, object] = {"code": code} | more


@dataclass(frozen=True)
class Asked:
    """A well-formed request."""

    document: str
    variables: dict[str, Any]
    operation: str | None


def check_head(request: Request) -> None:
    if request.method != "POST":
        raise Refused(405, "METHOD_NOT_ALLOWED", "Send POST.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.")


async def read_body(request: Request) -> bytes:
    """The body, counted while it streams in; 413 past 64 KiB, 408 after ten seconds."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Refused(
                        413, "TOO_LARGE", f"At most {MOST_BYTES} bytes; files travel by upload tickets."
                    )
    except TimeoutError:
        raise Refused(408, "TOO_SLOW", f"The body took more than {BODY_SECONDS} seconds.") from None
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
    if "\0" in query or ("\\u" in query and _NUL_ESCAPED.search(query)):
        raise Refused(400, "BAD_DOCUMENT", "The document holds a NUL.")
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


def address_of(request: HTTPConnection, *, trust_proxy: bool) -> str:
    """Who calls: the peer, or what the one trusted proxy in front says."""
    peer = request.client.host if request.client else ""
    return rates.caller(peer, request.headers.get("x-forwarded-for", ""), trust_proxy=trust_proxy)


def session_cookie(request: HTTPConnection) -> str | None:
    """The session's token, if the request carries one (RFC 6265, section 4.2.1: pairs apart by "; ")."""
    for pair in request.headers.get("cookie", "").split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == COOKIE:
            return value.strip().strip('"')[:200] or None
    return None


def wanted_locale(request: HTTPConnection) -> Locale | None:
    """X-Lugas-Locale wins, then the first of Accept-Language that we speak; None leaves it to the person."""
    wanted = request.headers.get("x-lugas-locale", "").lower()
    if wanted in ("id", "en"):
        return Locale(wanted)
    for part in request.headers.get("accept-language", "")[:200].lower().split(","):
        language = part.partition(";")[0].strip().partition("-")[0]
        if language in ("id", "en"):
            return Locale(language)
    return None
