"""Files that go straight to a real S3 server: the ticket is a presigned form, the check is ours."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from backend.app import create_app
from backend.applications.file_parts import PART
from backend.parts import Parts, open_parts
from backend.settings import Settings
from backend.signing.keystore import DevelopmentKeyStore
from schema.ids import uuid_of
from storage import keys
from tests.city import SARI, City, Visitor, photo
from tests.sending import ask, confirm, grainy, put, send
from tests.storage import weed


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def s3_parts(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parts]:
    server = weed.start(tmp_path_factory.mktemp("weed"))
    try:
        async with open_parts(replace(settings, storage_url=server.address("lugas-documents"))) as parts:
            yield parts
    finally:
        server.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def s3_city(db: None, s3_parts: Parts, home: Path) -> AsyncIterator[City]:
    transport = httpx.ASGITransport(app=create_app(s3_parts.settings, s3_parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield City(client, s3_parts, DevelopmentKeyStore(home / "signing"))


async def ticket_for(visitor: Visitor, data: bytes) -> dict[str, object]:
    return await visitor.act(
        "requestUpload",
        "... on UploadTicket { uploadId url fields { name value } }",
        mediaType="JPEG",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


async def post(ticket: dict[str, object], data: bytes, media_type: str = "image/jpeg") -> int:
    fields = {f["name"]: f["value"] for f in ticket["fields"]}  # type: ignore[attr-defined]
    async with httpx.AsyncClient() as browser:
        sent = await browser.post(str(ticket["url"]), data=fields, files={"file": ("x", data, media_type)})
    return sent.status_code


async def test_a_photo_goes_to_s3_and_into_the_case(s3_city: City) -> None:
    # given a resident and a photo
    sari, data = await s3_city.login(SARI), photo()

    # when she sends it to the store with the ticket's form, and has it confirmed
    ticket = await ticket_for(sari, data)
    assert str(ticket["url"]).startswith("http://127.0.0.1:")
    assert await post(ticket, data) in (200, 204)
    done = await sari.act(
        "confirmUpload", "... on UploadConfirmed { size sha256 }", uploadId=ticket["uploadId"]
    )

    # then it is kept as what it is
    assert done["__typename"] == "UploadConfirmed", done
    assert done["sha256"] == hashlib.sha256(data).hexdigest()


async def test_a_file_that_is_no_photo_is_refused_after_s3_took_it(s3_city: City) -> None:
    # given a script that calls itself a photo
    sari, data = await s3_city.login(SARI), b"<script>alert(1)</script>" * 10

    # when it is sent and confirmed
    ticket = await ticket_for(sari, data)
    assert await post(ticket, data) in (200, 204)
    done = await sari.act("confirmUpload", "... on UploadConfirmed { size }", uploadId=ticket["uploadId"])

    # then the reason is told and nothing is left in the store
    assert (done["__typename"], done["code"]) == ("InvalidInput", "file_unknown_type")
    again = await sari.act("confirmUpload", "... on UploadConfirmed { size }", uploadId=ticket["uploadId"])
    assert (again["__typename"], again["code"]) == ("Conflict", "not_arrived")


async def test_the_form_takes_no_other_type(s3_city: City) -> None:
    sari, data = await s3_city.login(SARI), photo()
    ticket = await ticket_for(sari, data)
    fields = {f["name"]: f["value"] for f in ticket["fields"]}  # type: ignore[attr-defined]
    async with httpx.AsyncClient() as browser:
        forged = fields | {"Content-Type": "text/html"}
        sent = await browser.post(str(ticket["url"]), data=forged, files={"file": ("x", data)})
    assert sent.status_code == 403


async def test_a_file_in_parts_resumes_on_s3_and_leaves_no_part_behind(s3_city: City) -> None:
    # given a photo of several parts, of which the first was sent, and another part's bytes tried in its place
    sari, data = await s3_city.login(SARI), grainy(760, 9)
    made = await ask(sari, data)
    await send(sari, made, data, 0, 0)
    assert (await put(sari, f"{made['parts']['url']}/0", bytes(PART))).status_code == 409

    # when the phone comes back and sends what is missing
    again = await ask(sari, data)
    assert (again["uploadId"], again["parts"]["missing"]) == (made["uploadId"], [1])
    await send(sari, again, data, 1)
    done = await confirm(sari, again)

    # then the whole lies in the store, its parts do not, and they are not asked for again
    digest = hashlib.sha256(data).hexdigest()
    assert done["sha256"] == digest
    upload = uuid_of(made["uploadId"], "Upload").hex
    documents = s3_city.parts.documents
    assert [await documents.stat(keys.part(upload, n)) for n in (0, 1)] == [None, None]
    kept = await documents.stat(keys.document(digest))
    assert kept is not None
    assert kept.sha256 == digest
    assert (await ask(sari, data))["parts"]["missing"] == []
