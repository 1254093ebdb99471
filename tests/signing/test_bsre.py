"""BSrE signs what was approved, as the person, once; whatever it does wrong is refused or waits, and tells no secret."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from backend.signing.bsre import BsreSigner, belongs
from backend.signing.signer import OutcomeUnknown, SignerRefused, SignerUnavailable
from backend.signing.validate import Validation, validate
from tests.signing.fake_bsre import Account, FakeBsre, running
from tests.signing.test_signatures import ACT, DRAFT

NIK, CANARY = "3573011001700001", "kenari-passphrase-0x51"
MINE = replace(ACT, nik=NIK, passphrase=CANARY)
BOTH = pytest.mark.parametrize("version", [1, 2])


@pytest_asyncio.fixture(loop_scope="session")
async def bsre() -> AsyncIterator[FakeBsre]:
    async with running() as fake:
        fake.accounts[NIK] = Account(ACT.signer_name, CANARY, number=NIK)
        fake.accounts["9999999999999999"] = Account("Orang Lain", "x", number="9999999999999999")
        yield fake


async def refused(signer: BsreSigner, **changes: object) -> SignerRefused:
    with pytest.raises(SignerRefused) as caught:
        await signer.sign(DRAFT, replace(MINE, **changes))  # type: ignore[arg-type]
    return caught.value


@BOTH
async def test_the_answer_is_the_approved_letter_with_the_persons_signature(
    bsre: FakeBsre, tmp_path: Path, version: int
) -> None:
    signer = bsre.signer(tmp_path, version)

    signed = await signer.sign(DRAFT, MINE)

    found = await validate(signed, await signer.roots())
    assert signed.startswith(DRAFT)
    assert found.good
    assert (found.signer_name, found.subject_number) == (ACT.signer_name, NIK)
    assert bsre.signed == 1


@BOTH
async def test_a_one_time_code_serves_as_well(bsre: FakeBsre, tmp_path: Path, version: int) -> None:
    assert (await bsre.signer(tmp_path, version, by_totp=version == 2).sign(DRAFT, MINE)).startswith(DRAFT)


@BOTH
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"passphrase": "salah"}, "wrong_passphrase"),
        ({"passphrase": None}, "passphrase_needed"),
        ({"nik": "3573019999999999"}, "not_registered"),
        ({"nik": ""}, "no_nik"),
        ({"document_sha256": "0" * 64}, "document_changed"),
    ],
)
async def test_what_is_refused_is_named_and_nothing_is_signed(
    bsre: FakeBsre, tmp_path: Path, version: int, changes: dict[str, object], reason: str
) -> None:
    problem = await refused(bsre.signer(tmp_path, version), **changes)

    assert problem.reason == reason
    assert bsre.signed == 0
    assert "salah" not in str(problem)


@BOTH
@pytest.mark.parametrize(
    ("standing", "reason"), [("EXPIRED", "certificate_expired"), ("RENEW", "not_registered")]
)
async def test_who_may_not_sign_is_told_why(
    bsre: FakeBsre, tmp_path: Path, version: int, standing: str, reason: str
) -> None:
    bsre.accounts[NIK].standing = standing

    assert (await refused(bsre.signer(tmp_path, version))).reason == reason


@BOTH
@pytest.mark.parametrize("mood", ["down", "broken"])
async def test_a_server_in_trouble_is_tried_again_later(
    bsre: FakeBsre, tmp_path: Path, version: int, mood: str
) -> None:
    bsre.mood = mood

    with pytest.raises(SignerUnavailable) as away:
        await bsre.signer(tmp_path, version).sign(DRAFT, MINE)

    assert not isinstance(away.value, OutcomeUnknown)
    assert bsre.signed == 0


@BOTH
async def test_nobody_at_the_address_is_unavailable(bsre: FakeBsre, tmp_path: Path, version: int) -> None:
    bsre.url = "http://127.0.0.1:9"

    with pytest.raises(SignerUnavailable) as away:
        await bsre.signer(tmp_path, version).sign(DRAFT, MINE)

    assert not isinstance(away.value, OutcomeUnknown)


@BOTH
@pytest.mark.parametrize("mood", ["stalls", "silent", "gateway"])
async def test_an_answer_that_is_lost_after_the_signature_is_unknown_and_not_asked_twice(
    bsre: FakeBsre, tmp_path: Path, version: int, mood: str
) -> None:
    bsre.mood = mood

    with pytest.raises(OutcomeUnknown) as lost:
        await bsre.signer(tmp_path, version, timeout=0.5).sign(DRAFT, MINE)

    assert bsre.signed == 1
    assert bool(lost.value.reference) == (version == 1 and mood == "stalls")


async def test_what_an_earlier_try_made_is_fetched_instead_of_signed_again(
    bsre: FakeBsre, tmp_path: Path
) -> None:
    bsre.mood = "stalls"
    signer = bsre.signer(tmp_path, 1, timeout=0.5)
    with pytest.raises(OutcomeUnknown) as lost:
        await signer.sign(DRAFT, MINE)

    signed = await signer.sign(DRAFT, replace(MINE, reference=lost.value.reference, passphrase=None))

    assert (await validate(signed, await signer.roots())).good
    assert bsre.signed == 1


@BOTH
@pytest.mark.parametrize(("mood", "reason"), [("rewrites", "document_changed"), ("another", "not_yours")])
async def test_an_answer_that_is_not_ours_does_not_count(
    bsre: FakeBsre, tmp_path: Path, version: int, mood: str, reason: str
) -> None:
    bsre.mood = mood

    assert (await refused(bsre.signer(tmp_path, version))).reason == reason


async def test_a_certificate_of_another_authority_does_not_count(bsre: FakeBsre, tmp_path: Path) -> None:
    signer = bsre.signer(tmp_path, 1)
    (tmp_path / "roots.pem").write_bytes(FakeBsre().root)

    problem = await refused(signer)

    assert (problem.reason, problem.detail) == ("not_valid", "untrusted")


@BOTH
async def test_no_secret_stands_in_a_log_or_in_an_exception(
    bsre: FakeBsre, tmp_path: Path, version: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(MINE)]
    for mood in ("honest", "broken", "down", "gateway", "silent", "garbage"):
        bsre.mood = mood
        try:
            await bsre.signer(tmp_path, version, timeout=0.5).sign(DRAFT, MINE)
        except (SignerUnavailable, SignerRefused) as problem:
            said += [repr(problem), repr(problem.__cause__), str(problem)]

    assert CANARY not in caplog.text + "".join(said)
    assert NIK not in caplog.text + "".join(said)


@pytest.mark.parametrize(
    ("certificate", "account", "same"),
    [
        ("Bambang Contoh", "Drs. Bambang Contoh, M.Si.", True),
        ("DRS. BAMBANG CONTOH, M.SI.", "Drs. Bambang Contoh, M.Si.", True),
        ("Hj. dr. Siti Aminah, Sp.A", "Siti Aminah", True),
        ("Bambang Contoh Dua", "Drs. Bambang Contoh, M.Si.", False),
        ("Dr.", "Dr.", True),
        ("", "Bambang", False),
    ],
)
def test_a_certificate_without_a_nik_is_compared_by_the_name_without_titles(
    certificate: str, account: str, same: bool
) -> None:
    found = Validation(signer_name=certificate)

    assert belongs(found, replace(MINE, signer_name=account)) is same


def test_a_nik_in_the_certificate_has_the_last_word() -> None:
    other = Validation(signer_name=ACT.signer_name, subject_number="3573011001700009")

    assert not belongs(other, MINE)
    assert belongs(replace(other, subject_number=NIK, signer_name="x"), MINE)
