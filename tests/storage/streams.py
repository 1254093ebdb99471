"""Streams of bytes for the storage tests."""

import uuid
from collections.abc import AsyncIterator

from storage import Documents, keys


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """The parts, one after the other."""
    for part in parts:
        yield part


async def endless(part: bytes) -> AsyncIterator[bytes]:
    """A sender that never stops."""
    while True:
        yield part


async def breaking(*parts: bytes) -> AsyncIterator[bytes]:
    """A phone that loses its network after these parts."""
    for part in parts:
        yield part
    raise ConnectionResetError("the phone went away")


async def content(store: Documents, key: str) -> bytes:
    """All bytes under a key."""
    return b"".join([chunk async for chunk in store.read(key)])


def fresh_key() -> str:
    """A quarantine key nobody used."""
    return keys.quarantine(uuid.uuid4().hex)
