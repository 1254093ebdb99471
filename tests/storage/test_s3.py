"""What only S3 promises: a presigned post that admits one file and nothing else, and bounded patience."""

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from storage import Documents, Stored, Unavailable, UploadForm, keys, open_documents
from tests.storage.streams import content, fresh_key, pieces
from tests.storage.weed import ORIGIN, Weed, free_ports

JPEG = b"\xff\xd8\xff a photo"


@pytest.fixture
async def phone() -> AsyncIterator[httpx.AsyncClient]:
    """A browser without any key of the store."""
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        yield client


def make_form(s3: Documents, key: str, *, lifetime: timedelta = timedelta(minutes=5)) -> UploadForm:
    form = s3.upload_form(key, media_type="image/jpeg", max_bytes=1000, lifetime=lifetime)
    assert form is not None
    return form


async def post(phone: httpx.AsyncClient, form: UploadForm, data: bytes, **changed: str) -> int:
    fields = {**form.fields, **{name.replace("_", "-"): value for name, value in changed.items()}}
    answer = await phone.post(form.url, data=fields, files={"file": ("ktp.jpg", data)})
    return answer.status_code


async def test_a_posted_file_is_stored_and_counted_and_hashed(
    s3: Documents, phone: httpx.AsyncClient
) -> None:
    key = fresh_key()

    status = await post(phone, make_form(s3, key), JPEG)

    assert status == 204
    assert await s3.stat(key) == Stored(key, len(JPEG), hashlib.sha256(JPEG).hexdigest(), "image/jpeg")
    assert await content(s3, key) == JPEG


async def test_a_posted_file_moves_to_its_content_hash(s3: Documents, phone: httpx.AsyncClient) -> None:
    key, digest = fresh_key(), hashlib.sha256(JPEG).hexdigest()
    await post(phone, make_form(s3, key), JPEG)

    await s3.move(key, keys.document(digest))

    assert await s3.stat(keys.document(digest)) == Stored(
        keys.document(digest), len(JPEG), digest, "image/jpeg"
    )
    assert await s3.stat(key) is None


@pytest.mark.parametrize("size", [0, 1001, 200_000])
async def test_a_post_outside_the_size_range_is_refused(
    s3: Documents, phone: httpx.AsyncClient, size: int
) -> None:
    key = fresh_key()

    assert await post(phone, make_form(s3, key), b"x" * size) in {400, 403}

    assert await s3.stat(key) is None


async def test_a_post_to_another_key_is_refused(s3: Documents, phone: httpx.AsyncClient) -> None:
    key, other = fresh_key(), fresh_key()

    assert await post(phone, make_form(s3, key), JPEG, key=other) == 403

    assert await s3.stat(key) is None
    assert await s3.stat(other) is None


async def test_a_post_of_another_type_is_refused(s3: Documents, phone: httpx.AsyncClient) -> None:
    key = fresh_key()

    assert await post(phone, make_form(s3, key), JPEG, Content_Type="text/html") == 403

    assert await s3.stat(key) is None


async def test_an_expired_form_is_refused(s3: Documents, phone: httpx.AsyncClient) -> None:
    key = fresh_key()

    assert await post(phone, make_form(s3, key, lifetime=timedelta(seconds=-5)), JPEG) == 403

    assert await s3.stat(key) is None


async def test_a_forged_signature_is_refused(s3: Documents, phone: httpx.AsyncClient) -> None:
    key = fresh_key()

    assert await post(phone, make_form(s3, key), JPEG, x_amz_signature="0" * 64) == 403

    assert await s3.stat(key) is None


async def test_a_widened_policy_is_refused(s3: Documents, phone: httpx.AsyncClient) -> None:
    key = fresh_key()
    form = make_form(s3, key)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    policy["conditions"] = [each for each in policy["conditions"] if each[0] != "content-length-range"]
    widened = base64.b64encode(json.dumps(policy).encode()).decode()

    assert await post(phone, form, b"x" * 5000, policy=widened) == 403

    assert await s3.stat(key) is None


