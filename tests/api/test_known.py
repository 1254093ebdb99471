"""Nobody types or sends twice what the city holds: known values with source and date, documents used again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.models import Application, CaseDocument
from backend.core import clock
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.identity.actions import create_person
from backend.identity.models import Person
from schema.ids import encode, uuid_of
from tests.city import BUDI, RINA, SARI, City, Visitor, photo

ONE_FILE = "DUK-KK-HILANG"
KNOWN = "{ me { known { profile name kind label value text masked source applicationNumber changedAt } } }"
MINE = """query Q($n: Int!, $a: String) { myDocuments(first: $n, after: $a) { pageInfo { hasNextPage endCursor }
edges { node { id name requirement { code title } page mediaType size sha256 uploadedAt
applicationNumber applicationNumberText } } } }"""


async def known(visitor: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await visitor.ask(KNOWN))["me"]["known"]
    return found


async def documents(visitor: Visitor, first: int = 50, after: str | None = None) -> list[dict[str, Any]]:
    data = await visitor.ask(MINE, n=first, a=after)
    return [e["node"] for e in data["myDocuments"]["edges"]]


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


async def with_one_file(city: City, sari: Visitor) -> dict[str, Any]:
    """A case with one file."""
    upload = await sari.send_file(photo((9, 2, 9)))
    given = [{"requirement": "loss_or_damaged", "uploadId": upload}]
    return await city.apply(sari, ONE_FILE, documents=given)


async def test_the_profile_is_known_field_by_field_with_its_date_and_masked(city: City) -> None:
    # given somebody new who wrote a profile, and another address a month later
    start = clock.now()
    with clock.at(start):
        await create_person("+6281234567890", city.parts.keyring)
    wati = await city.login("+6281234567890")
    with clock.at(start + timedelta(days=1)):
        await wati.act(
            "updateProfile",
            "",
            name="Wati Ningsih",
            nik="3573054101000003",
            address="Jalan Ijen 25",
            kelurahanCode="35.73.01.1005",
        )
    with clock.at(start + timedelta(days=31)):
        await wati.act("updateProfile", "", address="Jalan Semeru 3")

        # when she looks at what is known
        found = {k["profile"]: k for k in await known(wati)}

    # then each value has its own date, and NIK and phone do not leave in plain
    dates = {name: datetime.fromisoformat(k["changedAt"]) - start for name, k in found.items()}
    assert {n: d.days for n, d in dates.items()} == {
        "name": 1, "nik": 1, "phone": 0, "address": 31, "kelurahan": 1,
    }  # fmt: skip
    assert {k["source"] for k in found.values()} == {"Profil Anda"}
    assert [(n, found[n]["value"], found[n]["masked"]) for n in ("nik", "phone", "address")] == [
        ("nik", "357305******0003", True),
        ("phone", "0812****7890", True),
        ("address", "Jalan Semeru 3", False),
    ]
    assert found["kelurahan"]["value"] == "35.73.01.1005"
    assert found["kelurahan"]["text"] != "35.73.01.1005"


async def test_a_date_that_nobody_wrote_down_is_unknown(city: City, sari: Visitor) -> None:

    await Person.filter(name="Sari Wulandari").update(field_dates=None)
    assert {k["changedAt"] for k in await known(sari)} == {None}


async def test_the_newest_answer_of_earlier_cases_is_offered_with_its_number_and_date(
    city: City, sari: Visitor
) -> None:
    # given two cases of one service
    first = await city.apply(sari, "KEC-SKTM")
    second = await city.apply(sari, "KEC-SKTM")
    assert first["number"] != second["number"]

    # when
    earlier = [k for k in await known(sari) if k["profile"] is None]

    # then only the newest of each question is offered, with where it is from
    assert earlier
    assert {k["applicationNumber"] for k in earlier} == {second["number"]}
    assert {k["source"] for k in earlier} == {f"Permohonan {second['numberText']}"}
    assert len({(k["name"], k["kind"], k["label"]) for k in earlier}) == len(earlier)
    assert not {k["kind"] for k in earlier} & {"NIK", "LONG_TEXT"}
    given = {a["name"]: (a["value"], a["text"]) for a in second["answers"]}
    assert all(given[k["name"]] == (k["value"], k["text"]) for k in earlier)


async def test_a_value_that_was_refused_is_not_taken_from_the_profile(city: City, sari: Visitor) -> None:
    case = await city.apply(sari, "KEC-SKTM")
    named = [a for a in case["answers"] if a["value"] == "Sari Wulandari"]
    other = await city.apply(sari, "KEC-SKTM", answers_over={named[0]["name"]: "Ibu Wartini"})
    assert {a["name"]: a["value"] for a in other["answers"]}[named[0]["name"]] == "Ibu Wartini"


async def test_a_stranger_s_cases_and_documents_are_not_known(city: City, sari: Visitor) -> None:
    await with_one_file(city, sari)
    budi, rina = await city.login(BUDI), await city.login(RINA)
    assert [k for k in await known(budi) if k["profile"] is None] == []
    assert await documents(budi) == []
    # an officer sees the case, but a document of a resident is not hers to use
    assert await documents(rina) == []
    assert (await city.nobody.ask(KNOWN))["me"] is None


async def test_a_document_of_an_earlier_case_goes_into_another_without_travelling(
    city: City, sari: Visitor
) -> None:
    # given a case with a file, listed among one's documents
    case = await with_one_file(city, sari)
    [found] = await documents(sari)
    assert found["requirement"]["code"] == "loss_or_damaged"
    assert (found["applicationNumber"], found["mediaType"], found["page"]) == (case["number"], "JPEG", 1)
    assert found["name"] == f"{found['requirement']['title']}, 1"

    # when another application takes it
    again = await city.apply(
        sari, ONE_FILE, documents=[{"requirement": "loss_or_damaged", "documentId": found["id"]}]
    )

    # then the second case has the same bytes, says where they are from, and they are listed once
    rows = await CaseDocument.all().order_by("uploaded_at")
    assert [r.key for r in rows] == [rows[0].key] * 2
    assert (rows[1].copied_from, rows[1].upload_id) == (rows[0].id, None)
    assert [d["id"] for d in await documents(sari)] == [found["id"]]
    opened = await sari.act(
        "openDocument", "... on DownloadTicket { url }", documentId=again["documents"][0]["id"]
    )
    assert (await city.client.get(opened["url"])).content == photo((9, 2, 9))
    # and even after days of sweeping both cases keep it
    with clock.at(clock.now() + timedelta(days=3)):
        await city.work.sweep()
    assert await city.parts.documents.stat(rows[0].key) is not None


async def test_a_return_is_answered_with_a_document_of_an_earlier_case(city: City, sari: Visitor) -> None:
    await with_one_file(city, sari)
    [earlier] = await documents(sari)
    case = await city.apply(sari, ONE_FILE)
    rina = await city.login(RINA)
    case = await rina.move("takeApplication", case)
    returned = {"requirement": "loss_or_damaged", "reason": "Fotonya tidak terbaca."}
    case = await rina.move("returnApplication", case, returns=[returned])
    page = {"requirement": "loss_or_damaged", "documentId": earlier["id"]}
    case = await sari.move("answerReturn", case, documents=[page])
    assert [d["replaced"] for d in sorted(case["documents"], key=lambda d: not d["replaced"])] == [
        True,
        False,
    ]


async def test_nobody_uses_the_document_of_another_even_who_may_see_it(city: City, sari: Visitor) -> None:
    # given Sari's document, and Budi and an officer who know its id
    await with_one_file(city, sari)
    [found] = await documents(sari)
    before = (
        await Application.all().count(),
        await RecordedEvent.all().count(),
        await IdempotencyKey.all().count(),
    )
    page = {"requirement": "loss_or_damaged", "documentId": found["id"]}
    absent = {"requirement": "loss_or_damaged", "documentId": encode("CaseDocument", uuid4())}

    # when they apply with it, and with one that is absent
    budi, rina = await city.login(BUDI), await city.login(RINA)
    await rina.act(
        "updateProfile",
        "",
        nik="3573054101000003",
        address="Jalan Ijen 25",
        kelurahanCode="35.73.01.1005",
        idempotencyKey=str(uuid4()),
    )
    foreign = [await city.apply(v, ONE_FILE, documents=[page]) for v in (budi, rina)]
    missing = await city.apply(budi, ONE_FILE, documents=[absent])

    # then both look the same, and nothing was recorded
    for refused in (*foreign, missing):
        assert (refused["__typename"], refused["code"]) == ("InvalidInput", "document_missing")
        assert [f["path"] for f in refused["fields"]] == ["documents.loss_or_damaged"]
    assert await Application.all().count() == before[0]
    assert await RecordedEvent.all().count() == before[1]
    assert uuid_of(found["id"], "CaseDocument")


async def test_a_page_is_a_new_file_or_an_earlier_one_and_each_stands_once(city: City, sari: Visitor) -> None:
    await with_one_file(city, sari)
    [found] = await documents(sari)
    page = {"requirement": "loss_or_damaged", "documentId": found["id"]}
    both = page | {"uploadId": await city.placed(sari, photo((1, 2, 9)))}
    for given in ([both], [{"requirement": "loss_or_damaged"}], [page, page]):
        refused = await city.apply(sari, ONE_FILE, documents=given)
        assert refused["__typename"] == "InvalidInput"
        assert [f["path"] for f in refused["fields"]] == ["documents.loss_or_damaged"]
    assert await Application.all().count() == 1


async def test_documents_come_in_pages(city: City, sari: Visitor) -> None:
    for _ in range(3):
        await city.apply(sari, "KEC-SKTM")
    everything = await documents(sari)
    data = await sari.ask(MINE, n=2, a=None)
    rest = await documents(sari, after=data["myDocuments"]["pageInfo"]["endCursor"])
    assert [e["node"] for e in data["myDocuments"]["edges"]] + rest == everything
    assert [d["uploadedAt"] for d in everything] == sorted(
        (d["uploadedAt"] for d in everything), reverse=True
    )
