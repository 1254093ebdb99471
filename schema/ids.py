"""Opaque ids: the kind and the key of a thing, in base64; anything unreadable is simply not found."""

import base64
import binascii
from uuid import UUID

import strawberry

from backend.core.problems import NotFound
from schema.scopes import Scope, scoped


@scoped(Scope.OPEN)
@strawberry.interface(description="Anything with an id that `node` can look up.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque and stable.")


def encode(kind: str, key: object) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def decode(value: str) -> tuple[str, str]:
    """Kind and key; NotFound when the id is none of ours."""
    try:
        text = base64.urlsafe_b64decode(value.encode() + b"=" * (-len(value) % 4)).decode()
        kind, _, key = text.partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        raise NotFound from None
    if "\x00" in key:  # PostgreSQL takes no NUL in text
        raise NotFound
    return kind, key


def uuid_of(value: str, kind: str) -> UUID:
    """The UUID inside an id of this kind; NotFound for any other."""
    found, key = decode(value)
    try:
        return UUID(key) if found == kind else _none()
    except ValueError:
        raise NotFound from None


def _none() -> UUID:
    raise NotFound
