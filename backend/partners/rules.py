"""What an app may be called and be given, and what its assertion must say (RFC 7521, RFC 7523)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from backend.core.problems import InvalidInput


class Scope(StrEnum):
    """What a field belongs to. OPEN needs nothing; PERSON and OFFICE are never given to an app."""

    OPEN = "open"
    CATALOGUE = "catalogue"
    TRACK = "track"
    VERIFY = "verify"
    BUDGET = "budget"
    STATISTICS = "statistics"
    PERSON = "person"
    OFFICE = "office"


GRANTABLE = frozenset({Scope.CATALOGUE, Scope.TRACK, Scope.VERIFY, Scope.BUDGET, Scope.STATISTICS})

ALGORITHMS = ("ES256", "RS256")
MOST_KEYS = 5
MOST_LETTERS = 4096  # of an assertion or an access token
ASSERTION_SECONDS = 300
SKEW_SECONDS = 30
TOKEN_SECONDS = 600
REQUIRED_CLAIMS = ("exp", "iat", "aud", "iss", "sub", "jti")
_CONTACT = re.compile(r"[^@\s]{1,100}@[^@\s]{1,100}")
_LATEST = 1 << 40


class TokenRefused(Exception):
    """A token or assertion that proves nothing; `reason` is for the app's developer.

    It holds only what RFC 6749 section 5.2 lets stand in an error_description.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = "".join(c for c in reason if " " <= c <= "~" and c not in '"\\')[:200]


def check_name(name: str) -> str:
    """2 to 120 printable letters."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 120 or not name.isprintable():
        raise InvalidInput.at("name", "Nama aplikasi 2 sampai 120 huruf.", "A name has 2 to 120 letters.")
    return name


def check_contact(contact: str) -> str:
    """An e-mail address of who answers for the app."""
    contact = contact.strip()
    if not _CONTACT.fullmatch(contact) or not contact.isprintable():
        raise InvalidInput.at("contact", "Kontak adalah alamat surel.", "The contact is an e-mail address.")
    return contact


def check_scopes(names: list[str]) -> str:
    """The scopes in the order of their names, joined by blanks, as OAuth writes them."""
    known = {s.value for s in GRANTABLE}
    wrong = sorted(set(names) - known)
    if wrong or not names:
        said = ", ".join(sorted(known))
        raise InvalidInput.at("scope", f"Cakupan yang ada: {said}.", f"The scopes are {said}.")
    return " ".join(sorted(set(names)))


def wanted_scopes(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    """What a token will carry: what was asked for, or everything allowed; ValueError for more than that."""
    if asked is None:
        return allowed
    wanted = frozenset(asked.split(" ")) if asked else frozenset()
    if not wanted or not wanted <= allowed:
        raise ValueError("more than this client was given")
    return wanted


def check_shape(header: object, claims: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Flat JSON objects only: strings, whole numbers, and for `aud` a short list of strings."""
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenRefused("header and claims are JSON objects")
    if not all(isinstance(v, str) for v in header.values()):
        raise TokenRefused("the header holds strings only")
    for name, value in claims.items():
        if not (_is_plain(value) or (name == "aud" and _is_short_list(value))):
            raise TokenRefused(f"claim {name[:20]!a} is not plain")
    for name in ("exp", "iat", "nbf"):
        moment = claims.get(name, 0)
        if not isinstance(moment, int) or isinstance(moment, bool) or not 0 <= moment < _LATEST:
            raise TokenRefused(f"{name} is a whole number of seconds")
    return header, claims


def check_assertion(claims: Mapping[str, Any], client: str) -> None:
    """RFC 7523 section 3: iss and sub are the client, and the assertion lives for at most five minutes."""
    if claims["iss"] != client or claims["sub"] != client:
        raise TokenRefused("iss and sub are the client id")
    if not 0 < claims["exp"] - claims["iat"] <= ASSERTION_SECONDS:
        raise TokenRefused(f"an assertion lives for at most {ASSERTION_SECONDS} seconds")
    if not 8 <= len(claims["jti"]) <= 200:
        raise TokenRefused("jti has 8 to 200 letters")


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | bool)


def _is_short_list(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 5 and all(isinstance(v, str) for v in value)
