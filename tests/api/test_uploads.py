"""Files on their way in: examined by content, bounded while they stream, usable only by who sent them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pikepdf
import pytest

from backend.applications.models import Application, CaseDocument, Upload
from backend.applications.uploads import MOST_BYTES, OPEN_MOST
from backend.core import clock
from backend.core.ids import uuid7
from backend.web import documents
from schema.ids import uuid_of
from storage import keys
from tests.city import BUDI, SARI, City, Visitor, photo
from tests.storage import samples

TICKET = "... on UploadTicket { uploadId url expiresAt fields { name value } }"
DONE = "... on UploadConfirmed { uploadId mediaType size sha256 }"


def javascript(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def ticket(visitor: Visitor, data: bytes, media: str = "JPEG", **given: Any) -> dict[str, Any]:
    facts = {"mediaType": media, "size": len(data), "sha256": sha(data)} | given
    return await visitor.act("requestUpload", TICKET, **facts)


async def send(city: City, made: dict[str, Any], data: bytes) -> httpx.Response:
    fields = {f["name"]: f["value"] for f in made["fields"]}
    return await city.client.post(made["url"], data=fields, files={"file": ("x.jpg", data, "image/jpeg")})


async def confirm(visitor: Visitor, made: dict[str, Any], **given: Any) -> dict[str, Any]:
    return await visitor.act("confirmUpload", DONE, uploadId=made["uploadId"], **given)


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


async def row(made: dict[str, Any]) -> Upload:
    return await Upload.get(id=uuid_of(made["uploadId"], "Upload"))


async def stored(city: City, key: str) -> bool:
    return await city.parts.documents.stat(key) is not None


@pytest.mark.parametrize(
    ("media", "data"), [("JPEG", photo()), ("PNG", samples.png()), ("PDF", samples.pdf())]
)
async def test_each_of_the_three_types_is_taken_and_kept_under_its_hash(
    city: City, sari: Visitor, media: str, data: bytes
) -> None:
    made = await ticket(sari, data, media)
    assert (await send(city, made, data)).status_code == 204

    done = await confirm(sari, made)

    assert (done["mediaType"], done["size"], done["sha256"]) == (media, len(data), sha(data))
    found = await row(made)
    assert (found.stored, found.key) == (True, keys.document(sha(data)))
    assert await stored(city, found.key)
    assert not await stored(city, keys.quarantine(found.id.hex))


@pytest.mark.parametrize(
    ("data", "media", "code"),
    [
        (b"GIF89a" + b"x" * 100, "JPEG", "file_unknown_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG", "file_unknown_type"),
        (b"<!doctype html><script>1</script>", "PDF", "file_unknown_type"),
        (samples.png(dpi=(72, 72)), "JPEG", "file_type_differs"),
        (photo()[: len(photo()) // 2], "JPEG", "file_broken"),
        (samples.huge_png(60_000, 60_000), "PNG", "file_too_many_pixels"),
        (samples.pdf(javascript), "PDF", "file_active_pdf"),
    ],
)
async def test_a_wrong_file_is_refused_by_its_content_and_thrown_away(
    city: City, sari: Visitor, data: bytes, media: str, code: str
) -> None:
    made = await ticket(sari, data, media)
    await send(city, made, data)

    found = await confirm(sari, made)

    assert (found["__typename"], found["code"]) == ("InvalidInput", code)
    assert [f["path"] for f in found["fields"]] == ["file"]
    kept = await row(made)
    assert kept.stored is False
    assert not await stored(city, kept.key)
    assert not await stored(city, keys.document(sha(data)))


async def test_a_file_over_ten_megabytes_gets_no_ticket(sari: Visitor) -> None:
    found = await ticket(sari, b"", size=MOST_BYTES + 1, sha256="0" * 64)
    assert (found["__typename"], found["limit"]) == ("TooLarge", 10 * 1024 * 1024)
    assert await Upload.all().count() == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"size": 0}, "size"),
        ({"size": -5}, "size"),
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"sha256": "é" * 64}, "sha256"),
    ],
)
async def test_a_ticket_needs_a_size_and_a_hash(sari: Visitor, given: Any, path: str) -> None:
    found = await ticket(sari, b"x", **given)
    assert [f["path"] for f in found["fields"]] == [path]
    assert await Upload.all().count() == 0


async def test_more_bytes_than_the_ticket_says_are_refused_and_none_is_kept(
    city: City, sari: Visitor
) -> None:
    data = photo()
    made = await ticket(sari, data[:-1])

    answer = await send(city, made, data)

    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert not await stored(city, (await row(made)).key)
    assert (await confirm(sari, made))["code"] == "not_arrived"


async def test_an_endless_file_is_cut_off_while_it_streams(city: City, sari: Visitor) -> None:
    made = await ticket(sari, photo())
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield part("ticket", made["fields"][0]["value"]) + head("file")
        while sent < 100_000_000:
            sent += 65536
            yield b"x" * 65536

    answer = await city.client.post(made["url"], content=endless(), headers=FORM)

    assert answer.status_code == 413
    assert sent < 1_000_000
    assert not await stored(city, (await row(made)).key)


async def test_a_file_that_is_not_the_one_announced_is_refused(city: City, sari: Visitor) -> None:
    data = photo()
    made = await ticket(sari, data)
    other = photo((1, 2, 3)).ljust(len(data), b"\0")[: len(data)]
    await send(city, made, other)
    found = await confirm(sari, made)
    assert found["__typename"] == "InvalidInput"
    assert (await row(made)).stored is False


async def test_knowing_the_hash_of_somebody_s_file_gives_nothing(city: City, sari: Visitor) -> None:
    data = photo((7, 7, 7))
    await sari.send_file(data)
    budi = await city.login(BUDI)

    made = await ticket(budi, data)
    found = await confirm(budi, made)

    assert (found["__typename"], found["code"]) == ("Conflict", "not_arrived")
    assert (await row(made)).stored is False


async def test_nobody_confirms_or_uses_the_upload_of_another(city: City, sari: Visitor) -> None:
    data = photo()
    made = await ticket(sari, data)
    await send(city, made, data)
    budi = await city.login(BUDI)
    assert (await confirm(budi, made))["__typename"] == "NotFound"
    assert (await confirm(city.nobody, made))["__typename"] == "NotAllowed"
    await confirm(sari, made)

    case = await city.apply(
        budi, "DUK-KK-HILANG", documents=[{"requirement": "loss_or_damaged", "uploadId": made["uploadId"]}]
    )

    assert (case["__typename"], case["code"]) == ("InvalidInput", "upload_missing")
    assert await CaseDocument.all().count() == await Application.all().count() == 0


async def test_a_second_post_with_the_same_ticket_keeps_the_first_file(city: City, sari: Visitor) -> None:
    data = photo()
    made = await ticket(sari, data)
    assert (await send(city, made, data)).status_code == 204
    assert (await send(city, made, b"x" * len(data))).status_code == 204
    assert (await confirm(sari, made))["sha256"] == sha(data)


async def test_a_ticket_used_again_after_the_file_was_kept_changes_nothing(city: City, sari: Visitor) -> None:
    data = photo()
    made = await ticket(sari, data)
    await send(city, made, data)
    first = await confirm(sari, made)
    await send(city, made, b"x" * len(data))
    assert await confirm(sari, made) == first
    assert await stored(city, keys.document(sha(data)))


async def test_a_ticket_of_another_kind_forged_or_over_opens_nothing(city: City, sari: Visitor) -> None:
    data, start = photo(), clock.now()
    with clock.at(start):
        made = await ticket(sari, data)
    token = made["fields"][0]["value"]
    upload = await row(made)
    other = city.parts.tickets.mint(
        "download", str(upload.id), timedelta(hours=1), key=upload.key, media_type="image/jpeg", size=5
    )
    for value in (token[:-2] + "AA", other, " ", "a.b.c", "x" * 5000):
        answer = await city.client.post(
            made["url"], data={"ticket": value}, files={"file": ("x", data, "image/jpeg")}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_ticket")
    with clock.at(start + timedelta(minutes=30)):
        late = await send(city, made, data)
    assert late.status_code == 403
    assert not await stored(city, upload.key)


FORM = {"Content-Type": "multipart/form-data; boundary=grenze"}


def head(name: str) -> bytes:
    return f'--grenze\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()


def part(name: str, value: str) -> bytes:
    return head(name) + value.encode() + b"\r\n"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"--grenze--\r\n", 400),
        (head("file") + b"abc\r\n--grenze--\r\n", 400),
        (part("ticket", "x" * 9000) + head("file") + b"abc\r\n--grenze--\r\n", 400),
        (part("ticket", "\xe9") + head("file") + b"abc\r\n--grenze--\r\n", 400),
        (b"".join(part(f"f{n}", "x") for n in range(30)) + head("file"), 400),
        (b"not multipart at all", 400),
        (b"--grenze\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + head("file") + b"a", 400),
        (b"--grenze\r\n: \r\n\r\n", 400),
        (b"--grenze\r\n" + b"X" * 70_000, 400),
    ],
)
async def test_a_form_that_is_none_is_refused(city: City, body: bytes, status: int) -> None:
    answer = await city.client.post("/documents/upload", content=body, headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (status, "bad_form")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "", "image/jpeg"])
async def test_what_is_no_form_is_an_unsupported_type(city: City, kind: str) -> None:
    answer = await city.client.post("/documents/upload", content=b"x", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kept", [10, 200, 3000])
async def test_a_body_that_is_cut_off_leaves_nothing(city: City, sari: Visitor, kept: int) -> None:
    data = photo()
    made = await ticket(sari, data)
    whole = part("ticket", made["fields"][0]["value"]) + head("file") + data + b"\r\n--grenze--\r\n"

    answer = await city.client.post(made["url"], content=whole[:-kept], headers=FORM)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_form")
    assert not await stored(city, (await row(made)).key)


async def test_a_phone_that_loses_its_network_leaves_nothing_and_no_traceback(
    city: City, sari: Visitor
) -> None:
    made = await ticket(sari, photo())
    start = part("ticket", made["fields"][0]["value"]) + head("file") + photo()[:500]
    gone: dict[str, Any] = {"type": "http.disconnect"}
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": start, "more_body": True}, gone]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/documents/upload",
        "raw_path": b"/documents/upload",
        "query_string": b"",
        "headers": [(b"content-type", FORM["Content-Type"].encode())],
    }

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else gone

    async def answer(_: Any) -> None:
        return None

    transport: Any = city.client._transport
    await transport.app(scope, receive, answer)

    assert not await stored(city, (await row(made)).key)


async def test_a_file_that_does_not_go_on_is_given_up(
    city: City, sari: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "IDLE_SECONDS", 0.3)
    made = await ticket(sari, photo())

    async def drip() -> AsyncIterator[bytes]:
        yield part("ticket", made["fields"][0]["value"]) + head("file") + photo()[:500]
        await asyncio.sleep(60)

    answer = await city.client.post(made["url"], content=drip(), headers=FORM)

    assert (answer.status_code, answer.json()["code"]) == (408, "too_slow")
    assert not await stored(city, (await row(made)).key)


async def test_too_many_files_that_lead_nowhere_are_refused_until_later(city: City, sari: Visitor) -> None:
    actor = await city.actor(sari)
    now = clock.now()
    await Upload.bulk_create(
        [
            Upload(
                id=uuid7(),
                person_id=actor.person,
                media_type="image/jpeg",
                size=1,
                sha256="0" * 64,
                key=f"quarantine/{n}",
                asked_at=now,
                expires_at=now + timedelta(minutes=30),
            )
            for n in range(OPEN_MOST)
        ]
    )
    found = await ticket(sari, photo())
    assert (found["__typename"], found["code"]) == ("NotNow", "too_many_uploads")
    with clock.at(now + timedelta(minutes=31)):
        assert (await ticket(sari, photo()))["__typename"] == "UploadTicket"


async def test_a_repeated_request_gives_the_same_upload(sari: Visitor) -> None:
    key = str(uuid4())
    first, again = (
        await ticket(sari, photo(), idempotencyKey=key),
        await ticket(sari, photo(), idempotencyKey=key),
    )
    assert first["uploadId"] == again["uploadId"]
    other = await ticket(sari, photo((9, 9, 9)), idempotencyKey=key)
    assert other["code"] == "key_reused"
    assert await Upload.all().count() == 1
