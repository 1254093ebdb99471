"""A passphrase goes from the server to every worker in memory, and is gone when its batch is."""

import asyncio
import os
import socket
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from backend.core.problems import InvalidInput, NotNow
from backend.signing import passphrases
from backend.signing.passphrases import Passphrases

INTENT = UUID(int=5)


@pytest_asyncio.fixture(loop_scope="session")
async def worker(tmp_path: Path) -> AsyncIterator[Passphrases]:
    made = Passphrases(tmp_path / "run")
    async with made.listening():
        yield made


async def test_a_worker_has_what_the_server_hands_over(worker: Passphrases, tmp_path: Path) -> None:
    await Passphrases(tmp_path / "run").hand_over(INTENT, "rahasia sekali")

    assert worker.of(INTENT) == "rahasia sekali"
    assert worker.of(UUID(int=6)) is None
    assert worker.of(None) is None


async def test_it_is_forgotten_when_the_batch_is_done(worker: Passphrases) -> None:
    await worker.hand_over(INTENT, "rahasia")

    await Passphrases(worker._folder).forget(INTENT)

    assert worker.of(INTENT) is None


async def test_it_is_forgotten_after_ten_minutes_whatever_happens(
    worker: Passphrases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.hand_over(INTENT, "rahasia")
    later = time.monotonic() + passphrases.KEPT_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert worker.of(INTENT) is None
    assert not worker._kept


async def test_the_socket_is_its_owners_and_goes_with_the_worker(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    async with Passphrases(folder).listening():
        (path,) = folder.iterdir()
        modes = [stat.S_IMODE(each.stat().st_mode) for each in (folder, path)]

    assert modes == [0o700, 0o600]
    assert list(folder.iterdir()) == []


async def test_nobody_to_take_it_is_said_before_anything_is_decided(tmp_path: Path) -> None:
    with pytest.raises(NotNow) as refused:
        await Passphrases(tmp_path / "run").hand_over(INTENT, "rahasia")

    assert refused.value.code == "no_worker"


async def test_the_socket_of_a_worker_that_was_killed_is_no_worker(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(folder / f"{os.getpid() + 1}.sock"))
    dead.close()

    with pytest.raises(NotNow):
        await Passphrases(folder).hand_over(INTENT, "rahasia")

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("given", ["", "x" * 201])
async def test_what_can_be_no_passphrase_is_refused(worker: Passphrases, given: str) -> None:
    with pytest.raises(InvalidInput):
        await worker.hand_over(INTENT, given)


@pytest.mark.parametrize("line", [b"", b"{}\n", b"[1]\n", b"\xff\n", b'{"keep": "x"}\n', b"x" * 5000])
async def test_what_is_no_message_is_dropped(worker: Passphrases, line: bytes) -> None:
    (path,) = worker._folder.iterdir()
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(line)
    writer.write_eof()

    assert await reader.read() == b""
    writer.close()
    assert not worker._kept


async def test_a_stream_of_batches_leaves_a_bounded_number(
    worker: Passphrases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrases, "_MOST_KEPT", 2)
    for number in range(4):
        await worker.hand_over(UUID(int=number), "rahasia")

    assert [worker.of(UUID(int=number)) is not None for number in range(4)] == [False, False, True, True]
