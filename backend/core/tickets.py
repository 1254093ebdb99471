"""Tickets: short-lived signed tokens that carry one permission, such as uploading or reading one file.

JWT by RFC 7519 with one fixed algorithm; `typ`, audience, expiry and every named claim are checked.
"""

from datetime import timedelta
from typing import Any

import jwt

from backend.core import clock
from backend.core.secrets import Keyring

_ALGORITHM = "HS256"
_LONGEST = 4096
_REQUIRED = ["exp", "iat", "aud", "iss", "sub"]
ISSUER = "lugas"


class TicketRefused(ValueError):
    """Forged, expired, for another purpose, or without a claim it needs."""


class Tickets:
    """Mints and reads tickets. `purpose` is both audience and token type, so no ticket opens another door."""

    def __init__(self, keyring: Keyring) -> None:
        self._key = keyring.key("tickets")
        self._jwt = jwt.PyJWT(options={"enforce_minimum_key_length": True})

    def mint(self, purpose: str, subject: str, lifetime: timedelta, **claims: str | int) -> str:
        now = clock.now()
        body = {"iss": ISSUER, "aud": purpose, "sub": subject, "iat": now, "exp": now + lifetime, **claims}
        return self._jwt.encode(body, self._key, algorithm=_ALGORITHM, headers={"typ": _type(purpose)})

    def read(self, purpose: str, token: str, *needs: str) -> dict[str, Any]:
        """The claims of a valid ticket; TicketRefused for anything else."""
        if len(token) > _LONGEST:
            raise TicketRefused("too long")
        try:
            whole = self._jwt.decode_complete(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=purpose,
                issuer=ISSUER,
                options={"require": [*_REQUIRED, *needs], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise TicketRefused(type(error).__name__) from error
        if whole["header"].get("typ") != _type(purpose):
            raise TicketRefused("typ")
        claims: dict[str, Any] = whole["payload"]
        # Expiry by the city's clock, which tests may hold, instead of the library's own.
        if not isinstance(claims["exp"], int) or claims["exp"] <= clock.now().timestamp():
            raise TicketRefused("expired")
        return claims


def _type(purpose: str) -> str:
    return f"lugas-{purpose}+jwt"
