"""Applying for a resident: the helper is named, the case is the resident's, they are told, and much is recorded."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.models import Application, Assistance, CaseDocument
from backend.core import clock
from backend.core.ids import new_number, number_text, uuid7
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.identity.actions import create_person
from backend.identity.gateways import ConsoleGateway, GatewayDown
from backend.identity.models import Person, PostHeld
from backend.notifications.models import Notice
from schema.ids import encode
from tests.assisted import for_resident
from tests.city import BUDI, HADI, RINA, SARI, City, Visitor, photo

PHONE = "+6281234567890"
LIST = "{ assistedCases { edges { node { number state { name } relation serviceName submittedAt } } } }"
OVER = "{ assistedOverLimit { edges { node { helperName relationText inWeek numberText opdCode } } } }"
BY = """query Q($n: String!) { application(number: $n) { number assistedBy { name relation relationText }
    timeline { kind by } applicant { name nikMasked } } }"""


@pytest.fixture
async def budi(city: City) -> Visitor:
    return await city.login(BUDI)


async def inspector(city: City) -> Visitor:
    """Somebody in the inspectorate."""
    person = await create_person("+6281277777777", city.parts.keyring, name="Inspektur")
    await PostHeld.create(
        id=uuid7(),
        person_id=person.id,
        opd="INSPEKTORAT",
        role="officer",
        title="Auditor",
        since=clock.today() - timedelta(days=9),
    )
    return await city.login("+6281277777777")


def messages(city: City) -> dict[str, str]:
    gateway = city.parts.gateway
    assert isinstance(gateway, ConsoleGateway)
    return gateway.sent


async def counts() -> list[int]:
    tables: list[Any] = [Application, Assistance, CaseDocument, RecordedEvent, IdempotencyKey, Person]
    return [await table.all().count() for table in tables]


async def test_a_helper_applies_for_somebody_new_who_then_has_the_case(city: City, budi: Visitor) -> None:
    # given Budi, who helps his mother
    number = new_number()
    answer = await for_resident(city, budi, receiptNumber=number)
    case = answer["case"]
    assert (case["number"], case["relation"], case["state"]["name"]) == (number, "FAMILY", "submitted")

    # when she logs in with her own phone
    wati = await city.login(PHONE)
    seen = (await wati.ask(BY, n=number))["application"]

    # then the case is hers, filled with what she is, and names who sent it
    assert seen["applicant"] == {"name": "Wati Ningsih", "nikMasked": "357305******0003"}
    assert seen["assistedBy"] == {
        "name": "Budi Hartono Jaya",
        "relation": "FAMILY",
        "relationText": "keluarga",
    }
    assert [(t["kind"], t["by"]) for t in seen["timeline"]] == [("application_submitted", "pendamping")]
    mine = await wati.ask("{ myApplications { edges { node { number } } } me { profileComplete } }")
    assert [e["node"]["number"] for e in mine["myApplications"]["edges"]] == [number]
    assert mine["me"]["profileComplete"] is True
    withdrawn = await wati.move("withdrawApplication", await wati.case(number) or {})
    assert withdrawn["state"]["kind"] == "FINAL"


async def test_the_helper_sees_number_and_state_and_nothing_else_of_it(city: City, budi: Visitor) -> None:
    answer = await for_resident(city, budi)
    number = answer["case"]["number"]
    listed = (await budi.ask(LIST))["assistedCases"]["edges"]
    assert [e["node"]["number"] for e in listed] == [number]
    assert (await budi.ask("query Q($n: String!) { application(number: $n) { id } }", n=number)) == {
        "application": None
    }
    case = await Application.get(number=number)
    [page] = await CaseDocument.filter(application_id=case.id)
    opened = await budi.act(
        "openDocument", "... on DownloadTicket { url }", documentId=encode("CaseDocument", page.id)
    )
    assert opened["code"] == "not_found"
    ids = {"applicationId": encode("Application", case.id), "version": 1}
    assert (await budi.act("withdrawApplication", "", **ids))["code"] == "not_found"
    for none in ("{ myApplications { edges { node { id } } } }", "{ myDocuments { edges { node { id } } } }"):
        [found] = (await budi.ask(none)).values()
        assert found == {"edges": []}
    earlier = (await budi.ask("{ me { known { profile } } }"))["me"]["known"]
    assert all(k["profile"] for k in earlier)
    # and nobody else has it in a list of theirs
    sari = await city.login(SARI)
    assert (await sari.ask(LIST))["assistedCases"]["edges"] == []


async def test_the_resident_is_told_on_their_own_phone_once_and_free_of_charge(
    city: City, budi: Visitor
) -> None:
    messages(city).pop(PHONE, None)
    answer = await for_resident(city, budi)

    ran = await city.drain()
    await city.work.handlers["tell_resident"]({"application": str((await Application.get()).id)})

    assert ran.count("tell_resident") == 1
    text = messages(city)[PHONE]
    for part in ("atas nama Anda", "Budi Hartono Jaya", "keluarga", answer["case"]["numberText"], "gratis"):
        assert part in text
    assert (await Assistance.get()).told_at is not None
    wati = await Person.get(phone_index=city.parts.keyring.blind_index("phone", PHONE))
    assert await Notice.filter(person_id=wati.id, audience="resident").count() == 1


async def test_a_gateway_that_is_down_is_tried_again(
    city: City, budi: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await for_resident(city, budi)

    async def down(_: str, __: str) -> None:
        raise GatewayDown("status 500")

    monkeypatch.setattr(city.parts.gateway, "send", down)
    assert "tell_resident later" in await city.drain()
    assert (await Assistance.get()).told_at is None


async def test_a_resident_whom_the_city_knows_keeps_what_they_wrote(city: City, budi: Visitor) -> None:
    # given Sari, who has a profile of her own
    given = {
        "name": "S. Wulan",
        "nik": "3573015708900002",
        "phone": "081100000001",
        "address": "Jalan Lain 9",
    }
    answer = await for_resident(city, budi, resident=given | {"relation": "RT"})

    # when she looks
    sari = await city.login(SARI)
    seen = await sari.case(answer["case"]["number"])
    me = (await sari.ask("{ me { name address kelurahan { code } } }"))["me"]

    # then the case is hers and her profile is as it was
    assert seen is not None
    assert (me["name"], me["address"]) == ("Sari Wulandari", "Jalan Contoh 7, RT 003/RW 005")
    assert seen["applicant"]["name"] == "Sari Wulandari"


async def test_what_is_empty_in_a_profile_is_filled_and_an_address_need_not_be_told_twice(
    city: City, budi: Visitor
) -> None:
    await create_person(PHONE, city.parts.keyring)
    assert (await for_resident(city, budi, resident={"address": ""}))["__typename"] == "InvalidInput"
    assert (await for_resident(city, budi))["__typename"] == "AssistedSubmitted"
    assert (await for_resident(city, budi, resident={"address": ""}))["__typename"] == "AssistedSubmitted"
    assert await Person.filter(phone_index=city.parts.keyring.blind_index("phone", PHONE)).count() == 1


async def test_the_wrong_nik_for_a_phone_is_refused_in_words_that_tell_nothing(
    city: City, budi: Visitor
) -> None:
    before = await counts()
    found = await for_resident(city, budi, resident={"phone": "081100000001"})
    assert (found["__typename"], found["code"]) == ("InvalidInput", "no_match")
    assert [f["path"] for f in found["fields"]] == ["onBehalfOf.nik"]
    for word in ("Sari", "3573015708900002", "terdaftar"):
        assert word not in str(found)
    assert await counts() == before


@pytest.mark.parametrize(
    ("resident", "path", "code"),
    [
        ({"phone": "081100000002"}, "onBehalfOf.phone", "own_application"),
        ({"nik": "3573011708900001"}, "onBehalfOf.nik", "own_application"),
        ({"nik": "123"}, "onBehalfOf.nik", "invalid_input"),
        ({"phone": "0341-123"}, "onBehalfOf.phone", "invalid_input"),
        ({"name": "W"}, "onBehalfOf.name", "invalid_input"),
        ({"address": ""}, "onBehalfOf.address", "invalid_input"),
    ],
)
async def test_a_wrong_resident_is_named_and_nothing_is_recorded(
    city: City, budi: Visitor, resident: dict[str, str], path: str, code: str
) -> None:
    files = [{"requirement": "loss_or_damaged", "uploadId": await city.placed(budi, photo((3, 3, 3)))}]
    before = await counts()
    found = await for_resident(city, budi, resident=resident, documents=files)
    assert (found["__typename"], found["code"]) == ("InvalidInput", code)
    assert [f["path"] for f in found["fields"]] == [path]
    assert await counts() == before


async def test_who_helps_is_known_by_name_or_serves_at_a_counter(city: City, budi: Visitor) -> None:
    # given somebody without a profile, a resident who says to serve at a counter, and a head
    await create_person("+6281288888888", city.parts.keyring)
    unknown, hadi = await city.login("+6281288888888"), await city.login(HADI)
    before = await Application.all().count()
    counter = {"relation": "COUNTER"}
    refused = [
        await for_resident(city, unknown),
        await for_resident(city, budi, resident=counter),
        await for_resident(city, hadi, resident=counter),
    ]
    assert [(r["__typename"], r["code"]) for r in refused] == [
        ("NotAllowed", "profile_incomplete"),
        ("NotAllowed", "not_counter"),
        ("NotAllowed", "not_counter"),
    ]
    assert await Application.all().count() == before


async def test_an_officer_serves_at_the_counter_and_a_colleague_decides(city: City) -> None:
    # given Rina, who applied for a resident at her counter
    rina = await city.login(RINA)
    number = (await for_resident(city, rina, resident={"relation": "COUNTER"}))["case"]["number"]
    wati = await city.login(PHONE)
    seen = (await wati.ask(BY, n=number))["application"]
    assert seen["assistedBy"]["relationText"] == "petugas loket"
    assert seen["timeline"][0]["by"] == "Dinas Kependudukan dan Pencatatan Sipil, petugas"

    # when she wants to take it herself
    case = await rina.case(number)
    assert case is not None
    assert case["actions"] == []
    before = await RecordedEvent.all().count()
    refused = await rina.move("takeApplication", case)

    # then it is a colleague's
    assert (refused["__typename"], refused["code"]) == ("NotAllowed", "helped_case")
    assert await RecordedEvent.all().count() == before


async def test_the_sixth_case_in_seven_days_is_made_and_recorded_for_the_inspectorate(
    city: City, budi: Visitor
) -> None:
    # given a helper with five cases in six days
    start = clock.now()
    inspecting = await inspector(city)
    for day in range(5):
        with clock.at(start + timedelta(days=day)):
            assert (await for_resident(city, budi))["__typename"] == "AssistedSubmitted"

    # when the sixth comes on the seventh day, and another when the first is a week ago
    with clock.at(start + timedelta(days=6)):
        sixth = await for_resident(city, budi, resident={"relation": "RT"})
    with clock.at(start + timedelta(days=13)):
        late = await for_resident(city, budi)
    seen = (await inspecting.ask(OVER))["assistedOverLimit"]["edges"]

    # then all are cases, and the sixth alone is on the inspectorate's list
    assert late["__typename"] == "AssistedSubmitted"
    assert await Application.all().count() == 7
    assert [e["node"] for e in seen] == [
        {
            "helperName": "Budi Hartono Jaya",
            "relationText": "pengurus RT/RW",
            "inWeek": 6,
            "numberText": number_text(sixth["case"]["number"]),
            "opdCode": "DISPENDUKCAPIL",
        }
    ]
    events = await RecordedEvent.filter(kind="assistance_over_limit")
    assert [(e.data["in_week"], e.data["number"]) for e in events] == [(6, sixth["case"]["number"])]
    assert "Wati" not in str([e.data for e in events])
    # and officers and residents have no such list
    rina = await city.login(RINA)
    assert (await rina.ask(OVER))["assistedOverLimit"]["edges"] == []
    assert (await budi.errors(OVER))[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_repeat_is_one_case_and_another_body_under_the_key_is_refused(
    city: City, budi: Visitor
) -> None:
    files = [{"requirement": "loss_or_damaged", "uploadId": await city.placed(budi, photo((5, 5, 3)))}]
    key, number = str(uuid4()), new_number()
    given: dict[str, Any] = {"idempotencyKey": key, "receiptNumber": number, "documents": files}
    first = await for_resident(city, budi, **given)
    again = await for_resident(city, budi, **given)
    other = await for_resident(city, budi, **given, resident={"name": "Orang Lain"})
    assert first == again
    assert first["case"]["number"] == number
    assert other["code"] == "key_reused"
    assert await Application.all().count() == await Assistance.all().count() == 1


async def test_a_form_without_its_files_or_with_another_s_number_makes_no_case_and_no_person(
    city: City, budi: Visitor
) -> None:
    taken = (await city.apply(await city.login(SARI), "DUK-KK-HILANG"))["number"]
    files = [{"requirement": "loss_or_damaged", "uploadId": await city.placed(budi, photo((6, 5, 3)))}]
    before = await counts()
    assert (await for_resident(city, budi, documents=[]))["__typename"] == "InvalidInput"
    assert (await for_resident(city, budi, documents=files, receiptNumber=taken))["code"] == "number_taken"
    assert (await for_resident(city, budi, documents=files, receiptNumber="0123456780"))[
        "code"
    ] == "invalid_input"
    assert await counts() == before
