"""A wrong letter is revoked or replaced by its head or the inspectorate, with a reason that anyone who verifies reads."""

from typing import Any

import pytest

from backend.core.models import RecordedEvent
from backend.signing.models import Letter, LetterMark
from tests.city import AGUS_PTSP, BUDI, HADI, RINA, SARI, City, Visitor
from tests.scene import make_scene

WHY = "Nama pemohon salah tulis di surat."
VERIFY = """query V($i: String!) { verifyLetter(id: $i) {
    verdict number revokedAt revokeReason replacedBy signatureLevel capacityText delegationNumber sha256 } }"""
INSPECTOR = "+6281100040001"


async def seen(city: City, verify_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await city.nobody.ask(VERIFY, i=verify_id))["verifyLetter"]
    return found


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
    # and when the new one is signed
    new = await Letter.get(subject_kind="application", subject_id=old.subject_id)
    assert (new.seq, new.verify_id != old.verify_id) == (old.seq + 1, True)
    await Letter.filter(id=new.id).update(status="issued", signed_sha256="0" * 64)
    assert (await seen(city, scene.verify_id))["replacedBy"] == new.number
    assert (await owner.case(scene.done["number"]))["letter"]["number"] == new.number  # type: ignore[index]


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
