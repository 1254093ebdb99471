"""Anyone can check who approved what: the exported evidence, checked with nothing but hashes and a public key."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from backend.signing.evidence import export
from backend.signing.models import Letter
from tests.api.test_signing_desk import opened, waiting
from tests.authenticator import sign, wish
from tests.city import HADI, City


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check(found: dict[str, Any], draft: bytes) -> dict[str, Any]:
    """docs/signing.md, step by step; what was approved for this draft, or an exception."""
    for one in found["assertions"]:
        data, said = raw(one["authenticator_data"]), raw(one["client_data_json"])
        # 1. the key signed exactly these bytes
        key = load_pem_public_key(one["public_key_pem"].encode())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(raw(one["signature"]), data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        # 2. for this city, with the person present and verified
        assert data[:32] == hashlib.sha256(one["rp_id"].encode()).digest()
        assert data[32] & 0b101 == 0b101
        # 3. over the hash of the manifest
        told = json.loads(said)
        asked = found["domain"].encode() + bytes([one["turn"] - 1]) + found["manifest"].encode()
        assert raw(told["challenge"]) == hashlib.sha256(asked).digest()
        assert (told["type"], told["origin"]) == ("webauthn.get", one["origin"])
    # 4. which names this letter and this very draft
    manifest = json.loads(found["manifest"])
    (doc,) = [d for d in manifest["docs"] if d["letter"] == found["letter"]["id"]]
    assert doc["sha256"] == hashlib.sha256(draft).hexdigest()
    return dict(doc)


async def test_the_evidence_of_a_signed_letter_stands_on_its_own(city: City) -> None:
    # given a letter that its head opened and signed
    hadi = await city.login(HADI)
    case = await waiting(city)
    seen = await opened(hadi, case)
    draft = (await city.client.get(seen["ticket"]["url"])).content
    (outcome,) = await sign(hadi, wish(case, seen["letter"]["sha256"]))
    assert outcome["problem"] is None
    await city.drain()

    # when the evidence is exported
    letter = await Letter.get()
    found = await export(letter.number)
    assert found is not None

    # then it proves the approval of exactly this draft, which the issued file begins with
    assert check(json.loads(json.dumps(found)), draft)["capacity"] == "definitive"
    assert found["letter"]["signer"] == str(letter.signer_id)
    issued = await hadi.act(
        "openLetter", "... on LetterOpened { ticket { url } letter { sha256 } }", applicationId=case["id"]
    )
    file = (await city.client.get(issued["ticket"]["url"])).content
    assert file[: len(draft)] == draft
    assert hashlib.sha256(file).hexdigest() == found["letter"]["signed_sha256"]

    # and nothing else: not another draft, not another manifest
    with pytest.raises(AssertionError):
        check(found, draft + b" ")
    with pytest.raises(AssertionError):
        check(found | {"manifest": found["manifest"].replace("definitive", "plh")}, draft)
    other = found["assertions"][0] | {"signature": found["assertions"][0]["authenticator_data"]}
    with pytest.raises((InvalidSignature, ValueError)):
        check(found | {"assertions": [other]}, draft)


async def test_a_letter_that_nobody_approved_has_no_evidence(city: City) -> None:
    await waiting(city)
    assert await export((await Letter.get()).number) is None
    assert await export("470/0000/X/2026") is None
