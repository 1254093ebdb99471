"""Decides what a received file really is, by its content, in a short-lived process with limits."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast

from storage.documents import Unavailable
from storage.receive import receive

_SECONDS = 20.0
_AT_ONCE = 2
_SOURCE_ROOT = Path(__file__).resolve().parent.parent


class Reason(StrEnum):
    """Why a file is refused."""

    UNKNOWN_TYPE = "unknown_type"
    TYPE_DIFFERS = "type_differs"
    BROKEN = "broken"
    ENCRYPTED_PDF = "encrypted_pdf"
    ACTIVE_PDF = "active_pdf"
    TOO_MANY_PIXELS = "too_many_pixels"
    POLYGLOT = "polyglot"


class Refused(Exception):
    """The file is not accepted; `reason` is a code for people's words, `detail` a word for the log."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Inspected:
    """An accepted file: its type by content, size in bytes, hex SHA-256, pages (PDF) or pixels (images).

    `trailing` counts bytes that a phone put after a JPEG (a second picture, its own notes). `tells_more`
    says that an image holds those, or where, when and with what it was taken: then keep what
    `storage.images.without_location` makes of it, which has another hash.
    """

    media_type: str
    size: int
    sha256: str
    pages: int = 1
    width: int = 0
    height: int = 0
    trailing: int = 0
    tells_more: bool = False


class Inspector:
    """Examines files, at most two at a time, so that a burst of uploads cannot take the machine."""

    def __init__(self, *, seconds: float = _SECONDS, at_once: int = _AT_ONCE) -> None:
        """Give each file `seconds` of wall time; a file that needs more counts as broken."""
        self._seconds = seconds
        self._turns = asyncio.Semaphore(at_once)

    async def inspect(
        self, chunks: AsyncIterator[bytes], *, declared: str | None = None, limit: int
    ) -> Inspected:
        """Examine a stream; raises `Refused`, or `TooBig` past `limit` bytes. Nothing is kept."""
        with await asyncio.to_thread(_temporary) as file:
            received = await receive(chunks, file, key="the file", limit=limit)
            seen = await self._look(Path(file.name), declared)
        return Inspected(size=received.size, sha256=received.sha256, **seen)

    async def inspect_file(self, path: Path, *, declared: str | None = None) -> Inspected:
        """Examine a local file; raises `Refused`."""
        size = (await asyncio.to_thread(path.stat)).st_size
        with await asyncio.to_thread(path.open, "rb") as file:
            return await self.inspect(_chunks(file), declared=declared, limit=size)

    async def _look(self, path: Path, declared: str | None) -> dict[str, Any]:
        async with self._turns:
            answer = await _probe(path, self._seconds)
        if "reason" in answer:
            raise Refused(Reason(answer["reason"]), str(answer.get("detail", "")))
        if declared is not None and declared != answer["media_type"]:
            raise Refused(Reason.TYPE_DIFFERS, f"{declared} is {answer['media_type']}")
        return answer


async def _probe(path: Path, seconds: float) -> dict[str, Any]:
    """Run storage.probe on the file; a crash or a time-out of it means that the file is broken."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "storage.probe", str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": str(_SOURCE_ROOT), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        return {"reason": Reason.BROKEN, "detail": "took too long"}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return cast("dict[str, Any]", json.loads(output))
    except ValueError as problem:
        if process.returncode is not None and process.returncode > 0:
            raise Unavailable(f"the examiner could not start ({process.returncode})") from problem
        return {"reason": Reason.BROKEN, "detail": f"examiner ended with {process.returncode}"}


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, 64 * 1024):
        yield chunk


def _temporary() -> BinaryIO:
    return cast("BinaryIO", tempfile.NamedTemporaryFile(prefix="lugas-"))
