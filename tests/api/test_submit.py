"""Applying: every way a form can be wrong, the receipt number, the key, and the version a case keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.applications.models import Application, CaseDocument
from backend.core import clock, ids
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.identity.actions import create_person
from backend.services import queries as services
from backend.services.actions import publish
from schema.ids import uuid_of
from tests.city import BUDI, SARI, City, Visitor, photo

FORM_ONLY = "PTSP-NIB"  # a service that asks for no documents
ONE_FILE = "DUK-KK-HILANG"  # and one that asks for one
FRIDAY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


async def nothing_recorded() -> bool:
    counts = [
        await Application.all().count(),
        await CaseDocument.all().count(),
        await RecordedEvent.all().count(),
        await IdempotencyKey.filter(action="submit").count(),
    ]
    return counts == [0, 0, 0, 0]


def paths(answer: dict[str, Any]) -> list[str]:
    assert answer["__typename"] == "InvalidInput", answer
    return [f["path"] for f in answer["fields"]]


async def test_a_case_has_a_number_a_promise_and_one_event(city: City, sari: Visitor) -> None:
    with clock.at(FRIDAY):
        case = await city.apply(sari, FORM_ONLY)
    assert ids.read_number(case["number"]) == case["number"]
    assert case["numberText"] == ids.number_text(case["number"])
    assert case["version"] == 1
    assert case["dueAt"] == "2026-11-23T09:00:00+00:00"
    assert case["due"]["headline"] == "Selesai paling lambat Senin, 23 November"
    assert case["actions"] == ["WITHDRAW"]
    event = await RecordedEvent.get()
    assert (event.kind, event.seq, event.actor_role, event.at) == (
        "application_submitted",
        1,
        "resident",
        FRIDAY,
    )
    assert "3573" not in str(event.data)


async def test_every_service_of_the_city_can_be_applied_for(city: City, sari: Visitor) -> None:
    data = await city.nobody.ask("{ services { edges { node { code promise { unit } } } } }")
    services_ = [e["node"] for e in data["services"]["edges"]]
    assert len(services_) == 37
    with clock.at(FRIDAY):
        for service in services_:
            if service["promise"]["unit"] == "WINDOW":
                continue
            case = await city.apply(sari, service["code"])
            assert case.get("version") == 1, (service, case)


async def test_nobody_cannot_submit(city: City, sari: Visitor) -> None:
    found = await city.apply(city.nobody, FORM_ONLY)
    assert (found["__typename"], found["code"]) == ("NotAllowed", "sign_in")
    assert await nothing_recorded()


async def test_without_a_complete_profile_one_cannot_submit(city: City) -> None:
    await create_person("+6281234567890", city.parts.keyring, name="Wati")
    found = await city.apply(await city.login("+6281234567890"), FORM_ONLY)
    assert (found["__typename"], found["code"]) == ("NotAllowed", "profile_incomplete")
    assert await nothing_recorded()


async def test_every_wrong_answer_is_named_and_nothing_is_kept(city: City, sari: Visitor) -> None:
    found = await city.apply(
        sari, FORM_ONLY, answers=[{"name": "name", "value": "x"}, {"name": "zzz", "value": "1"}]
    )
    definition = await services.current(FORM_ONLY)
    wanted = {f"answers.{f.name}" for f in definition.fields if f.required and not f.profile}
    assert wanted | {"answers.zzz"} <= set(paths(found))
    assert await nothing_recorded()


async def test_an_unknown_service_is_not_found(sari: Visitor) -> None:
    for code in ("NOPE", "", "x" * 5000):
        found = await sari.act(
            "submitApplication", "", serviceCode=code, serviceVersion=1, answers=[], documents=[]
        )
        assert found["__typename"] == "NotFound"
    assert await nothing_recorded()


async def test_the_form_of_an_old_version_is_a_conflict(city: City, sari: Visitor) -> None:
    for version in (0, 2, -1, 2**31 - 1):
        found = await city.apply(sari, FORM_ONLY, serviceVersion=version)
        assert (found["__typename"], found["code"], found["currentVersion"]) == ("Conflict", "old_form", 1)
    assert await nothing_recorded()


async def test_a_place_outside_the_city_is_refused(city: City, sari: Visitor) -> None:
    found = await city.apply(sari, FORM_ONLY, kelurahanCode="35.07.01.0001")
    assert paths(found) == ["kelurahanCode"]
    assert await nothing_recorded()


async def test_a_kecamatan_service_goes_to_the_kecamatan_of_the_place(city: City, sari: Visitor) -> None:
    files = await pages(city, sari, "KEL-SKCK", "rt_rw_letter", "id_card", "family_card")
    own = await city.apply(sari, "KEL-SKCK", documents=files)
    files = await pages(city, sari, "KEL-SKCK", "rt_rw_letter", "id_card", "family_card")
    other = await city.apply(sari, "KEL-SKCK", documents=files, kelurahanCode="35.73.01.1005")
    assert (own["opd"]["code"], other["opd"]["code"]) == ("KEC-LOWOKWARU", "KEC-BLIMBING")


async def pages(city: City, visitor: Visitor, service: str, *codes: str) -> list[dict[str, str]]:
    return [
        {"requirement": c, "uploadId": await city.placed(visitor, photo((n, len(service), 9)))}
        for n, c in enumerate(codes)
    ]


async def test_missing_unknown_and_too_many_documents_are_named(city: City, sari: Visitor) -> None:
    assert paths(await city.apply(sari, ONE_FILE, documents=[])) == ["documents.loss_or_damaged"]
    wrong = [{"requirement": "passport", "uploadId": await city.placed(sari, photo())}]
    assert paths(await city.apply(sari, ONE_FILE, documents=wrong)) == [
        "documents.passport",
        "documents.loss_or_damaged",
    ]
    definition = await services.current(ONE_FILE)
    most = next(r.max_pages for r in definition.documents if r.code == "loss_or_damaged")
    upload = await city.placed(sari, photo())
    many = [{"requirement": "loss_or_damaged", "uploadId": upload}] * (most + 1)
    assert paths(await city.apply(sari, ONE_FILE, documents=many)) == ["documents.loss_or_damaged"]
    assert await nothing_recorded()


async def test_an_upload_counts_once_and_only_when_it_arrived(city: City, sari: Visitor) -> None:
    upload = await city.placed(sari, photo())
    twice = [{"requirement": "loss_or_damaged", "uploadId": upload}] * 2
    found = await city.apply(sari, ONE_FILE, documents=twice)
    assert (found["code"], paths(found)) == ("upload_missing", ["documents.loss_or_damaged"])
    assert await nothing_recorded()

    first = await city.apply(sari, ONE_FILE, documents=twice[:1])
    assert first["state"]["name"] == "submitted"
    again = await city.apply(sari, ONE_FILE, documents=twice[:1])
    assert again["code"] == "upload_missing"
    absent = [{"requirement": "loss_or_damaged", "uploadId": "VXBsb2FkOng"}]
    assert (await city.apply(sari, ONE_FILE, documents=absent))["__typename"] == "NotFound"
    assert await Application.all().count() == 1


async def test_pages_keep_the_order_they_were_sent_in(city: City, sari: Visitor) -> None:
    files = await pages(city, sari, ONE_FILE, *["loss_or_damaged"] * 3)
    case = await city.apply(sari, ONE_FILE, documents=files)
    rows = await CaseDocument.filter(application_id=uuid_of(case["id"], "Application")).order_by("page")
    assert [r.page for r in rows] == [1, 2, 3]
    assert [r.upload_id for r in rows] == [uuid_of(f["uploadId"], "Upload") for f in files]


async def test_a_list_without_end_is_refused(city: City, sari: Visitor) -> None:
    answers = [{"name": f"a{n}", "value": "x"} for n in range(101)]
    errors = await sari.errors(
        "mutation M($i: SubmitApplicationInput!) { submitApplication(input: $i) { __typename } }",
        i={
            "idempotencyKey": str(uuid4()),
            "serviceCode": FORM_ONLY,
            "serviceVersion": 1,
            "answers": answers,
            "documents": [],
        },
    )
    assert [e["extensions"]["code"] for e in errors] == ["OVER_LIMIT"]
    assert await nothing_recorded()


async def test_the_number_made_on_the_phone_becomes_the_number_of_the_case(city: City, sari: Visitor) -> None:
    number = ids.new_number()
    case = await city.apply(sari, FORM_ONLY, receiptNumber=ids.number_text(number).lower())
    assert case["number"] == number


@pytest.mark.parametrize("number", ["", "0123456788", "ABC", "0" * 500, "!" * 10])
async def test_a_mistyped_receipt_number_is_refused(city: City, sari: Visitor, number: str) -> None:
    assert paths(await city.apply(sari, FORM_ONLY, receiptNumber=number)) == ["receiptNumber"]
    assert await nothing_recorded()


async def test_a_number_in_use_is_a_conflict(city: City, sari: Visitor) -> None:
    first = await city.apply(sari, FORM_ONLY)
    budi = await city.login(BUDI)
    found = await city.apply(budi, FORM_ONLY, receiptNumber=first["number"])
    assert (found["__typename"], found["code"]) == ("Conflict", "number_taken")
    assert await Application.all().count() == 1


async def test_the_same_key_gives_the_same_case_and_another_body_is_refused(
    city: City, sari: Visitor
) -> None:
    key = str(uuid4())
    first = await city.apply(sari, FORM_ONLY, idempotencyKey=key)
    again = await city.apply(sari, FORM_ONLY, idempotencyKey=key)
    assert again == first
    for change in ({"receiptNumber": ids.new_number()}, {"kelurahanCode": "35.73.01.1005"}):
        other = await city.apply(sari, FORM_ONLY, idempotencyKey=key, **change)
        assert (other["__typename"], other["code"]) == ("Conflict", "key_reused")
    budi = await city.login(BUDI)
    assert (await city.apply(budi, FORM_ONLY, idempotencyKey=key))["number"] != first["number"]
    assert await Application.all().count() == 2


async def test_after_a_refusal_the_same_key_may_be_tried_again(city: City, sari: Visitor) -> None:
    key = str(uuid4())
    refused = await city.apply(sari, FORM_ONLY, idempotencyKey=key, answers=[])
    assert refused["__typename"] == "InvalidInput"
    assert (await city.apply(sari, FORM_ONLY, idempotencyKey=key))["version"] == 1


async def test_a_window_takes_applications_between_its_dates_only(city: City, sari: Visitor) -> None:
    definition = await services.current("DIK-SPMB-SMP")
    assert definition.promise.opens is None or definition.promise.opens.year >= 2026
    changed = definition.model_copy(
        update={
            "promise": definition.promise.model_copy(
                update={
                    "opens": datetime(2026, 6, 10).date(),  # noqa: DTZ001 - a date
                    "closes": datetime(2026, 6, 12).date(),  # noqa: DTZ001 - a date
                    "result": datetime(2026, 7, 3).date(),  # noqa: DTZ001 - a date
                }
            )
        }
    )
    await publish(changed)
    for moment, code in (("2026-06-09", "not_open_yet"), ("2026-06-13", "closed")):
        with clock.at(datetime.fromisoformat(f"{moment}T05:00:00+00:00")):
            found = await city.apply(await city.login(SARI), "DIK-SPMB-SMP")
        assert (found["__typename"], found["code"]) == ("NotNow", code)
    with clock.at(datetime(2026, 6, 12, 16, 59, tzinfo=UTC)):
        case = await city.apply(await city.login(SARI), "DIK-SPMB-SMP")
        assert case.get("dueAt") == "2026-07-03T09:30:00+00:00", case


async def test_a_running_case_keeps_the_version_it_started_on(city: City, sari: Visitor) -> None:
    # given a case, and then a renewed service with a longer promise and another title
    with clock.at(FRIDAY):
        old = await city.apply(sari, FORM_ONLY)
    definition = await services.current(FORM_ONLY)
    promise = definition.promise.model_copy(update={"value": 10})
    assert await publish(definition.model_copy(update={"promise": promise}))

    # then new cases start on version 2 and the running one stays on version 1
    with clock.at(FRIDAY):
        new = await city.apply(sari, FORM_ONLY)
        kept = await sari.case(old["number"])
    assert kept is not None
    assert kept["dueAt"] == old["dueAt"] == "2026-11-23T09:00:00+00:00"
    assert new["dueAt"] == "2026-12-04T09:30:00+00:00"
    rows = {r.number: r.service_version for r in await Application.all()}
    assert rows == {old["number"]: 1, new["number"]: 2}


async def test_a_promise_into_a_year_without_holidays_is_not_guessed(city: City) -> None:
    with clock.at(datetime(2027, 12, 31, 3, 0, tzinfo=UTC)):
        found = await city.apply(await city.login(SARI), FORM_ONLY)
    assert (found["__typename"], found["code"]) == ("NotNow", "no_calendar")
    assert "2028" in found["message"]
    assert await nothing_recorded()


async def test_answers_are_sealed_and_a_nik_is_shown_masked(city: City, sari: Visitor) -> None:
    case = await city.apply(sari, FORM_ONLY)
    row = await Application.get()
    assert b"3573015708900002" not in bytes(row.answers_sealed)
    niks = [a for a in case["answers"] if "nik" in a["name"]]
    assert niks
    assert {a["value"] for a in niks} == {"357301******0002"}
    assert "3573015708900002" not in str(case)


async def test_a_service_by_queue_shows_the_place_and_no_date(city: City, sari: Visitor) -> None:
    cases = []
    for minute in range(3):
        with clock.at(FRIDAY + timedelta(minutes=minute)):
            cases.append(await city.apply(sari, "DLH-PANGKAS"))
    assert [c["queuePlace"] for c in cases] == [1, 2, 3]
    assert [c["dueAt"] for c in cases] == [None] * 3
    assert cases[2]["due"]["headline"] == "Antrean ke-3"
    await sari.move("withdrawApplication", cases[0])
    last = await sari.case(cases[2]["number"])
    assert last is not None
    assert last["queuePlace"] == 2
    data = await city.nobody.ask('{ service(code: "DLH-PANGKAS") { queueLength } }')
    assert data["service"]["queueLength"] == 2


async def test_withdrawing_ends_a_case_once(city: City, sari: Visitor) -> None:
    case = await city.apply(sari, FORM_ONLY)
    ended = await sari.move("withdrawApplication", case)
    assert (ended["state"]["name"], ended["actions"]) == ("withdrawn", [])
    again = await sari.move("withdrawApplication", ended)
    assert (again["__typename"], again["code"], again["currentState"]) == (
        "Conflict",
        "moved_on",
        "withdrawn",
    )
    assert await RecordedEvent.filter(subject_id=UUID(str(uuid_of(case["id"], "Application")))).count() == 2
