"""The main job over HTTP: a resident applies, an officer checks, the head signs, anyone verifies."""

import hashlib
from typing import Any

from tests import authenticator
from tests.authenticator import wish
from tests.city import HADI, RINA, SARI, City, Visitor

OPENED = "... on LetterOpened { ticket { url sha256 } letter { id sha256 status number } }"
VERIFIED = """query V($id: String!) {
  verifyLetter(id: $id) { verdict number holderMasked signedBy certified sha256 }
}"""


async def checked_case(city: City, sari: Visitor, rina: Visitor) -> dict[str, Any]:
    """She applies for a new family card, the officer takes and approves it."""
    case = await city.apply(sari, "DUK-KK-BARU")
    assert case.get("code") is None, case
    assert case["state"]["name"] == "submitted"
    assert "announce" in await city.drain()
    case = await rina.move("takeApplication", case)
    case = await rina.move("approveApplication", case)
    assert case["state"]["kind"] == "WAITING_SIGNER"
    await city.drain()
    return case


async def sign(city: City, hadi: Visitor, case: dict[str, Any]) -> None:
    """The head opens the letter, reads exactly what is promised, and signs it."""
    opened = await hadi.act("openLetter", OPENED, applicationId=case["id"])
    assert opened["letter"]["status"] == "READY", opened
    draft = await city.client.get(opened["ticket"]["url"])
    assert hashlib.sha256(draft.content).hexdigest() == opened["letter"]["sha256"]
    (signed,) = await authenticator.sign(hadi, wish(case, opened["letter"]["sha256"]))
    assert signed["problem"] is None
    assert signed["application"]["state"] == {"name": "signing"}
    await city.drain()


async def test_a_resident_gets_a_signed_letter_that_anyone_can_verify(city: City) -> None:
    # given a checked case of a resident
    sari, rina, hadi = await city.login(SARI), await city.login(RINA), await city.login(HADI)
    case = await checked_case(city, sari, rina)

    # when the head signs
    await sign(city, hadi, case)

    # then she has the signed letter, and every step was told
    done = await sari.case(case["number"])
    assert done is not None
    told = [e["kind"].removeprefix("application_") for e in reversed(done["timeline"])]
    assert told == ["submitted", "taken", "approved", "signing", "issued"]
    letter = done["letter"]
    assert letter["status"] == "ISSUED"
    opened = await sari.act("openLetter", OPENED, applicationId=case["id"])
    file = await city.client.get(opened["ticket"]["url"])
    assert hashlib.sha256(file.content).hexdigest() == letter["sha256"]

    # and anyone can verify it, without a personal word
    data = await city.nobody.ask(VERIFIED, id=letter["verifyId"])
    assert data["verifyLetter"] == {
        "verdict": "VALID",
        "number": letter["number"],
        "holderMasked": "S*** W********",
        "signedBy": "Hadi Susanto Broto",
        "certified": False,
        "sha256": letter["sha256"],
    }
