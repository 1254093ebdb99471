"""Keys in a hardware module sign letters that validate, never leave it, and a wrong PIN is tried but once."""

import asyncio
import os
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.exceptions import AttributeSensitive

from backend.signing.hsm import HardwareSigner
from backend.signing.open import open_signer
from backend.signing.signer import SignerRefused, SignerUnavailable
from backend.signing.validate import validate
from tests.signing import softhsm
from tests.signing.test_signatures import ACT, DRAFT

AT = softhsm.library()
pytestmark = pytest.mark.skipif(
    AT is None and "CI" not in os.environ, reason="SoftHSM2 IS NOT INSTALLED: no key in hardware was tested"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> softhsm.Made:
    assert AT is not None
    return softhsm.make(tmp_path_factory.mktemp("softhsm"), AT, ACT.signer_id, ACT.signer_name)


async def test_a_letter_signed_in_hardware_is_valid_trusted_and_whole(made: softhsm.Made) -> None:
    with closing(HardwareSigner(made.token)) as signer:
        signed = await signer.sign(DRAFT, ACT)
        again = await signer.sign(DRAFT, ACT)

    for pdf in (signed, again):
        found = await validate(pdf, await signer.roots())
        assert found.good, found
        assert found.signer_name == ACT.signer_name
        assert found.at == ACT.at
    assert signed[: len(DRAFT)] == DRAFT


async def test_other_tools_agree(made: softhsm.Made, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    with closing(HardwareSigner(made.token)) as signer:
        file.write_bytes(await signer.sign(DRAFT, ACT))

    told = (await asyncio.to_thread(pdfsig, file)).stdout

    assert "Signature is Valid." in told
    assert "Total document signed" in told


def pdfsig(file: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)


def test_the_key_does_not_leave_the_module(made: softhsm.Made) -> None:
    module = pkcs11.lib(str(made.token.library))
    with module.get_token(token_label=made.token.label).open(user_pin=softhsm.PIN) as session:
        key = next(iter(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))
        assert key[Attribute.KEY_TYPE] is KeyType.EC
        with pytest.raises(AttributeSensitive):
            key[Attribute.VALUE]


async def test_who_has_no_key_in_it_cannot_sign(made: softhsm.Made) -> None:
    with closing(HardwareSigner(made.token)) as signer, pytest.raises(SignerRefused) as refused:
        await signer.sign(DRAFT, replace(ACT, signer_id=UUID(int=99)))

    assert refused.value.reason == "no_key"


async def test_a_wrong_pin_is_tried_once_and_said(made: softhsm.Made, tmp_path: Path) -> None:
    # given a signer with a wrong PIN
    wrong = tmp_path / "pin"
    wrong.write_text("000000")
    signer = HardwareSigner(replace(made.token, pin_file=wrong))

    # when ten letters wait
    reasons = []
    for _ in range(10):
        with pytest.raises(SignerRefused) as refused:
            await signer.sign(DRAFT, ACT)
        reasons.append(refused.value.reason)

    # then each is refused, and the token is not locked for who knows the PIN
    assert reasons == ["wrong_passphrase"] * 10
    with closing(HardwareSigner(made.token)) as right:
        assert (await right.sign(DRAFT, ACT)).startswith(b"%PDF")


@pytest.mark.parametrize("part", ["library", "label", "pin_file", "roots_file"])
async def test_a_module_that_is_not_there_may_be_tried_again(
    made: softhsm.Made, part: str, tmp_path: Path
) -> None:
    absent: Any = "absent" if part == "label" else tmp_path / "absent"

    with (
        closing(HardwareSigner(replace(made.token, **{part: absent}))) as signer,
        pytest.raises(SignerUnavailable),
    ):
        await signer.sign(DRAFT, ACT)


async def test_other_bytes_than_were_decided_on_are_not_signed(made: softhsm.Made) -> None:
    with pytest.raises(SignerRefused) as refused:
        await HardwareSigner(made.token).sign(DRAFT + b" ", ACT)

    assert refused.value.reason == "document_changed"


async def test_a_signer_is_opened_by_its_setting(made: softhsm.Made, tmp_path: Path) -> None:
    token = made.token
    address = f"pkcs11:{token.library}?token={token.label}&pin={token.pin_file}&roots={token.roots_file}"

    signer = open_signer(address, tmp_path)

    assert isinstance(signer, HardwareSigner)
    with closing(signer):
        assert (signer.name, signer.certified) == ("pkcs11", False)
        assert (await validate(await signer.sign(DRAFT, ACT), await signer.roots())).good
    assert open_signer(f"{address}&certified=yes", tmp_path).certified
    assert open_signer("development", tmp_path).name == "development"


@pytest.mark.parametrize(
    "address", ["", "pkcs11:", "pkcs11:/x.so", "pkcs11:/x.so?token=a&pin=b", "bsre:x", "Development"]
)
def test_a_setting_that_names_no_signer_is_refused_in_words(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a signer is development, pkcs11:"):
        open_signer(address, tmp_path)
