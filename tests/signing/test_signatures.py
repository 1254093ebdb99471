"""What is signed is whole, whoever changes it is found out, and keys stay where they belong."""

import asyncio
import hashlib
import io
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.render import render
from backend.signing.signer import SignerRefused, SignerUnavailable, SigningAct
from backend.signing.validate import Validation, validate
from tests.signing.letters import SKTM

pdf: Any = generic  # pyHanko has no types for its PDF objects

DRAFT = render(SKTM)
AT = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
ACT = SigningAct(
    signer_id=UUID(int=1),
    signer_name=SKTM.signer_name,
    position=SKTM.signer_position,
    reason="Menandatangani surat",
    location="Malang",
    at=AT,
    letter_id=UUID(int=2),
    document_sha256=hashlib.sha256(DRAFT).hexdigest(),
)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentKeyStore:
    return DevelopmentKeyStore(tmp_path_factory.mktemp("keys") / "signing")


@pytest.fixture(scope="session")
async def signed(store: DevelopmentKeyStore) -> bytes:
    return await store.sign(DRAFT, ACT)


@pytest.fixture(scope="session")
async def roots(store: DevelopmentKeyStore) -> tuple[bytes, ...]:
    return await store.roots()


async def test_a_signed_letter_is_valid_trusted_and_whole(signed: bytes, roots: tuple[bytes, ...]) -> None:
    found = await validate(signed, roots)

    assert found.good
    assert (found.valid, found.trusted, found.covers_whole_file, found.reason) == (True, True, True, "")
    assert (found.signer_name, found.issuer, found.at) == (
        "Drs. Bambang Contoh, M.Si.",
        "Lugas Development Issuing CA",
        AT,
    )
    assert int(found.serial, 16) > 0


async def test_signing_only_appends_to_what_was_shown(signed: bytes) -> None:
    assert signed.startswith(DRAFT)
    assert b"/ETSI.CAdES.detached" in signed


async def test_the_signature_field_is_invisible_and_has_a_name_to_read_aloud(signed: bytes) -> None:
    with pikepdf.open(io.BytesIO(signed)) as document:
        (field,) = document.Root.AcroForm.Fields
        assert str(field.TU) == "Tanda tangan Drs. Bambang Contoh, M.Si., Lurah Kauman"
        assert str(field.V.Reason) == "Menandatangani surat"
        assert str(field.V.Name) == "Drs. Bambang Contoh, M.Si."


def one_bit(signed: bytes) -> bytes:
    place = len(DRAFT) // 2
    return signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]


def one_byte_after_the_signature(signed: bytes) -> bytes:
    place = signed.index(b">", signed.index(b"/Contents <", len(DRAFT)) + 12) + 1
    return signed[:place] + b" " + signed[place:]


def one_digit_of_the_signature(signed: bytes) -> bytes:
    place = signed.index(b"/Contents <", len(DRAFT)) + 11 + 400
    return signed[:place] + (b"0" if signed[place : place + 1] != b"0" else b"1") + signed[place + 1 :]


def new_page_content(signed: bytes) -> bytes:
    writer = writer_on(signed)
    writer.add_stream_to_page(0, writer.add_object(pdf.StreamObject(stream_data=b"0 0 99 99 re f")))
    return written(writer)


def new_annotation(signed: bytes) -> bytes:
    writer = writer_on(signed)
    page = writer.find_page_for_modification(0)[0].get_object()
    annotation = pdf.DictionaryObject(
        {
            pdf.NameObject("/Subtype"): pdf.NameObject("/FreeText"),
            pdf.NameObject("/Rect"): pdf.ArrayObject([pdf.NumberObject(n) for n in (0, 0, 99, 99)]),
        }
    )
    page["/Annots"] = pdf.ArrayObject([*page.get("/Annots", []), writer.add_object(annotation)])
    writer.update_container(page)
    return written(writer)


def new_language(signed: bytes) -> bytes:
    writer = writer_on(signed)
    writer.root["/Lang"] = pdf.TextStringObject("en")
    writer.update_root()
    return written(writer)


def writer_on(signed: bytes) -> Any:
    return IncrementalPdfFileWriter(io.BytesIO(signed))


def written(writer: Any) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        *(one_bit, one_byte_after_the_signature),
        *(new_page_content, new_annotation, new_language),
    ],
)
async def test_a_changed_letter_is_never_good(
    signed: bytes, roots: tuple[bytes, ...], change: Callable[[bytes], bytes]
) -> None:
    tampered = change(signed)
    assert tampered != signed

    found = await validate(tampered, roots)

    assert found.valid is False
    assert found.reason in {"changed", "broken"}
    assert not found.good


async def test_a_changed_digit_of_the_signature_itself_is_never_good(
    signed: bytes, roots: tuple[bytes, ...]
) -> None:
    found = await validate(one_digit_of_the_signature(signed), roots)

    assert found.reason in {"changed", "broken", "untrusted"}
    assert not found.good


