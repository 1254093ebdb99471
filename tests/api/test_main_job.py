"""The main job over HTTP: a resident applies, an officer checks, the head signs, anyone verifies."""

import hashlib

from tests.city import HADI, RINA, SARI, City


async def test_a_resident_gets_a_signed_letter_that_anyone_can_verify(city: City) -> None:
    # given a resident, an officer and the head of the registry
    sari, rina, hadi = await city.login(SARI), await city.login(RINA), await city.login(HADI)

    # when she applies for a new family card
    case = await city.apply(sari, "DUK-KK-BARU")
    assert case.get("code") is None, case
    assert case["state"]["name"] == "submitted"
    assert "announce" in await city.drain()

    # and the officer checks it
    case = await rina.move("takeApplication", case)
    case = await rina.move("approveApplication", case)
    assert case["state"]["kind"] == "WAITING_SIGNER"
    await city.drain()

    # and the head opens and signs the letter
    opened = await hadi.act(
        "openLetter",
        "... on LetterOpened { ticket { url sha256 } letter { sha256 status number } application { version } }",
        applicationId=case["id"],
    )
    assert opened["letter"]["status"] == "READY", opened
    draft = await city.client.get(opened["ticket"]["url"])
    assert hashlib.sha256(draft.content).hexdigest() == opened["letter"]["sha256"]
    signed = await hadi.act(
        "signLetters",
        "... on LettersSigned { outcomes { problem { code message } application { state { name } } } }",
        letters=[
            {"applicationId": case["id"], "version": case["version"], "sha256": opened["letter"]["sha256"]}
        ],
    )
    assert signed["outcomes"] == [{"problem": None, "application": {"state": {"name": "signing"}}}]
    await city.drain()

    # then she has the signed letter, and every step was told
    done = await sari.case(case["number"])
    assert done is not None
    assert done["state"]["name"] == "issued"
    assert [e["kind"].removeprefix("application_") for e in reversed(done["timeline"])] == [
        "submitted",
        "taken",
        "approved",
        "signing",
        "issued",
    ]
    letter = done["letter"]
    assert letter["status"] == "ISSUED"

    # and anyone can verify it, without a personal word
    data = await city.nobody.ask(
        "query V($id: String!) { verifyLetter(id: $id) { verdict number holderMasked signedBy certified sha256 } }",
        id=letter["verifyId"],
    )
    assert data["verifyLetter"] == {
        "verdict": "VALID",
        "number": letter["number"],
        "holderMasked": "S*** W********",
        "signedBy": "Hadi Susanto Broto",
        "certified": False,
        "sha256": letter["sha256"],
    }
    opened = await sari.act(
        "openLetter", "... on LetterOpened { ticket { url sha256 } }", applicationId=case["id"]
    )
    file = await city.client.get(opened["ticket"]["url"])
    assert hashlib.sha256(file.content).hexdigest() == letter["sha256"]
