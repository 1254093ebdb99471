"""Takes a stream of bytes to a local file, counting and hashing on the way."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from storage.documents import TooBig, Unavailable

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Received:
    """What came: the number of bytes and the hex SHA-256 over all of them."""

    size: int
    sha256: str


async def receive(chunks: AsyncIterator[bytes], into: BinaryIO, *, key: str, limit: int) -> Received:
    """Write a stream to a file opened for writing and flush it to disk.

    Raises `TooBig` past the limit and `Unavailable` when the disk refuses; what `chunks` raises goes through.
    """
    size, digest = 0, hashlib.sha256()
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooBig(key, limit)
        digest.update(chunk)
        await _on_disk(into.write, chunk)
    await _on_disk(_settle, into)
    return Received(size, digest.hexdigest())


async def _on_disk(work: Callable[[Any], Any], what: Any) -> None:
    try:
        await asyncio.to_thread(work, what)
    except OSError as problem:
        raise Unavailable(f"the disk refused: {problem.strerror}") from problem


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
