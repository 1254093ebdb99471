"""What both stores do alike: put, read, stat, move, delete, and refuse."""

import hashlib
import os

import pytest

from storage import AlreadyThere, Changed, Documents, Missing, Stored, TooBig, keys
from tests.storage.streams import breaking, content, endless, fresh_key, pieces

KTP = b"a photo of an identity card"
KTP_HASH = hashlib.sha256(KTP).hexdigest()
LIMIT = 10 * 1024 * 1024


async def test_what_was_put_is_read_back_with_its_size_hash_and_type(store: Documents) -> None:
    key = fresh_key()

    stored = await store.put(key, pieces(KTP[:5], KTP[5:]), media_type="image/jpeg", limit=LIMIT)

    assert stored == Stored(key, len(KTP), KTP_HASH, "image/jpeg")
    assert await store.stat(key) == stored
    assert await content(store, key) == KTP


async def test_ten_mebibytes_arrive_whole_and_in_small_chunks(store: Documents) -> None:
    key, block = fresh_key(), os.urandom(1024 * 1024)

    stored = await store.put(key, pieces(*[block] * 10), media_type="application/pdf", limit=LIMIT)
    chunks = [chunk async for chunk in store.read(key)]

    assert stored.size == LIMIT
    assert b"".join(chunks) == block * 10
    assert max(len(chunk) for chunk in chunks) <= 64 * 1024


async def test_an_empty_document_is_a_document(store: Documents) -> None:
    key = fresh_key()

    stored = await store.put(key, pieces(), media_type="application/pdf", limit=LIMIT)

    assert stored == Stored(key, 0, hashlib.sha256(b"").hexdigest(), "application/pdf")
    assert await store.stat(key) == stored
    assert await content(store, key) == b""


async def test_one_byte_too_many_is_refused_and_nothing_is_kept(store: Documents) -> None:
    key = fresh_key()

    with pytest.raises(TooBig) as refusal:
        await store.put(key, pieces(b"12345", b"6"), media_type="image/png", limit=5)

    assert (refusal.value.key, refusal.value.limit) == (key, 5)
    assert await store.stat(key) is None
    with pytest.raises(Missing):
        await content(store, key)


async def test_a_sender_that_never_stops_is_cut_off(store: Documents) -> None:
    key = fresh_key()

    with pytest.raises(TooBig):
        await store.put(key, endless(b"x" * 65536), media_type="image/png", limit=LIMIT)

    assert await store.stat(key) is None


async def test_a_lost_connection_keeps_nothing_and_the_key_stays_free(store: Documents) -> None:
    key = fresh_key()

    with pytest.raises(ConnectionResetError):
        await store.put(key, breaking(b"half a "), media_type="image/png", limit=LIMIT)

    assert await store.stat(key) is None
    await store.put(key, pieces(KTP), media_type="image/png", limit=LIMIT)
    assert await content(store, key) == KTP


async def test_a_taken_key_is_refused_and_the_first_document_stands(store: Documents) -> None:
    key = fresh_key()
    await store.put(key, pieces(KTP), media_type="image/jpeg", limit=LIMIT)

    with pytest.raises(AlreadyThere):
        await store.put(key, pieces(b"another"), media_type="image/png", limit=LIMIT)

    assert await content(store, key) == KTP
    assert await store.stat(key) == Stored(key, len(KTP), KTP_HASH, "image/jpeg")


@pytest.mark.parametrize("work", ["read", "move"])
async def test_an_absent_document_is_missing(store: Documents, work: str) -> None:
    key = fresh_key()

    with pytest.raises(Missing):
        await (content(store, key) if work == "read" else store.move(key, fresh_key()))

    assert await store.stat(key) is None


async def test_a_moved_document_stands_under_its_new_key_only(store: Documents) -> None:
    source, data = fresh_key(), os.urandom(32)
    digest = hashlib.sha256(data).hexdigest()
    await store.put(source, pieces(data), media_type="image/jpeg", limit=LIMIT)

    await store.move(source, keys.document(digest))

    assert await store.stat(source) is None
    assert await store.stat(keys.document(digest)) == Stored(keys.document(digest), 32, digest, "image/jpeg")
    assert await content(store, keys.document(digest)) == data


async def test_a_move_onto_a_taken_key_changes_neither(store: Documents) -> None:
    source, target = fresh_key(), fresh_key()
    await store.put(source, pieces(b"new"), media_type="image/jpeg", limit=LIMIT)
    await store.put(target, pieces(b"old"), media_type="image/jpeg", limit=LIMIT)

    with pytest.raises(AlreadyThere):
        await store.move(source, target)

    assert await content(store, source) == b"new"
    assert await content(store, target) == b"old"


async def test_bytes_that_are_not_those_the_key_promises_are_not_moved(store: Documents) -> None:
    source, target = fresh_key(), keys.document(hashlib.sha256(os.urandom(8)).hexdigest())
    await store.put(source, pieces(b"swapped after the examination"), media_type="image/jpeg", limit=LIMIT)

    with pytest.raises(Changed):
        await store.move(source, target)

    assert await store.stat(target) is None
    assert await content(store, source) == b"swapped after the examination"


async def test_a_deleted_document_is_gone_and_deleting_again_is_fine(store: Documents) -> None:
    key = fresh_key()
    await store.put(key, pieces(KTP), media_type="image/jpeg", limit=LIMIT)

    await store.delete(key)
    await store.delete(key)

    assert await store.stat(key) is None


async def test_preparing_twice_loses_nothing(store: Documents) -> None:
    key = fresh_key()
    await store.put(key, pieces(KTP), media_type="image/jpeg", limit=LIMIT)

    await store.prepare()

    assert await content(store, key) == KTP
    assert await store.ready() is True


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "../outside", "quarantine/../../outside", "quarantine//x"),
        *("quarantine/.hidden", "quarantine/a\0b", "quarantine/a\\b", "quarantine/é", "quarantine/a@"),
        *("a/" * 300 + "a", "a\n"),
    ],
)
async def test_a_key_that_could_lead_elsewhere_is_refused_everywhere(store: Documents, key: str) -> None:
    with pytest.raises(ValueError, match="plain names"):
        await store.put(key, pieces(KTP), media_type="image/jpeg", limit=LIMIT)
    with pytest.raises(ValueError, match="plain names"):
        await content(store, key)
    with pytest.raises(ValueError, match="plain names"):
        await store.stat(key)
    with pytest.raises(ValueError, match="plain names"):
        await store.move(fresh_key(), key)
    with pytest.raises(ValueError, match="plain names"):
        await store.delete(key)
