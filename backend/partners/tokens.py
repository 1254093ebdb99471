"""Reading and making tokens: client assertions (RFC 7523) and access tokens (RFC 9068), never one for the other."""

import base64
import binascii
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
import orjson

from backend.core import clock
from backend.core.ids import uuid7
from backend.partners.keys import PublicKey, ServerKey
from backend.partners.rules import (
    MOST_LETTERS,
    REQUIRED_CLAIMS,
    SKEW_SECONDS,
    TOKEN_SECONDS,
    TokenRefused,
    check_assertion,
    check_shape,
)

ACCESS = "at+jwt"
MOST_CHECKED = 1000
ASSERTION_TYPES = ("JWT", "client-authentication+jwt")


@dataclass(frozen=True)
class Issuer:
    """Where tokens come from and where they are good: `address` is LUGAS_PUBLIC_URL."""

    address: str
    key: ServerKey
    # Tokens whose signature was checked, by their digest: an app sends the same one for ten minutes.
    checked: OrderedDict[bytes, "Access"] = field(default_factory=OrderedDict, compare=False, repr=False)

    @property
    def token_endpoint(self) -> str:
        return f"{self.address}/oauth/token"

    @property
    def audience(self) -> str:
        return f"{self.address}/graphql"


@dataclass(frozen=True)
class Access:
    """What a valid access token says."""

    client: UUID
    scopes: frozenset[str]
    expires: int


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unproven, only to find the key with; TokenRefused unless flat and short."""
    if len(token) > MOST_LETTERS or not token.isascii() or token.count(".") != 2:
        raise TokenRefused(f"a token is three parts and at most {MOST_LETTERS} letters")
    head, body, _ = token.split(".")
    try:
        return check_shape(_json(head), _json(body))
    except (binascii.Error, orjson.JSONDecodeError):
        raise TokenRefused("header or claims are not base64url JSON") from None


def client_of(claims: dict[str, Any]) -> UUID:
    """Whose assertion it says it is."""
    try:
        return UUID(str(claims.get("sub", "")))
    except ValueError:
        raise TokenRefused("sub is the client id") from None


def check(assertion: str, key: PublicKey, client: UUID, issuer: Issuer) -> dict[str, Any]:
    """The claims of an assertion that this key signed for us; TokenRefused for anything else."""
    audience = (issuer.token_endpoint, issuer.address)
    jwk = jwt.PyJWK(key.jwk, key.algorithm)
    claims = _decode(assertion, jwk, key.algorithm, audience, str(client), ASSERTION_TYPES)
    check_assertion(claims, str(client))
    return claims


def issue(client: UUID, scopes: frozenset[str], issuer: Issuer) -> str:
    """An access token for ten minutes."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": issuer.address,
        "aud": issuer.audience,
        "sub": str(client),
        "client_id": str(client),
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": str(uuid7()),
    }
    return jwt.encode(claims, issuer.key.private, "ES256", {"typ": ACCESS, "kid": issuer.key.kid})


def read(token: str, issuer: Issuer) -> Access:
    """What an access token of ours says; TokenRefused for any other token. The last thousand are remembered."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    known = issuer.checked.get(digest)
    if known is not None and known.expires > time.time():
        issuer.checked.move_to_end(digest)
        return known
    found = _read(token, issuer)
    issuer.checked[digest] = found
    if len(issuer.checked) > MOST_CHECKED:
        issuer.checked.popitem(last=False)
    return found


def _read(token: str, issuer: Issuer) -> Access:
    header, _ = peek(token)
    if header.get("kid") != issuer.key.kid:
        raise TokenRefused("not signed with a key of this server")
    public = issuer.key.private.public_key()
    claims = _decode(token, public, "ES256", (issuer.audience,), issuer.address, (ACCESS,))
    return Access(client_of(claims), frozenset(str(claims.get("scope", "")).split()), claims["exp"])


def _decode(
    token: str, key: Any, algorithm: str, audience: tuple[str, ...], issuer: str, types: tuple[str, ...]
) -> dict[str, Any]:
    header, _ = peek(token)
    # RFC 7515 section 4.1.9: "application/" may be left out, and the name has no case.
    kind = header.get("typ", "JWT" if "JWT" in types else "").lower().removeprefix("application/")
    if kind not in {t.lower() for t in types}:
        raise TokenRefused(f"typ is {' or '.join(types)}")
    if "crit" in header or "b64" in header:
        raise TokenRefused("crit and b64 are not understood")
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=SKEW_SECONDS,
            options={"require": list(REQUIRED_CLAIMS), "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError) as refused:
        raise TokenRefused(str(refused)) from None


def _json(part: str) -> Any:
    return orjson.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