async def test_bytes_after_the_end_do_not_count_as_the_whole_file(
    signed: bytes, roots: tuple[bytes, ...]
) -> None:
    found = await validate(signed + b"\n% sudah lunas\n", roots)

    assert (found.covers_whole_file, found.reason, found.good) == (False, "appended", False)


async def test_padding_inside_the_signature_is_what_only_the_register_sees(
    signed: bytes, roots: tuple[bytes, ...]
) -> None:
    start = signed.index(b"/Contents <", len(DRAFT)) + 11
    place = signed.index(b">", start) - 1
    padded = signed[:place] + b"1" + signed[place + 1 :]

    assert (await validate(padded, roots)).good
    assert hashlib.sha256(padded).hexdigest() != hashlib.sha256(signed).hexdigest()


async def test_a_letter_without_its_signature_has_none(roots: tuple[bytes, ...]) -> None:
    assert await validate(DRAFT, roots) == Validation(reason="no_signature")


@pytest.mark.parametrize("data", [b"", b"not a pdf", DRAFT[:2000], b"%PDF-1.7\n" + b"\0" * 500])
async def test_what_is_no_letter_is_broken_and_raises_nothing(data: bytes, roots: tuple[bytes, ...]) -> None:
    found = await validate(data, roots)

    assert found.reason in {"broken", "no_signature"}
    assert not found.good


async def test_a_look_alike_with_the_same_names_is_not_trusted(
    roots: tuple[bytes, ...], tmp_path: Path
) -> None:
    forged = await DevelopmentKeyStore(tmp_path).sign(DRAFT, ACT)

    found = await validate(forged, roots)

    assert (found.valid, found.trusted, found.reason, found.good) == (True, False, "untrusted", False)
    assert found.issuer == "Lugas Development Issuing CA"


async def test_two_signers_have_two_certificates_also_when_they_share_a_name(
    store: DevelopmentKeyStore, signed: bytes, roots: tuple[bytes, ...]
) -> None:
    namesake = await store.sign(DRAFT, replace(ACT, signer_id=UUID(int=99)))

    first, second = await validate(signed, roots), await validate(namesake, roots)

    assert second.good
    assert first.signer_name == second.signer_name
    assert first.serial != second.serial


async def test_a_second_start_uses_the_same_keys(tmp_path: Path) -> None:
    before = await DevelopmentKeyStore(tmp_path).sign(DRAFT, ACT)
    again = DevelopmentKeyStore(tmp_path)
    after = await again.sign(DRAFT, ACT)

    roots = await again.roots()
    assert (await validate(before, roots)).good
    assert (await validate(after, roots)).serial == (await validate(before, roots)).serial


async def test_two_starts_at_once_agree_on_one_root(tmp_path: Path) -> None:
    stores = [DevelopmentKeyStore(tmp_path) for _ in range(4)]

    letters = await asyncio.gather(*[each.sign(DRAFT, ACT) for each in stores])

    roots = await stores[0].roots()
    found = [await validate(each, roots) for each in letters]
    assert all(each.good for each in found)
    assert len({each.serial for each in found}) == 1


async def test_keys_are_for_their_owner_only_and_not_readable_without_the_passphrase(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    await DevelopmentKeyStore(folder).sign(DRAFT, ACT)

    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert files.pop("lock") == stat.S_IMODE((folder / "lock").stat().st_mode)
    assert set(files.values()) == {0o600}
    assert all(b"PRIVATE KEY" not in (folder / name).read_bytes() for name in files)


async def test_a_wrong_passphrase_is_refused_and_makes_no_new_keys(tmp_path: Path) -> None:
    await DevelopmentKeyStore(tmp_path).sign(DRAFT, ACT)
    before = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / "passphrase").write_text("another")

    with pytest.raises(SignerRefused) as refused:
        await DevelopmentKeyStore(tmp_path).sign(DRAFT, ACT)

    assert refused.value.reason == "wrong_passphrase"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file stands here")

    with pytest.raises(SignerUnavailable):
        await DevelopmentKeyStore(tmp_path / "taken" / "keys").sign(DRAFT, ACT)


@pytest.mark.parametrize(
    ("document", "act", "reason"),
    [
        (DRAFT + b" ", ACT, "document_changed"),
        (DRAFT, replace(ACT, at=AT.replace(tzinfo=None)), "no_time_zone"),
        (b"x", replace(ACT, document_sha256=hashlib.sha256(b"x").hexdigest()), "not_a_pdf"),
    ],
)
async def test_what_was_not_decided_is_not_signed(
    store: DevelopmentKeyStore, document: bytes, act: SigningAct, reason: str
) -> None:
    with pytest.raises(SignerRefused) as refused:
        await store.sign(document, act)

    assert refused.value.reason == reason


async def test_a_signed_letter_is_not_signed_again(store: DevelopmentKeyStore, signed: bytes) -> None:
    again = replace(ACT, document_sha256=hashlib.sha256(signed).hexdigest())

    with pytest.raises(SignerRefused) as refused:
        await store.sign(signed, again)

    assert refused.value.reason == "already_signed"


def test_the_development_store_never_calls_itself_certified(store: DevelopmentKeyStore) -> None:
    assert (store.name, store.certified) == ("development", False)