async def test_a_form_without_its_signature_and_a_plain_put_and_get_are_refused(
    s3: Documents, phone: httpx.AsyncClient
) -> None:
    key = fresh_key()
    form = make_form(s3, key)
    bare = UploadForm(form.url, {"key": key, "Content-Type": "image/jpeg"})

    assert await post(phone, bare, JPEG) == 400
    assert (await phone.put(f"{form.url}/{key}", content=JPEG)).status_code == 403
    assert await s3.stat(key) is None
    await s3.put(key, pieces(JPEG), media_type="image/jpeg", limit=1000)
    assert (await phone.get(f"{form.url}/{key}")).status_code == 403


async def test_only_the_allowed_origin_may_ask_from_a_browser(
    s3: Documents, phone: httpx.AsyncClient
) -> None:
    form = make_form(s3, fresh_key())

    allowed = await preflight(phone, form.url, ORIGIN)
    foreign = await preflight(phone, form.url, "https://evil.example")

    assert allowed == ORIGIN
    assert foreign is None


async def preflight(phone: httpx.AsyncClient, url: str, origin: str) -> str | None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Connection": "close"}
    try:
        answer = await phone.options(url, headers=headers)
    except httpx.RemoteProtocolError:  # SeaweedFS 4.48 refuses by dropping the connection
        return None
    allowed: str | None = answer.headers.get("access-control-allow-origin")
    return allowed


async def test_the_form_names_the_address_that_phones_reach(weed: Weed) -> None:
    store = open_documents(weed.address("bucket-a") + "&public=https://berkas.malang.example/")

    form = make_form(store, "quarantine/0123456789abcdef")

    assert form.url == "https://berkas.malang.example/bucket-a"
    await store.close()


async def test_two_writers_of_one_key_leave_one_document(s3: Documents) -> None:
    key = fresh_key()
    puts = [s3.put(key, pieces(bytes([n])), media_type="image/png", limit=5) for n in range(6)]

    results = await asyncio.gather(*puts, return_exceptions=True)

    winners = [result for result in results if isinstance(result, Stored)]
    assert len(winners) == 1
    assert hashlib.sha256(await content(s3, key)).hexdigest() == winners[0].sha256


async def test_a_store_that_is_down_is_unavailable(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    store = open_documents(f"s3:http://key:secret@127.0.0.1:{port}/bucket-a?region=id-1")

    with pytest.raises(Unavailable):
        await store.stat(fresh_key())
    with pytest.raises(Unavailable):
        await store.put(fresh_key(), pieces(JPEG), media_type="image/jpeg", limit=1000)
    assert await store.ready() is False
    await store.close()


async def test_a_store_that_drops_every_connection_is_asked_three_times() -> None:
    calls = 0

    def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    store = open_documents(f"s3:http://key:secret@127.0.0.1:{port}/bucket-a?region=id-1")

    with pytest.raises(Unavailable):
        await store.stat(fresh_key())

    assert calls == 3
    server.close()
    await store.close()


async def test_a_body_cut_short_by_the_store_is_unavailable_and_not_half_a_document() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    store = open_documents(f"s3:http://key:secret@127.0.0.1:{port}/bucket-a?region=id-1")

    with pytest.raises(Unavailable):
        await content(store, fresh_key())

    server.close()
    await store.close()


async def test_a_wrong_secret_is_unavailable_and_never_shown(weed: Weed) -> None:
    address = weed.address("bucket-a").replace("a-secret-only-for-tests", "not-the-secret")
    store = open_documents(address)

    with pytest.raises(Unavailable) as refusal:
        await store.put(fresh_key(), pieces(JPEG), media_type="image/jpeg", limit=1000)

    assert "not-the-secret" not in str(refusal.value)
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        *("", "dir:", "file:/x", "s3:", "s3:http://host/bucket?region=a", "s3:http://k:s@host/?region=a"),
        *("s3:http://k:hunter2@host/bucket", "s3:ftp://k:s@host/b?region=a"),
        "s3:http://k:s@host/a/b?region=a",
    ],
)
def test_an_address_that_names_no_store_is_refused_without_showing_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match="a storage address is") as refusal:
        open_documents(url)

    assert "hunter2" not in str(refusal.value)
