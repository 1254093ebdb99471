"""Session tokens: opaque to the browser, derived from the session's id, kept only as a hash."""

import base64
import hashlib
from uuid import UUID

from backend.core.secrets import Keyring

# __Host-: only from this host, only over https (browsers take localhost for it), for the whole site.
COOKIE = "__Host-sid"


def session_token(keyring: Keyring, session: UUID) -> str:
    """256 bits that name one session; derived, so that a repeated log-in answer can give it again."""
    return base64.urlsafe_b64encode(keyring.mac("session", str(session))).decode().rstrip("=")


def token_hash(token: str) -> str:
    """What the database keeps of a token, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_header(token: str, lifetime: int) -> str:
    """The Set-Cookie value that signs in for `lifetime` seconds, or out with an empty token."""
    age = lifetime if token else 0
    return f"{COOKIE}={token}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax"
