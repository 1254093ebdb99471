"""Officers at work: one holds a case, a return costs its exact time, and nothing half-done is recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.models import Application, CaseReturn
from backend.core import clock
from backend.core.actors import StaffRole
from backend.core.models import IdempotencyKey, RecordedEvent
from backend.identity.models import Person, PostHeld
from backend.signing.models import Letter, LetterCounter
from schema.ids import uuid_of
from tests.city import AGUS_PTSP, HADI, RINA, SARI, City, Visitor, photo

GALIH = "+6281100010091"  # the second officer of the registry
SERVICE = "DUK-KK-HILANG"
WHY = "Foto buram, tulisannya tidak terbaca."
THURSDAY = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


@pytest.fixture
async def sari(city: City) -> Visitor:
    return await city.login(SARI)


@pytest.fixture
async def rina(city: City) -> Visitor:
    return await city.login(RINA)


@pytest.fixture
async def galih(city: City) -> Visitor:
    return await city.login(GALIH)


def returned(case: dict[str, Any], *codes: str, reason: str = WHY) -> dict[str, Any]:
    return {"returns": [{"requirement": c, "reason": reason} for c in codes]}


async def recorded() -> tuple[int, int]:
    """How many events, and how many commands."""
    return await RecordedEvent.all().count(), await IdempotencyKey.all().count()


def refusal(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["__typename"], answer["code"]


async def test_one_officer_takes_a_case_and_the_second_gets_a_conflict_with_the_new_state(
    city: City, sari: Visitor, rina: Visitor, galih: Visitor
) -> None:
    case = await city.apply(sari, SERVICE)
    taken = await rina.move("takeApplication", case)
    assert (taken["takenByMe"], taken["takenBy"]) == (True, "Rina Kusumawardani")
    assert taken["actions"] == ["RELEASE", "RETURN", "FORWARD", "APPROVE", "REJECT"]
    before = await recorded()

    late = await galih.move("takeApplication", case)

    assert refusal(late) == ("Conflict", "stale_version")
    assert (late["currentState"], late["currentVersion"]) == ("checking", 2)
    assert "Sedang diperiksa" in late["message"]
    assert await recorded() == before
    newest = await galih.move("takeApplication", taken)
    assert refusal(newest) == ("Conflict", "moved_on")
    assert (await galih.case(case["number"]) or {})["actions"] == []


@pytest.mark.parametrize("version", [0, -1, 3, 2**31 - 1])
async def test_an_act_on_a_version_that_is_not_the_newest_is_a_conflict(
    city: City, sari: Visitor, rina: Visitor, version: int
) -> None:
    case = await city.apply(sari, SERVICE)
    found = await rina.move("takeApplication", case, version=version)
    assert (refusal(found), found["currentVersion"]) == (("Conflict", "stale_version"), 1)


async def test_only_who_holds_a_case_acts_on_it(
    city: City, sari: Visitor, rina: Visitor, galih: Visitor
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    before = await recorded()
    acts: dict[str, dict[str, Any]] = {
        "releaseApplication": {},
        "returnApplication": returned(case, "loss_or_damaged"),
        "forwardApplication": {"opdCode": "DLH", "reason": WHY},
        "approveApplication": {},
        "rejectApplication": {"reason": WHY},
    }
    for name, given in acts.items():
        assert refusal(await galih.move(name, case, **given)) == ("NotAllowed", "not_holder"), name
    assert await recorded() == before

    free = await rina.move("releaseApplication", case)
    assert (free["state"]["name"], free["takenBy"]) == ("submitted", None)
    assert (await galih.move("takeApplication", free))["takenByMe"] is True


async def test_the_same_key_acts_once(city: City, sari: Visitor, rina: Visitor) -> None:
    case, key = await city.apply(sari, SERVICE), str(uuid4())
    first = await rina.move("takeApplication", case, idempotencyKey=key)
    again = await rina.move("takeApplication", case, idempotencyKey=key)
    assert again == first
    other = await rina.move("releaseApplication", first, idempotencyKey=key)
    assert refusal(other) == ("Conflict", "key_reused")
    assert (await Application.get()).version == 2


async def test_a_return_pauses_and_the_answer_moves_the_date_by_exactly_the_pause(
    city: City, sari: Visitor, rina: Visitor
) -> None:
    # given a case of Thursday, promised for Friday, handed back on Thursday
    with clock.at(THURSDAY):
        case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
        assert case["dueAt"] == "2026-11-20T09:30:00+00:00"
        back = await rina.move("returnApplication", case, **returned(case, "loss_or_damaged"))
    assert (back["state"]["kind"], back["due"]["paused"]) == ("WAITING_RESIDENT", True)

    # when she answers on Tuesday
    with clock.at(THURSDAY + timedelta(days=5)):
        sari, rina = await city.login(SARI), await city.login(RINA)
        waiting = await sari.case(case["number"])
        assert waiting is not None
        assert [r["requirement"]["code"] for r in waiting["openReturns"]] == ["loss_or_damaged"]
        assert waiting["due"]["headline"] == "Menunggu Anda"
        page = {"requirement": "loss_or_damaged", "uploadId": await city.placed(sari, photo((1, 1, 1)))}
        mended = await sari.move("answerReturn", waiting, documents=[page])

        # then the promise moved by the three working days between, and says why
        assert mended["dueAt"] == "2026-11-25T09:00:00+00:00"
        assert (mended["openReturns"], mended["due"]["paused"]) == ([], False)
        assert mended["due"]["explanation"] == (
            "1 hari kerja lagi. Mundur 3 hari kerja karena menunggu Anda."
        )
        entry = mended["timeline"][0]
        assert (entry["title"], entry["detail"]) == (
            "Anda perbaiki",
            "Mundur 3 hari kerja karena menunggu Anda.",
        )
        assert mended["returns"][0]["costText"] == "Mundur 3 hari kerja karena menunggu Anda."
        assert mended["timeline"][1]["detail"].endswith(WHY)
        assert mended["timeline"][1]["by"].endswith(", petugas")

        # and the officer who held it still does, the new page in place of the old
        seen = await rina.case(case["number"])
        assert seen is not None
        assert seen["takenByMe"]
        assert sorted(d["replaced"] for d in seen["documents"]) == [False, True]

        # and nothing may be returned for this a second time
        assert "loss_or_damaged" not in [r["code"] for r in seen["returnable"]]
        before = await recorded()
        twice = await rina.move("returnApplication", seen, **returned(seen, "loss_or_damaged"))
        assert [f["path"] for f in twice["fields"]] == ["returns.0.requirement"]
        assert await recorded() == before
    assert await CaseReturn.all().count() == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"returns": []}, "returns"),
        ({"returns": [{"requirement": "passport", "reason": WHY}]}, "returns.0.requirement"),
        ({"returns": [{"requirement": "loss_or_damaged", "reason": "x"}]}, "returns.0.reason"),
        ({"returns": [{"requirement": "loss_or_damaged", "reason": "x" * 601}]}, "returns.0.reason"),
        (
            {"returns": [{"requirement": "loss_or_damaged", "reason": WHY}] * 2},
            "returns.1.requirement",
        ),
    ],
)
async def test_a_return_needs_published_requirements_and_reasons(
    city: City, sari: Visitor, rina: Visitor, given: dict[str, Any], path: str
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    before = await recorded()
    found = await rina.move("returnApplication", case, **given)
    assert [f["path"] for f in found["fields"]] == [path]
    assert await recorded() == before
    assert await CaseReturn.all().count() == 0


async def test_an_answer_brings_what_was_asked_and_nothing_else(
    city: City, sari: Visitor, rina: Visitor
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    back = await rina.move("returnApplication", case, **returned(case, "loss_or_damaged"))
    upload = await city.placed(sari, photo((1, 1, 1)))
    before = await recorded()
    for documents, path in (
        ([], "documents.loss_or_damaged"),
        ([{"requirement": "form_f102", "uploadId": upload}], "documents.form_f102"),
        ([{"requirement": "loss_or_damaged", "uploadId": upload}] * 2, "documents.loss_or_damaged"),
    ):
        found = await sari.move("answerReturn", back, documents=documents)
        assert found["fields"][0]["path"] == path
    wrong = await sari.move(
        "answerReturn",
        back,
        documents=[{"requirement": "loss_or_damaged", "uploadId": upload}],
        answers=[{"name": "nope", "value": "x"}],
    )
    assert [f["path"] for f in wrong["fields"]] == ["answers.nope"]
    assert await recorded() == before
    assert refusal(await rina.move("answerReturn", back, documents=[])) == ("NotAllowed", "not_yours")


async def test_an_answer_may_mend_the_form_too(city: City, sari: Visitor, rina: Visitor) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    back = await rina.move("returnApplication", case, **returned(case, "form_f102"))
    name = next(a["name"] for a in case["answers"] if a["value"] == "Isian percobaan")
    mended = await sari.move(
        "answerReturn", back, documents=[], answers=[{"name": name, "value": "Isian yang benar"}]
    )
    assert {a["name"]: a["value"] for a in mended["answers"]}[name] == "Isian yang benar"
    assert len(mended["answers"]) == len(case["answers"])


async def test_a_forwarded_case_is_seen_by_the_new_office_and_the_old_one_acts_no_more(
    city: City, sari: Visitor, rina: Visitor, galih: Visitor
) -> None:
    agus = await city.login(AGUS_PTSP)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    assert await agus.case(case["number"]) is None

    moved = await rina.move("forwardApplication", case, opdCode="DISNAKERPMPTSP", reason=WHY)

    assert (moved["opd"]["code"], moved["dueAt"], moved["takenBy"]) == (
        "DISNAKERPMPTSP",
        case["dueAt"],
        None,
    )
    assert refusal(await galih.move("takeApplication", moved)) == ("NotAllowed", "not_yours")
    assert (await galih.case(case["number"]) or {})["actions"] == []
    seen = await agus.case(case["number"])
    assert seen is not None
    assert seen["timeline"][0]["detail"] == WHY
    assert (await agus.move("takeApplication", seen))["takenByMe"] is True


@pytest.mark.parametrize("opd", ["DISPENDUKCAPIL", "NOPE", "", "x" * 3000])
async def test_a_case_is_forwarded_only_to_another_office_of_the_city(
    city: City, sari: Visitor, rina: Visitor, opd: str
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    found = await rina.move("forwardApplication", case, opdCode=opd, reason=WHY)
    assert [f["path"] for f in found["fields"]] == ["opdCode"]


async def test_who_passes_a_case_on_sees_what_came_of_it_once(
    city: City, sari: Visitor, rina: Visitor
) -> None:
    # given a case of the registry that another office was asked to work on
    agus, case = (
        await city.login(AGUS_PTSP),
        await rina.move("takeApplication", await city.apply(sari, SERVICE)),
    )
    case = await rina.move("forwardApplication", case, opdCode="DISNAKERPMPTSP", reason=WHY)
    case = await agus.move("takeApplication", case)

    # when that office passes it on, so that it is no longer theirs
    moved = await agus.move("forwardApplication", case, opdCode="DLH", reason=WHY)

    # then the answer is the case and not a refusal, though they cannot read it any more
    assert moved.get("opd") == {"code": "DLH"}
    assert moved["actions"] == []
    assert await agus.case(case["number"]) is None


async def test_an_approved_case_goes_to_the_head_of_the_office_whose_service_it_is(
    city: City, sari: Visitor, rina: Visitor
) -> None:
    # given a case of the registry that another office checked
    agus, hadi = await city.login(AGUS_PTSP), await city.login(HADI)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move("forwardApplication", case, opdCode="DISNAKERPMPTSP", reason=WHY)
    case = await agus.move("takeApplication", case)

    case = await agus.move("approveApplication", case)

    # then the registry's head signs in the registry's name
    assert (case["state"]["kind"], case["opd"]["code"]) == ("WAITING_SIGNER", "DISPENDUKCAPIL")
    assert (await Letter.get()).signer_name == "Hadi Susanto Broto"
    data = await hadi.ask("{ desk { waiting letters { edges { node { number actions } } } } }")
    assert data["desk"]["waiting"] == 1
    assert data["desk"]["letters"]["edges"][0]["node"]["actions"] == ["SEND_BACK", "SIGN"]


@pytest.mark.parametrize("reason", ["", "tidak", " " * 40, "x" * 601])
async def test_a_rejection_needs_a_written_reason(
    city: City, sari: Visitor, rina: Visitor, reason: str
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    before = await recorded()
    found = await rina.move("rejectApplication", case, reason=reason)
    assert [f["path"] for f in found["fields"]] == ["reason"]
    assert await recorded() == before
    done = await rina.move("rejectApplication", case, reason=WHY)
    assert (done["state"]["name"], done["state"]["good"]) == ("rejected", False)
    assert (done["timeline"][0]["detail"], done["timeline"][0]["bad"]) == (WHY, True)


async def test_nobody_decides_on_the_own_case(city: City, sari: Visitor, galih: Visitor) -> None:
    # given an officer of the registry who applies there
    person = (await city.actor(sari)).person
    await PostHeld.create(
        id=uuid4(),
        person_id=person,
        opd="DISPENDUKCAPIL",
        role=StaffRole.OFFICER,
        title="Petugas",
        since=clock.today(),
    )
    case = await city.apply(sari, SERVICE)
    assert case["actions"] == ["WITHDRAW"]
    assert refusal(await sari.move("takeApplication", case)) == ("NotAllowed", "own_case")
    assert (await galih.move("takeApplication", case))["takenByMe"] is True


async def test_without_a_head_nothing_is_approved_and_nothing_recorded(
    city: City, sari: Visitor, rina: Visitor
) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    head = await Person.get(phone_index=city.parts.keyring.blind_index("phone", HADI))
    await PostHeld.filter(person_id=head.id).update(until=clock.today() - timedelta(days=1))
    before = await recorded()

    found = await rina.move("approveApplication", case)

    assert refusal(found) == ("NotNow", "no_signer")
    assert await recorded() == before
    assert await Letter.all().count() == await LetterCounter.all().count() == 0
    assert (await Application.get()).state == "checking"


@pytest.mark.parametrize(
    "case_id", ["", "x", "T3BkOkRMSA", "QXBwbGljYXRpb246", "QXBwbGljYXRpb246AAA", "x" * 2000]
)
async def test_an_id_that_is_no_case_is_not_found(rina: Visitor, case_id: str) -> None:
    found = await rina.move("takeApplication", {"id": case_id, "version": 1})
    assert found["__typename"] == "NotFound"


async def test_the_events_of_a_case_are_counted_without_gap(city: City, sari: Visitor, rina: Visitor) -> None:
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move("releaseApplication", case)
    case = await rina.move("takeApplication", case)
    case = await rina.move("rejectApplication", case, reason=WHY)
    events = await RecordedEvent.filter(subject_id=uuid_of(case["id"], "Application")).order_by("seq")
    assert [e.seq for e in events] == [1, 2, 3, 4, 5]
    assert case["version"] == 5
    assert [e.actor_office for e in events] == ["", *["DISPENDUKCAPIL"] * 4]
