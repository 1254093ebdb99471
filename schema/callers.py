"""Who calls: a person by their session cookie, an app by its bearer token (RFC 6750), or nobody."""

from starlette.requests import HTTPConnection

from backend.core import rates
from backend.core.actors import Actor
from backend.identity.queries import actor_of
from backend.partners.queries import actor_of_token
from backend.partners.rules import MOST_LETTERS, TokenRefused
from backend.parts import Parts
from schema.requests import Refused, address_of, session_cookie, wanted_locale

# What a token that proves nothing costs the network it comes from: checking it is work too.
BAD_TOKEN_COST = 5
_CHALLENGE = 'Bearer realm="lugas"'


async def caller_of(request: HTTPConnection, parts: Parts) -> Actor:
    """The actor of a request. Refused with 400 for two identities at once and 401 for a token that is not good."""
    cookie, bearer = session_cookie(request), bearer_token(request)
    locale = wanted_locale(request)
    if bearer is None:
        return await actor_of(cookie, locale)
    if cookie:
        raise Refused(400, "TWO_IDENTITIES", "Send a session cookie or a bearer token, not both.")
    try:
        return await actor_of_token(bearer, parts.issuer, locale)
    except TokenRefused as refused:
        await _charge(request, parts)
        said = f'{_CHALLENGE}, error="invalid_token", error_description="{refused.reason}"'
        raise Refused(
            401, "INVALID_TOKEN", f"Token refused: {refused.reason}.", {"WWW-Authenticate": said}
        ) from None


def bearer_token(request: HTTPConnection) -> str | None:
    """The token after "Bearer "; None without the header, Refused with 400 or 401 for any other."""
    given: list[bytes] = [v for n, v in request.scope["headers"] if n == b"authorization"]
    if not given:
        return None
    scheme, _, token = given[0].decode("latin-1").partition(" ")
    token = token.strip()
    if len(given) > 1 or (scheme.lower() == "bearer" and (not token or " " in token)):
        said = f'{_CHALLENGE}, error="invalid_request"'
        raise Refused(400, "BAD_REQUEST", "Send one bearer token.", {"WWW-Authenticate": said})
    if scheme.lower() != "bearer":
        raise Refused(401, "INVALID_TOKEN", "Send a bearer token.", {"WWW-Authenticate": _CHALLENGE})
    return token[: MOST_LETTERS + 1]


def lacks(scopes: list[str]) -> Refused:
    """The refusal of an app that lacks these scopes (RFC 6750 section 3.1, insufficient_scope)."""
    needed = " ".join(scopes)
    said = f'{_CHALLENGE}, error="insufficient_scope", scope="{needed}"'
    words = f"This app lacks the scope {needed}."
    return Refused(403, "FORBIDDEN", words, {"WWW-Authenticate": said}, scopes=scopes)


async def _charge(request: HTTPConnection, parts: Parts) -> None:
    address = address_of(request, trust_proxy=parts.settings.trust_proxy)
    wait = await parts.meter.anonymous(address, BAD_TOKEN_COST)
    if wait > 0:
        raise Refused(
            429, "RATE_LIMITED", "Too many requests from here.", {"Retry-After": rates.seconds(wait)}
        )
