"""Documents in a plain directory: each one a folder with its content and a note, made whole by one rename."""

import asyncio
import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from storage.documents import AlreadyThere, Changed, Missing, Stored, Unavailable, UploadForm
from storage.keys import checked, content_hash
from storage.receive import CHUNK, receive

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_DRAFT_SECONDS = 24 * 3600
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST}


class DirectoryDocuments:
    """A document store in a folder of one machine.

    A document is the folder `<key>@` holding `content` and `note.json`. It is written under `incoming/`
    and renamed: a rename onto a folder that is not empty fails, which is the O_EXCL this needs, and it
    moves content and note in one step. '@' is in no key, so a document never hides another's path.
    """

    def __init__(self, root: Path) -> None:
        """Keep documents below `root`; `prepare` makes it."""
        self._root = root
        self._incoming = root / "incoming"

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, limit: int) -> Stored:
        """See `Documents.put`."""
        target = self._place(key)
        if await asyncio.to_thread(target.exists):
            raise AlreadyThere(key)
        draft = self._incoming / uuid.uuid4().hex
        try:
            with await _in_thread(_open_new, draft) as file:
                received = await receive(chunks, file, key=key, limit=limit)
            stored = Stored(key, received.size, received.sha256, media_type)
            await _in_thread(_write_note, draft, stored)
            await _in_thread(_rename, draft, target, key)
        finally:
            await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
        return stored

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """See `Documents.read`."""
        path = self._place(key) / "content"
        try:
            file = await _in_thread(path.open, "rb")
        except FileNotFoundError as problem:
            raise Missing(key) from problem
        with file:
            while chunk := await _in_thread(file.read, CHUNK):
                yield chunk

    async def stat(self, key: str) -> Stored | None:
        """See `Documents.stat`."""
        return await _in_thread(_read_note, self._place(key), key)

    async def move(self, source: str, target: str) -> None:
        """See `Documents.move`; no one can write to a stored document, so its note is the truth."""
        start, end = self._place(source), self._place(target)
        stored = await _in_thread(_read_note, start, source)
        if stored is None:
            raise Missing(source)
        if content_hash(target) not in {None, stored.sha256}:
            raise Changed(target)
        try:
            await _in_thread(_rename, start, end, target)
        except FileNotFoundError as problem:
            raise Missing(source) from problem

    async def delete(self, key: str) -> None:
        """See `Documents.delete`."""
        await _in_thread(_remove, self._place(key), self._incoming / uuid.uuid4().hex)

    def upload_form(
        self, key: str, *, media_type: str, max_bytes: int, lifetime: timedelta
    ) -> UploadForm | None:
        """Give None: a folder takes no post, so the API hands out a ticket to its own upload route."""
        return None

    async def prepare(self) -> None:
        """Make the folders and drop what a process killed more than a day ago left half written."""
        await _in_thread(self._prepare)

    async def ready(self) -> bool:
        """See `Documents.ready`."""
        return await asyncio.to_thread(os.access, self._incoming, os.W_OK | os.X_OK)

    async def close(self) -> None:
        """Nothing is held open."""

    def _prepare(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._incoming.mkdir(exist_ok=True, mode=0o700)
        oldest = time.time() - _DRAFT_SECONDS
        for draft in self._incoming.iterdir():
            if draft.stat().st_mtime < oldest:
                shutil.rmtree(draft, ignore_errors=True)

    def _place(self, key: str) -> Path:
        return self._root / f"{checked(key)}@"


async def _in_thread(
    work: Callable[_Parameters, _Result], *args: _Parameters.args, **kwargs: _Parameters.kwargs
) -> _Result:
    """Run disk work off the loop; an absent file stays FileNotFoundError, the rest is `Unavailable`."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise Unavailable(f"the document folder refused: {problem.strerror}") from problem


def _open_new(draft: Path) -> BinaryIO:
    draft.mkdir(mode=0o700)
    return (draft / "content").open("xb")


def _write_note(draft: Path, stored: Stored) -> None:
    note = {"size": stored.size, "sha256": stored.sha256, "media_type": stored.media_type}
    with (draft / "note.json").open("x", encoding="utf-8") as file:
        json.dump(note, file)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(draft)


def _read_note(place: Path, key: str) -> Stored | None:
    try:
        note = json.loads((place / "note.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as problem:
        raise Unavailable(f"the note of {key} cannot be read") from problem
    return Stored(key, note["size"], note["sha256"], note["media_type"])


def _rename(source: Path, target: Path, key: str) -> None:
    _make_folder(target.parent)
    try:
        source.rename(target)
    except OSError as problem:
        if problem.errno in _TAKEN:
            raise AlreadyThere(key) from problem
        raise
    _sync_folder(target.parent)


def _remove(place: Path, aside: Path) -> None:
    """Rename first: a reader then sees the whole document or none, never half of it."""
    try:
        place.rename(aside)
    except FileNotFoundError:
        return
    _sync_folder(place.parent)
    shutil.rmtree(aside)


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each written to disk in the folder above it."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
