"""Session tokens: opaque to the browser, derived from the session's id, kept only as a hash."""

import base64
import hashlib
from uuid import UUID

from backend.core.secrets import Keyring


def session_token(keyring: Keyring, session: UUID) -> str:
    """256 bits that name one session; derived, so that a repeated log-in answer can give it again."""
    return base64.urlsafe_b64encode(keyring.mac("session", str(session))).decode().rstrip("=")


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
