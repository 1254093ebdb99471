"""What a file is to the register: the very letter, another file with our signature, or not ours; by name and by hand."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from backend.commands import verify
from backend.core import clock
from backend.core.problems import Conflict
from backend.database import transaction
from backend.settings import Settings
from backend.signing import ending
from backend.signing.certificates import make_crl
from backend.signing.ending import By
from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.models import Letter, LetterMark
from backend.signing.validate import Trust
from backend.signing.verdict import Verdict, judge
from tests.signing.test_signatures import (
    ACT,
    DRAFT,
    new_annotation,
    new_language,
    new_page_content,
    one_bit,
    one_byte_after_the_signature,
    one_digit_of_the_signature,
)


@pytest.fixture
def keys(settings: Settings) -> DevelopmentKeyStore:
    return DevelopmentKeyStore(settings.signing_keys)


@pytest.fixture
async def issued(db: None, keys: DevelopmentKeyStore) -> bytes:
    """A signed letter that the register knows."""
    signed = await keys.sign(DRAFT, ACT)
    await Letter.create(
        id=UUID(int=7),
        subject_kind="application",
        subject_id=UUID(int=8),
        kind="sktm",
        title="Surat Keterangan Tidak Mampu",
        opd="KEC-KLOJEN",
        opd_name="Kecamatan Klojen",
        year=2026,
        seq=1,
        number="400.12.3/1/35.73.02/2026",
        date=clock.today(),
        verify_id="0123456789ABCDEFGH",
        holder_masked="S*** W***",
        content_sealed=b"x",
        status="issued",
        signed_sha256=hashlib.sha256(signed).hexdigest(),
        signer_id=ACT.signer_id,
        signer_name=ACT.signer_name,
        signer_position=ACT.position,
        created_at=clock.now(),
    )
    return signed


def padding_of_the_signature(signed: bytes) -> bytes:
    place = signed.index(b">", signed.index(b"/Contents <", len(DRAFT)) + 11) - 1
    return signed[:place] + b"1" + signed[place + 1 :]


def text_after_the_end(signed: bytes) -> bytes:
    return signed + b"\n% sudah lunas\n"


async def test_the_letter_that_was_issued_is_the_same(issued: bytes, keys: DevelopmentKeyStore) -> None:
    judged = await judge(issued, await keys.roots())

    assert judged.verdict is Verdict.SAME
    assert judged.letter is not None
    assert judged.letter.number == "400.12.3/1/35.73.02/2026"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (one_bit, Verdict.NOT_OURS),
        (one_byte_after_the_signature, Verdict.NOT_OURS),
        (one_digit_of_the_signature, Verdict.NOT_OURS),
        (new_page_content, Verdict.NOT_OURS),
        (new_annotation, Verdict.NOT_OURS),
        (new_language, Verdict.NOT_OURS),
        (text_after_the_end, Verdict.OTHER_FILE),
        (padding_of_the_signature, Verdict.OTHER_FILE),
        (lambda signed: signed[: len(DRAFT)], Verdict.NOT_OURS),
        (lambda _: b"not a pdf", Verdict.NOT_OURS),
    ],
)
async def test_what_was_changed_is_never_the_same(
    issued: bytes, keys: DevelopmentKeyStore, change: Callable[[bytes], bytes], verdict: Verdict
) -> None:
    judged = await judge(change(issued), await keys.roots())

    assert (judged.verdict, judged.letter) == (verdict, None)


async def test_a_letter_of_ours_that_was_never_issued_is_another_file(
    issued: bytes, keys: DevelopmentKeyStore
) -> None:
    again = await keys.sign(DRAFT, ACT)
    assert again != issued

    assert (await judge(again, await keys.roots())).verdict is Verdict.OTHER_FILE


async def test_a_look_alike_is_not_ours(issued: bytes, keys: DevelopmentKeyStore, tmp_path: Path) -> None:
    forged = await DevelopmentKeyStore(tmp_path / "forger").sign(DRAFT, ACT)

    assert (await judge(forged, await keys.roots())).verdict is Verdict.NOT_OURS


async def test_the_command_says_a_line_for_each_file(
    issued: bytes, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given the letter, and the same with a text behind its end
    (tmp_path / "surat.pdf").write_bytes(issued)
    (tmp_path / "lain.pdf").write_bytes(text_after_the_end(issued))

    # when
    one = await verify.letters(settings, [tmp_path / "surat.pdf"])
    both = await verify.letters(settings, [tmp_path / "surat.pdf", tmp_path / "lain.pdf"])

    # then
    first, _, second = capsys.readouterr().out.splitlines()
    assert (one, both) == (0, 1)
    assert "SAH: sama persis" in first
    assert "400.12.3/1/35.73.02/2026" in first
    assert "BERKAS LAIN" in second
    assert second.endswith("reason: appended")


async def test_a_letter_out_of_force_is_the_same_file_and_says_so(
    issued: bytes, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    (tmp_path / "surat.pdf").write_bytes(issued)
    async with transaction():
        letter = await Letter.get(id=UUID(int=7))
        await ending.revoke(letter, By(UUID(int=1), "Hadi", "INSPEKTORAT", "Nama pemohon salah tulis."))

    # when
    code = await verify.letters(settings, [tmp_path / "surat.pdf"])

    # then
    said = capsys.readouterr().out
    assert code == 1
    assert "DICABUT" in said
    assert "Nama pemohon salah tulis." in said


async def test_a_letter_is_revoked_once_and_only_when_issued(issued: bytes) -> None:
    by = By(UUID(int=1), "Hadi", "INSPEKTORAT", "Nama pemohon salah tulis.")
    async with transaction():
        letter = await Letter.get(id=UUID(int=7))
        await ending.revoke(letter, by)

    with pytest.raises(Conflict):
        await ending.revoke(await Letter.get(id=UUID(int=7)), by)

    assert await LetterMark.all().count() == 1


@pytest.mark.parametrize(("days", "verdict"), [(1, Verdict.SAME), (-1, Verdict.NOT_OURS)])
async def test_a_signer_revoked_later_takes_nothing_from_a_letter_but_one_revoked_before_does(
    issued: bytes, keys: DevelopmentKeyStore, tmp_path: Path, days: int, verdict: Verdict
) -> None:
    letter = await Letter.get(id=UUID(int=7))
    letter.signed_at = clock.now() - timedelta(days=5)
    await letter.save()
    since = letter.signed_at + timedelta(days=days)
    crl = make_crl(
        keys._issuer(), [(int((await judge(issued, await keys.roots())).checked.serial, 16), since)]
    )

    judged = await judge(issued, Trust(await keys.roots(), (), (crl,)))

    assert (judged.verdict, judged.checked.reason) == (verdict, "revoked")
