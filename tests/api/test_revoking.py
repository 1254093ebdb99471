"""A wrong letter is revoked or replaced by its head or the inspectorate, with a reason that anyone who verifies reads."""

from typing import Any

import pytest

from backend.core.models import RecordedEvent
from backend.signing.models import Letter, LetterMark
from schema.ids import uuid_of
from tests.authenticator import sign, wish
from tests.city import AGUS_PTSP, BUDI, HADI, RINA, SARI, City, Visitor
from tests.scene import make_scene
from tests.standins import INSPECTOR

WHY = "Nama pemohon salah tulis di surat."
VERIFY = """query V($i: String!) { verifyLetter(id: $i) {
    verdict number revokedAt revokeReason replacedBy replacedByCode signatureLevel capacityText delegationNumber
    sha256 } }"""
TO_END = "query L($i: String!) { letterToEnd(id: $i) { applicationId version number } }"


async def seen(city: City, verify_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await city.nobody.ask(VERIFY, i=verify_id))["verifyLetter"]
    return found


async def sign_anew(city: City, head: Visitor, case: dict[str, Any]) -> dict[str, Any]:
    """Draw, open and sign the letter that waits now, as the head's phone does; what its verification says."""
    await city.drain()
    opened = await head.act(
        "openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"]
    )
    (outcome,) = await sign(head, wish(case, opened["letter"]["sha256"]))
    assert outcome["problem"] is None, outcome
    await city.drain()
    now = await head.case(case["number"])
    assert now is not None
    found = await seen(city, now["letter"]["verifyId"])
    return {name: found[name] for name in ("verdict", "number", "replacedBy", "replacedByCode")}


async def test_a_revoked_letter_says_so_to_everyone_and_keeps_its_history(city: City) -> None:
    scene = await make_scene(city)
    head, case = scene.people["head"], scene.done

    done = await head.move("revokeLetter", case, reason=WHY)

    assert done["state"]["name"] == "issued"
    assert done["timeline"][0]["kind"] == "application_letter_revoked"
    found = await seen(city, scene.verify_id)
    assert (found["verdict"], found["revokeReason"], found["replacedBy"]) == ("REVOKED", WHY, None)
    assert found["revokedAt"] is not None
    mark = await LetterMark.get()
    assert (mark.what, mark.by_office, mark.reason) == ("revoked", "DISPENDUKCAPIL", WHY)


async def test_a_revoked_letter_is_not_revoked_again(city: City) -> None:
    scene = await make_scene(city)
    done = await scene.people["head"].move("revokeLetter", scene.done, reason=WHY)

    again = await scene.people["head"].move("revokeLetter", done, reason=WHY)

    assert again["__typename"] == "Conflict"
    assert await LetterMark.all().count() == 1


async def test_a_replaced_letter_names_the_new_one_once_it_is_issued(city: City) -> None:
    # given
    scene = await make_scene(city)
    head, owner = scene.people["head"], scene.people["owner"]
    old = await Letter.get(verify_id=scene.verify_id.replace(" ", ""))

    # when
    waiting = await head.move("replaceLetter", scene.done, reason=WHY)
    await city.drain()

    # then
    assert waiting["state"]["name"] == "waiting_signature"
    found = await seen(city, scene.verify_id)
    assert (found["verdict"], found["number"], found["replacedBy"]) == ("REPLACED", old.number, None)
    # and when the head signs the new one
    new = await Letter.get(subject_kind="application", subject_id=old.subject_id)
    assert (new.seq, new.verify_id != old.verify_id) == (old.seq + 1, True)
    assert (await seen(city, new.verify_id))["verdict"] == "UNKNOWN"
    signed = await sign_anew(city, head, waiting)
    assert signed == {"verdict": "VALID", "number": new.number, "replacedBy": None, "replacedByCode": None}
    found = await seen(city, scene.verify_id)
    assert (found["replacedBy"], found["replacedByCode"]) == (new.number, new.verify_id)
    kept = await owner.case(scene.done["number"])
    assert kept is not None
    assert (kept["state"]["name"], kept["letter"]["number"]) == ("issued", new.number)
    # and the old file is still what it was
    assert found["sha256"] == old.signed_sha256


