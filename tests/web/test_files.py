"""Files on their way out: by ticket only, as an attachment that no browser shows from our origin."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.core import clock
from backend.services import queries as services
from backend.services.actions import publish
from backend.services.definition import Text as Words
from storage.documents import Unavailable
from tests.city import RINA, SARI, City, photo

SERVICE = "DUK-KK-HILANG"


async def page_url(city: City) -> str:
    sari = await city.login(SARI)
    case = await city.apply(sari, SERVICE)
    answer = await sari.act(
        "openDocument",
        "... on DownloadTicket { url mediaType sha256 }",
        documentId=case["documents"][0]["id"],
    )
    assert answer["mediaType"] == "JPEG"
    return str(answer["url"])


async def test_a_page_comes_as_an_attachment_that_nothing_renders(city: City) -> None:
    answer = await city.client.get(await page_url(city))
    assert answer.status_code == 200
    assert answer.content == photo((1, 90, 60))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''loss_or_damaged-1.jpg"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_a_paper_with_a_very_long_title_can_be_opened(city: City) -> None:
    definition = await services.current(SERVICE)
    long = Words(id="Surat " * 50, en="Letter")
    papers = [r.model_copy(update={"title": long}) for r in definition.requirements]
    await publish(definition.model_copy(update={"requirements": tuple(papers)}))
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await city.apply(sari, SERVICE)
    opened = await rina.act(
        "openDocument", "... on DownloadTicket { url }", documentId=case["documents"][0]["id"]
    )
    assert opened["__typename"] == "DownloadTicket"
    seen = await sari.case(case["number"])
    assert seen is not None
    assert seen["reads"][0]["what"].startswith("Surat Surat")


async def test_a_link_is_over_after_five_minutes(city: City) -> None:
    start = clock.now()
    with clock.at(start):
        url = await page_url(city)
    for seconds, status in ((299, 200), (300, 403)):
        with clock.at(start + timedelta(seconds=seconds)):
            answer = await city.client.get(url)
        assert answer.status_code == status
    assert answer.json()["code"] == "bad_ticket"
    assert answer.json()["message"]


@pytest.mark.parametrize("ticket", ["x", "a.b.c", "a" * 6000, "%00", "é"])
async def test_what_is_no_ticket_gives_nothing(city: City, ticket: str) -> None:
    answer = await city.client.get(f"/documents/{ticket}")
    assert answer.status_code in (403, 404)
    assert answer.json()["code"] in ("bad_ticket", "not_found")


async def test_an_upload_ticket_reads_nothing_and_a_link_cannot_be_bent(city: City) -> None:
    tickets, hour = city.parts.tickets, timedelta(hours=1)
    upload = tickets.mint("upload", "quarantine/x", hour, key="x", media_type="image/jpeg", name="x", size=5)
    nameless = tickets.mint("download", "documents/x", hour, media_type="image/jpeg")
    url = await page_url(city)
    for ticket in (upload, nameless, url.removeprefix("/documents/")[:-3]):
        assert (await city.client.get(f"/documents/{ticket}")).status_code == 403


async def test_a_file_that_is_gone_is_a_404(city: City) -> None:
    key = f"documents/{'ab' * 32}"
    ticket = city.parts.tickets.mint(
        "download", key, timedelta(minutes=5), media_type="image/jpeg", name="hilang.jpg"
    )
    answer = await city.client.get(f"/documents/{ticket}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_strange_file_name_stays_inside_its_header(city: City) -> None:
    sari = await city.login(SARI)
    case = await city.apply(sari, SERVICE)
    opened = await sari.act(
        "openDocument", "... on DownloadTicket { url }", documentId=case["documents"][0]["id"]
    )
    key = city.parts.tickets.read("download", opened["url"].removeprefix("/documents/"))["sub"]
    ticket = city.parts.tickets.mint(
        "download", key, timedelta(minutes=5), media_type="image/jpeg", name='a"\r\nX-Evil: 1; é.jpg'
    )
    answer = await city.client.get(f"/documents/{ticket}")
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert "\n" not in answer.headers["content-disposition"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_link_is_only_read(city: City, method: str) -> None:
    assert (await city.client.request(method, "/documents/x")).status_code == 405


class Down:
    """A file store that does not answer."""

    async def put(self, *_: Any, **__: Any) -> None:
        raise Unavailable("down")

    async def read(self, key: str) -> AsyncIterator[bytes]:
        if key:
            raise Unavailable("down")
        yield b""

    async def stat(self, _: str) -> None:
        raise Unavailable("down")

    async def ready(self) -> bool:
        return False

    def upload_form(self, *_: Any, **__: Any) -> None:
        return None


async def test_with_the_file_store_down_people_are_told_to_come_back_and_nothing_is_lost(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await page_url(city)
    sari = await city.login(SARI)
    ticket = await sari.act(
        "requestUpload",
        "... on UploadTicket { uploadId url fields { value } }",
        mediaType="JPEG",
        size=5,
        sha256="0" * 64,
    )
    for name in ("put", "read", "stat", "ready"):
        monkeypatch.setattr(type(city.parts.documents), name, getattr(Down, name))

    read = await city.client.get(url)
    sent = await city.client.post(
        ticket["url"], data={"ticket": ticket["fields"][0]["value"]}, files={"file": ("x", b"12345")}
    )
    confirmed = await sari.act("confirmUpload", "", uploadId=ticket["uploadId"])
    ready: httpx.Response = await city.client.get("/health/ready")

    assert [(a.status_code, a.json()["code"]) for a in (read, sent)] == [(503, "store_down")] * 2
    assert (confirmed["__typename"], confirmed["code"]) == ("NotNow", "store_down")
    assert (ready.status_code, ready.json()["documents"]) == (503, False)
    # and when it answers again, so does everything else
    monkeypatch.undo()
    assert (await city.client.get(url)).status_code == 200
