"""The protocol every document store fulfils, with its values and its errors, and how a document gets to disk."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Stored:
    """One stored document: its key, its size in bytes, the hex SHA-256 of its bytes, its media type."""

    key: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class UploadForm:
    """Where and with which form fields a browser posts one file (the file part goes last, as `file`)."""

    url: str
    fields: dict[str, str]


class StorageError(Exception):
    """Anything a document store can refuse; the message names the key, never the content."""


class Missing(StorageError):
    """There is no document under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no document under {key}")
        self.key = key


class AlreadyThere(StorageError):
    """A document stands under this key already; it was left as it is."""

    def __init__(self, key: str) -> None:
        super().__init__(f"a document stands under {key} already")
        self.key = key


class TooBig(StorageError):
    """More bytes came than the limit allows; nothing was kept."""

    def __init__(self, key: str, limit: int) -> None:
        super().__init__(f"{key} is larger than {limit} bytes")
        self.key = key
        self.limit = limit


class Changed(StorageError):
    """The bytes are not the ones the target key names by their hash; the source was left as it is."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the bytes moved to {key} are not those that were examined")
        self.key = key


class Unavailable(StorageError):
    """The store did not answer, or not in time, after a bounded number of tries; trying later may help."""


class Documents(Protocol):
    """A store of documents; every method may raise `Unavailable`, and `ValueError` for an impossible key."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, limit: int) -> Stored:
        """Store a stream of at most `limit` bytes under a key that is still free.

        Raises `TooBig` or `AlreadyThere`; after either, and after an error in `chunks`, nothing was kept.
        """
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """Give the bytes in chunks of at most 64 KiB; `Missing` is raised at the first step."""
        ...

    async def stat(self, key: str) -> Stored | None:
        """Tell what is stored under a key, None when nothing is.

        A file that a browser posted straight to S3 carries no hash, so its first `stat` reads it once.
        """
        ...

    async def move(self, source: str, target: str) -> None:
        """Give a document another key; raises `Missing` (source) or `AlreadyThere` (target).

        When the target is named by a content hash, the bytes that arrive are checked against it, and
        `Changed` is raised when they differ: a resident may still post to a quarantine key that was
        examined a moment ago.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove a document; that none is there is fine."""
        ...

    def upload_form(
        self, key: str, *, media_type: str, max_bytes: int, lifetime: timedelta
    ) -> UploadForm | None:
        """Make a form for exactly this key and type, 1 to `max_bytes` bytes, valid for `lifetime`.

        None where the store cannot take a browser's post: then the API takes the upload itself.
        """
        ...

    async def prepare(self) -> None:
        """Make the folder or the bucket; that it is there already is fine."""
        ...

    async def ready(self) -> bool:
        """Tell whether the store answers right now; never raises."""
        ...

    async def close(self) -> None:
        """Give back threads and connections; the store is not used after this."""
        ...


async def save(documents: Documents, key: str, path: Path) -> None:
    """Write a document's bytes to a new file, the disk off the event loop. Raises `Missing` and `Unavailable`."""
    with path.open("xb") as file:
        async for chunk in documents.read(key):
            await asyncio.to_thread(file.write, chunk)
