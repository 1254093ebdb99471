"""The doors of OAuth 2.0 for apps: token (RFC 6749 4.4 with RFC 7523), key set (RFC 7517), metadata (RFC 8414)."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from backend.core import rates
from backend.partners import actions
from backend.partners.rules import ALGORITHMS, GRANTABLE, TOKEN_SECONDS, TokenRefused
from backend.parts import Parts

GRANT = "client_credentials"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# All of them, so that another than POST is told so and does not fall through to the app's pages.
METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
MOST_BYTES = 16 * 1024
MOST_FIELDS = 20
BODY_SECONDS = 10.0
COST = 20  # an elliptic-curve check and four statements, in the currency of the API
_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_PUBLIC = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
Answer = Callable[[Request], object]
log = structlog.get_logger()


class TokenError(Exception):
    """An answer of RFC 6749 section 5.2, or of HTTP around it."""

    def __init__(self, code: str, reason: str, status: int = 400, **headers: str) -> None:
        super().__init__(code)
        self.answer = JSONResponse({"error": code, "error_description": reason}, status, headers | _PRIVATE)


def token(parts: Callable[[], Parts]) -> Answer:
    """POST application/x-www-form-urlencoded with grant_type, client_assertion and its type, and perhaps scope."""

    async def answer(request: Request) -> JSONResponse:
        try:
            await _within_rate(parts(), request)
            form = read_form(await _body(request))
            return await _grant(parts(), form)
        except TokenError as refused:
            return refused.answer
        except TokenRefused as refused:
            # RFC 9110 wants the header with a 401; the scheme is the one that was tried.
            scheme = request.headers.get("authorization", "").partition(" ")[0]
            scheme = scheme if scheme.isalnum() else "Bearer"
            error = TokenError(
                "invalid_client", refused.reason, 401, **{"WWW-Authenticate": f'{scheme} realm="lugas"'}
            )
            return error.answer
        except ClientDisconnect:
            return TokenError("invalid_request", "the body was cut off").answer

    return answer


async def _grant(parts: Parts, form: dict[str, str]) -> JSONResponse:
    if form.get("grant_type") != GRANT:
        missing = "grant_type" not in form
        raise TokenError("invalid_request" if missing else "unsupported_grant_type", f"grant_type is {GRANT}")
    assertion = form.get("client_assertion")
    if assertion is None or form.get("client_assertion_type") != ASSERTION:
        if "client_secret" in form:
            raise TokenRefused("clients prove themselves by private_key_jwt")
        raise TokenError("invalid_request", f"client_assertion is a JWT and its type is {ASSERTION}")
    try:
        granted = await actions.grant(assertion, form.get("client_id"), form.get("scope"), parts.issuer)
    except ValueError as refused:
        raise TokenError("invalid_scope", str(refused)) from None
    said = {
        "access_token": granted.token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(sorted(granted.scopes)),
    }
    return JSONResponse(said, headers=_PRIVATE)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, each at most once (RFC 6749 section 3.2); an empty one counts as left out."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise TokenError("invalid_request", "the body is no form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenError("invalid_request", "a field stands twice")
    return {name: value for name, value in form.items() if value}


async def _body(request: Request) -> bytes:
    if request.method != "POST":
        raise TokenError("invalid_request", "send POST", 405, Allow="POST")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise TokenError("invalid_request", "send application/x-www-form-urlencoded")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise TokenError("invalid_request", f"at most {MOST_BYTES} bytes", 413)
    except TimeoutError:
        raise TokenError("invalid_request", f"the body took more than {BODY_SECONDS} seconds", 408) from None
    return bytes(body)


async def _within_rate(parts: Parts, request: Request) -> None:
    peer = request.client.host if request.client else ""
    address = rates.caller(
        peer, request.headers.get("x-forwarded-for", ""), trust_proxy=parts.settings.trust_proxy
    )
    wait = await parts.meter.anonymous(address, COST)
    if wait > 0:
        raise TokenError(
            "temporarily_unavailable",
            "too many requests from here",
            429,
            **{"Retry-After": rates.seconds(wait)},
        )


def key_set(parts: Callable[[], Parts]) -> Answer:
    """GET: the keys that access tokens are signed with."""

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse({"keys": [parts().issuer.key.published]}, headers=_PUBLIC)

    return answer


def metadata(parts: Callable[[], Parts]) -> Answer:
    """GET: what this authorization server can do (RFC 8414 section 2)."""

    async def answer(_: Request) -> JSONResponse:
        issuer = parts().issuer
        said = {
            "issuer": issuer.address,
            "token_endpoint": issuer.token_endpoint,
            "jwks_uri": f"{issuer.address}/oauth/jwks.json",
            "scopes_supported": sorted(GRANTABLE),
            "response_types_supported": [],
            "grant_types_supported": [GRANT],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "service_documentation": f"{issuer.address}/schema.graphql",
        }
        return JSONResponse(said, headers=_PUBLIC)

    return answer
