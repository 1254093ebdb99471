"""Files in parts: each is kept once, a break costs one part, and the whole is examined like every other file."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.file_parts import PART
from backend.applications.models import CaseDocument, Upload, UploadPart
from backend.core import clock
from schema.ids import uuid_of
from storage import keys
from tests.city import BUDI, SARI, City, Visitor, photo
from tests.sending import ask, confirm, grainy, part, put, send, sha

BIG = grainy(1100)
COUNT = -(-len(BIG) // PART)


async def row(made: dict[str, Any]) -> Upload:
    return await Upload.get(id=uuid_of(made["uploadId"], "Upload"))


async def lying(city: City, made: dict[str, Any]) -> list[int]:
    """The parts of which bytes lie in the store."""
    upload = uuid_of(made["uploadId"], "Upload").hex
    return [n for n in range(COUNT + 2) if await city.parts.documents.stat(keys.part(upload, n)) is not None]


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


async def test_a_file_in_parts_is_put_together_examined_and_kept_under_its_hash(
    city: City, sari: Visitor
) -> None:
    # given a photo of several parts
    assert COUNT >= 3
    made = await ask(sari, BIG)
    assert made["parts"]["size"] == 262144
    assert made["parts"]["missing"] == list(range(COUNT))

    # when they arrive in any order
    await send(sari, made, BIG, *reversed(range(COUNT)))
    done = await confirm(sari, made)

    # then the file is kept, and nothing of the parts
    assert (done["mediaType"], done["size"], done["sha256"]) == ("JPEG", len(BIG), sha(BIG))
    assert (await row(made)).key == keys.document(sha(BIG))
    assert await UploadPart.all().count() == 0
    assert await lying(city, made) == []


async def test_after_a_break_only_what_is_missing_is_asked_for(city: City, sari: Visitor) -> None:
    # given a phone that went out of signal after the second part
    first = await ask(sari, BIG)
    await send(sari, first, BIG, 0, 1)
    assert (await confirm(sari, first))["code"] == "not_arrived"

    # when it asks again with a new key, hours later
    with clock.at(clock.now() + timedelta(hours=20)):
        again = await ask(sari, BIG)

    # then it is the same upload, and the first two parts do not travel again
    assert again["uploadId"] == first["uploadId"]
    assert again["parts"]["missing"] == list(range(2, COUNT))
    await send(sari, again, BIG, *again["parts"]["missing"])
    assert (await confirm(sari, again))["sha256"] == sha(BIG)

    # and asked once more nothing is missing, and the confirmation is there at once
    kept = await ask(sari, BIG)
    assert (kept["uploadId"], kept["parts"]["missing"]) == (first["uploadId"], [])
    assert (await confirm(sari, kept))["sha256"] == sha(BIG)


async def test_a_part_sent_twice_is_one_part_and_other_bytes_are_refused(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    await send(sari, made, BIG, 0, 0)
    assert await UploadPart.all().count() == 1

    other = bytes(PART)
    answer = await put(sari, f"{made['parts']['url']}/0", other)

    assert (answer.status_code, answer.json()["code"]) == (409, "other_bytes")
    await send(sari, made, BIG, *range(COUNT))
    assert (await confirm(sari, made))["sha256"] == sha(BIG)


async def test_a_part_that_was_damaged_or_has_another_length_is_refused(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    url = made["parts"]["url"]
    damaged = await put(sari, f"{url}/0", part(BIG, 0), **{"X-Part-SHA256": sha(b"else")})
    nameless = await put(sari, f"{url}/0", part(BIG, 0), **{"X-Part-SHA256": ""})
    short = await put(sari, f"{url}/0", part(BIG, 0)[:-1])
    long = await put(sari, f"{url}/0", part(BIG, 0) + b"x")
    last = await put(sari, f"{url}/{COUNT - 1}", part(BIG, 0))
    assert [a.status_code for a in (damaged, nameless, short, long, last)] == [422, 422, 422, 413, 413]
    assert damaged.json()["code"] == "part_differs"
    assert await UploadPart.all().count() == 0
    assert await lying(city, made) == []


async def test_an_endless_part_is_cut_off_while_it_streams(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 65536
            yield b"x" * 65536

    headers = {"Content-Type": "application/octet-stream", "X-Part-SHA256": sha(b"")} | sari.headers()
    answer = await sari.client.put(f"{made['parts']['url']}/0", content=endless(), headers=headers)

    assert answer.status_code == 413
    assert sent < 1_000_000
    assert await lying(city, made) == []


async def test_nobody_sends_parts_for_another_or_from_elsewhere(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    url, data = f"{made['parts']['url']}/0", part(BIG, 0)
    budi = await city.login(BUDI)
    answers = [
        await put(budi, url, data),
        await put(city.nobody, url, data),
        await put(sari, url, data, Origin="https://else.example"),
        await put(sari, f"/documents/parts/{uuid4()}/0", data),
        await put(sari, "/documents/parts/x/0", data),
        await put(sari, f"{made['parts']['url']}/{COUNT}", data),
        await put(sari, f"{made['parts']['url']}/-1", data),
        await put(sari, f"{made['parts']['url']}/²", data),
        await put(sari, url, data, **{"Content-Type": "image/jpeg"}),
    ]
    assert [a.status_code for a in answers] == [404, 401, 403, 404, 404, 404, 404, 404, 415]
    assert await UploadPart.all().count() == 0
    assert await lying(city, made) == []


async def test_parts_cost_the_person_and_too_many_have_to_wait(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    url = f"{made['parts']['url']}/0"
    with clock.at(clock.now()):  # however long it takes, nothing runs off meanwhile
        answers = [await put(sari, url, b"") for _ in range(1100)]
    late = [a for a in answers if a.status_code == 429]
    assert {a.status_code for a in answers} == {422, 429}
    assert int(late[0].headers["Retry-After"]) >= 1


async def test_the_whole_must_be_what_was_announced_even_when_every_part_is_right(
    city: City, sari: Visitor
) -> None:
    # given the hash of one file and the parts of another of the same length
    other = bytearray(BIG)
    other[-3] ^= 1
    made = await ask(sari, BIG)
    await send(sari, made, bytes(other), *range(COUNT))

    found = await confirm(sari, made)

    # then it is refused and thrown away, and the right file may be sent after all
    assert (found["__typename"], found["code"]) == ("InvalidInput", "file_differs")
    assert (await row(made)).stored is False
    assert await lying(city, made) == []
    await send(sari, made, BIG, *(await ask(sari, BIG))["parts"]["missing"])
    assert (await confirm(sari, made))["sha256"] == sha(BIG)


@pytest.mark.parametrize(
    ("media", "data", "code"),
    [
        ("JPEG", b"GIF89a" + b"x" * 100, "file_unknown_type"),
        ("JPEG", photo()[:-200], "file_broken"),
        ("PDF", photo(), "file_type_differs"),
    ],
)
async def test_the_server_names_what_is_wrong_with_a_file_that_came_in_parts(
    city: City, sari: Visitor, media: str, data: bytes, code: str
) -> None:
    made = await ask(sari, data, media)
    await send(sari, made, data, 0)
    found = await confirm(sari, made)
    assert (found["__typename"], found["code"]) == ("InvalidInput", code)
    assert [f["path"] for f in found["fields"]] == ["file"]
    assert await lying(city, made) == []
    assert (await row(made)).stored is False


async def test_a_part_whose_bytes_were_lost_is_asked_for_again(city: City, sari: Visitor) -> None:
    made = await ask(sari, BIG)
    await send(sari, made, BIG, *range(COUNT))
    upload = (await row(made)).id.hex
    await city.parts.documents.delete(keys.part(upload, 1))

    assert (await confirm(sari, made))["code"] == "not_arrived"

    assert (await ask(sari, BIG))["parts"]["missing"] == [1]
    await send(sari, made, BIG, 1)
    assert (await confirm(sari, made))["sha256"] == sha(BIG)


async def test_bytes_that_a_case_of_the_same_person_holds_do_not_travel_again(
    city: City, sari: Visitor
) -> None:
    # given a file that went into a case
    upload = await sari.send_file(BIG)
    documents = [{"requirement": "loss_or_damaged", "uploadId": upload}]
    case = await city.apply(sari, "DUK-KK-HILANG", documents=documents)
    assert case["number"]

    # when the same person wants it in another case
    made = await ask(sari, BIG)
    assert made["uploadId"] != upload
    assert made["parts"]["missing"] == []
    done = await confirm(sari, made)
    documents = [{"requirement": "loss_or_damaged", "uploadId": done["uploadId"]}]
    second = await city.apply(sari, "DUK-KK-HILANG", documents=documents)

    # then both cases have it, and for anyone else knowing the hash is nothing
    assert second["number"] != case["number"]
    assert await CaseDocument.filter(key=keys.document(sha(BIG))).count() == 2
    assert (await ask(await city.login(BUDI), BIG))["parts"]["missing"] == list(range(COUNT))


async def test_the_same_picture_for_two_requirements_is_one_upload_and_two_documents(
    city: City, sari: Visitor
) -> None:
    service = await sari.ask('{ service(code: "KEC-SKTM") { requirements { code kind required } } }')
    wanted = [
        r["code"] for r in service["service"]["requirements"] if r["kind"] == "DOCUMENT" and r["required"]
    ]
    assert len(wanted) > 1
    upload = await sari.send_file(BIG)
    case = await city.apply(sari, documents=[{"requirement": r, "uploadId": upload} for r in wanted])
    assert sorted(d["requirement"] for d in case["documents"]) == sorted(wanted)
    assert {d.key for d in await CaseDocument.all()} == {keys.document(sha(BIG))}
