"""Hands a signer's passphrase from the server to the workers in memory: never a database, a queue, a log, a file."""

import asyncio
import os
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import orjson

from backend.core.problems import InvalidInput, NotNow
from backend.core.texts import Text

KEPT_SECONDS = 600.0
_MOST_KEPT = 1000
_MOST_BYTES = 1024
_LONGEST = 200
_PATIENCE = 2.0
_PEER = struct.Struct("3i")  # struct ucred: process, user, group
NOBODY_LISTENS = Text(
    "Mesin tanda tangan belum siap. Coba lagi sebentar lagi; belum ada yang ditandatangani.",
    "The signing machine is not ready. Try again in a moment; nothing has been signed.",
)


class Passphrases:
    """Both ends of the hand-over: a server calls `hand_over`, a worker listens and asks `of`.

    Each worker has a unix socket of mode 600 in a folder of mode 700 and takes only what its own user says.
    It forgets a passphrase when its batch is done, and after ten minutes whatever happens.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is made by the first worker; server and workers see the same one."""
        self._folder = folder
        self._kept: dict[UUID, tuple[str, float]] = {}

    async def hand_over(self, intent: UUID, passphrase: str) -> None:
        """Give the passphrase of one batch to every worker; NotNow when there is none, InvalidInput when unusable."""
        if not 0 < len(passphrase) <= _LONGEST:
            raise InvalidInput.at("passphrase", "Tulis passphrase Anda.", "Enter your passphrase.")
        if not await self._tell({"keep": str(intent), "passphrase": passphrase}):
            raise NotNow("no_worker", NOBODY_LISTENS)

    def of(self, intent: UUID | None) -> str | None:
        """The passphrase of a batch, if this worker still has it."""
        self._drop_old()
        found = self._kept.get(intent) if intent is not None else None
        return found[0] if found else None

    async def forget(self, intent: UUID) -> None:
        """The batch is done, or its passphrase was wrong: no worker keeps it."""
        self._kept.pop(intent, None)
        await self._tell({"forget": str(intent)})

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take passphrases while the block runs. OSError when the folder's path is too long for a socket."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)
        path = self._folder / f"{os.getpid()}.sock"
        path.unlink(missing_ok=True)
        # The mask holds only until the socket is there, and nothing else runs between.
        before = os.umask(0o177)
        try:
            bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            bound.bind(str(path))
        finally:
            os.umask(before)
        server = await asyncio.start_unix_server(self._take, sock=bound, limit=_MOST_BYTES)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)
            self._kept.clear()

    async def _tell(self, message: dict[str, str]) -> int:
        """Say it to every worker; returns how many took it. A socket that nobody serves any more is removed."""
        line = orjson.dumps(message) + b"\n"
        return sum([await self._tell_one(path, line) for path in sorted(self._folder.glob("*.sock"))])

    async def _tell_one(self, path: Path, line: bytes) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_unix_connection(str(path))
                try:
                    writer.write(line)
                    await writer.drain()
                    return await reader.readline() == b"ok\n"
                finally:
                    writer.close()
        except ConnectionRefusedError:
            _remove(path)
            return False
        except (OSError, TimeoutError):
            return False

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whatever is wrong with a message, it is not repeated anywhere: it may hold a passphrase.
        with suppress(OSError, ValueError, KeyError, TypeError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                if _same_user(writer):
                    self._heed(orjson.loads(await reader.readline()))
                    writer.write(b"ok\n")
                    await writer.drain()
        writer.close()

    def _heed(self, message: dict[str, str]) -> None:
        if "forget" in message:
            self._kept.pop(UUID(message["forget"]), None)
            return
        self._drop_old()
        while len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[UUID(message["keep"])] = (message["passphrase"], time.monotonic() + KEPT_SECONDS)

    def _drop_old(self) -> None:
        now = time.monotonic()
        for intent in [intent for intent, (_, until) in self._kept.items() if until <= now]:
            del self._kept[intent]


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _same_user(writer: asyncio.StreamWriter) -> bool:
    """The mode keeps others out already; where the system tells who is there, it is asked too."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    _, user, _ = _PEER.unpack(
        writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, option, _PEER.size)
    )
    return bool(user == os.getuid())