async def test_a_chain_of_replacements_leads_link_by_link_to_the_one_that_is_revoked(city: City) -> None:
    # given a letter that was replaced twice
    scene = await make_scene(city)
    head = scene.people["head"]
    codes, case = [scene.verify_id], scene.done
    for _ in range(2):
        await sign_anew(city, head, await head.move("replaceLetter", case, reason=WHY))
        newest = await Letter.get(subject_kind="application", subject_id=uuid_of(case["id"], "Application"))
        codes.append(newest.verify_id)
        case = await head.case(case["number"]) or {}

    # when the newest is revoked
    await head.move("revokeLetter", case, reason=WHY)

    # then each says its own end and the next one, and all marks are kept
    found = [await seen(city, code) for code in codes]
    assert [one["verdict"] for one in found] == ["REPLACED", "REPLACED", "REVOKED"]
    assert [one["replacedByCode"] for one in found] == [codes[1], codes[2], None]
    assert len({one["sha256"] for one in found}) == len({one["number"] for one in found}) == 3
    assert await LetterMark.all().count() == 3
    assert await head.ask(TO_END, i=codes[2]) == {"letterToEnd": None}


async def test_the_inspectorate_ends_a_letter_that_it_has_in_hand_though_it_sees_no_case(city: City) -> None:
    # given
    scene = await make_scene(city)
    inspector = await city.login(INSPECTOR)
    assert await inspector.case(scene.done["number"]) is None

    # when it scans the letter and revokes it
    ending = (await inspector.ask(TO_END, i=scene.verify_id))["letterToEnd"]
    done = await inspector.act(
        "revokeLetter",
        "... on LetterEnded { application { version applicant { name } } }",
        applicationId=ending["applicationId"],
        version=ending["version"],
        reason=WHY,
    )

    # then it is done, and still nothing of the case is shown
    assert ending["number"] is None
    assert (done["__typename"], done["application"]) == ("LetterEnded", None)
    assert (await seen(city, scene.verify_id))["verdict"] == "REVOKED"
    assert (await LetterMark.get()).by_office == "INSPEKTORAT"
    event = await RecordedEvent.filter(kind="application_letter_revoked").get()
    assert event.data["reason"] == WHY


async def test_a_letter_that_the_inspectorate_replaces_waits_for_the_head(city: City) -> None:
    scene = await make_scene(city)
    inspector, head = await city.login(INSPECTOR), scene.people["head"]
    ending = (await inspector.ask(TO_END, i=scene.verify_id))["letterToEnd"]

    await inspector.move("replaceLetter", {"id": ending["applicationId"], **ending}, reason=WHY)

    waiting = await head.case(scene.done["number"])
    assert waiting is not None
    assert waiting["state"]["name"] == "waiting_signature"
    assert (await sign_anew(city, head, waiting))["verdict"] == "VALID"
    assert (await seen(city, scene.verify_id))["replacedByCode"] is not None


async def test_who_may_not_end_a_letter_is_not_told_of_its_case(city: City) -> None:
    scene = await make_scene(city)

    for phone in (RINA, AGUS_PTSP):
        asked = await (await city.login(phone)).ask(TO_END, i=scene.verify_id)
        assert asked == {"letterToEnd": None}
    head = (await scene.people["head"].ask(TO_END, i=scene.verify_id))["letterToEnd"]
    assert head == {
        "applicationId": scene.done["id"],
        "version": scene.done["version"],
        "number": scene.done["number"],
    }


@pytest.mark.parametrize("act", ["revokeLetter", "replaceLetter"])
@pytest.mark.parametrize(
    ("phone", "kind"),
    [(SARI, "NotAllowed"), (BUDI, "NotFound"), (RINA, "NotAllowed"), (AGUS_PTSP, "NotFound")],
)
async def test_nobody_else_ends_a_letter(city: City, act: str, phone: str, kind: str) -> None:
    scene = await make_scene(city)
    before = await RecordedEvent.all().count()

    refused = await (await city.login(phone)).move(act, scene.done, reason=WHY)

    assert refused["__typename"] == kind
    assert await LetterMark.all().count() == 0
    assert await RecordedEvent.all().count() == before


async def test_a_reason_is_needed_and_the_newest_version(city: City) -> None:
    scene = await make_scene(city)
    head: Visitor = scene.people["head"]

    short = await head.move("revokeLetter", scene.done, reason="salah")
    old = await head.move("revokeLetter", {**scene.done, "version": 1}, reason=WHY)

    assert (short["__typename"], old["__typename"]) == ("InvalidInput", "Conflict")
    assert await LetterMark.all().count() == 0


async def test_what_was_not_issued_is_not_revoked(city: City) -> None:
    scene = await make_scene(city)

    refused = await scene.people["head"].move("revokeLetter", scene.fresh, reason=WHY)

    assert (refused["__typename"], refused["code"]) == ("Conflict", "not_issued")


async def test_staff_are_told_how_letters_are_signed_here(city: City) -> None:
    head = await city.login(HADI)

    said = await head.ask("{ signingMethod { name certified passphraseNeeded level } }")

    assert said["signingMethod"] == {
        "name": "development",
        "certified": False,
        "passphraseNeeded": False,
        "level": "B-B",
    }
