"""What only the directory promises: no trace of what was refused, and a clear word when the disk refuses."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from storage import AlreadyThere, Documents, Stored, TooBig, Unavailable, open_documents
from tests.storage.streams import breaking, fresh_key, pieces


def everything(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_refused_and_broken_uploads_leave_no_file(directory: Documents, tmp_path: Path) -> None:
    with pytest.raises(TooBig):
        await directory.put(fresh_key(), pieces(b"123456"), media_type="image/png", limit=5)
    with pytest.raises(ConnectionResetError):
        await directory.put(fresh_key(), breaking(b"123"), media_type="image/png", limit=5)

    assert everything(tmp_path) == []
    assert list((tmp_path / "documents" / "incoming").iterdir()) == []


async def test_of_two_at_once_under_one_key_exactly_one_is_kept(directory: Documents, tmp_path: Path) -> None:
    key = fresh_key()
    puts = [directory.put(key, pieces(bytes([n])), media_type="image/png", limit=5) for n in range(8)]

    results = await asyncio.gather(*puts, return_exceptions=True)

    assert sum(isinstance(result, Stored) for result in results) == 1
    assert sum(isinstance(result, AlreadyThere) for result in results) == 7
    assert everything(tmp_path) == [f"documents/{key}@/content", f"documents/{key}@/note.json"]


async def test_a_link_out_of_the_folder_is_never_made_by_a_key(directory: Documents, tmp_path: Path) -> None:
    await directory.put("quarantine/a.b-c_d", pieces(b"x"), media_type="image/png", limit=5)

    assert everything(tmp_path) == [
        "documents/quarantine/a.b-c_d@/content",
        "documents/quarantine/a.b-c_d@/note.json",
    ]


async def test_a_damaged_note_is_unavailable_and_not_a_wrong_answer(
    directory: Documents, tmp_path: Path
) -> None:
    key = fresh_key()
    await directory.put(key, pieces(b"x"), media_type="image/png", limit=5)
    (tmp_path / "documents" / f"{key}@" / "note.json").write_text("{")

    with pytest.raises(Unavailable):
        await directory.stat(key)


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands here")
    store = open_documents(f"dir:{tmp_path / 'taken'}")

    with pytest.raises(Unavailable):
        await store.prepare()

    assert await store.ready() is False


async def test_preparing_drops_old_drafts_and_keeps_those_being_written(tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    for name in ("old", "new"):
        (incoming / name).mkdir(parents=True)
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(incoming / "old", (long_ago, long_ago))

    await open_documents(f"dir:{tmp_path}").prepare()

    assert [path.name for path in incoming.iterdir()] == ["new"]
