"""Every letter of the catalogue: its own words, every name letter for letter, and a signature that others call good."""

import hashlib
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from backend.applications import wording
from backend.services.definition import Definition
from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.render import render
from backend.signing.validate import validate
from tests.rules.cities import DEFINITIONS
from tests.signing.letters import letter
from tests.signing.test_render import NAMES, text_of
from tests.signing.test_signatures import ACT

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
LETTERS = sorted(DEFINITIONS.values(), key=lambda d: d.code)
MORE_NAMES = [
    "Muḥammad ʿAbdullāh al-Ghazālī",
    "Nūr ʿAyn Fāṭimah az-Zahrāʾ",
    "Khadījah binti ʿUthmān; Ṭāriq, Ẓāhir, Ṣāliḥ, Ḍiyāʾ",
    "R.A. Siti Nur'aini Ma'rifah Sa'diyah-Al Jum'ah",
    "Anak Agung Istri Putri Pradnyaparamitha Kusumaningrat Wiryawan-Notohadinegoro Adiningsih",
]


def drawn(definition: Definition, names: list[str]) -> bytes:
    """A letter of this service with every name in its table, as the worker draws it."""
    product = definition.product.letter
    return render(
        letter(
            kind_title=product.title,
            opening=wording.opening(definition),
            paragraphs=product.paragraphs,
            holder_name=names[0],
            holder_rows=tuple((f"Nama {n}", name) for n, name in enumerate(names)),
            data=wording.data(definition),
            development=False,
        )
    )


def test_there_are_letters_enough_over_departments_enough() -> None:
    assert len(LETTERS) >= 12
    assert len({d.opd for d in LETTERS}) >= 6
    assert len({(d.product.letter.title, d.product.letter.paragraphs) for d in LETTERS}) == len(LETTERS)


@needs_poppler
@pytest.mark.parametrize("definition", LETTERS, ids=lambda d: d.code)
def test_every_name_comes_out_of_every_letter_letter_for_letter(definition: Definition) -> None:
    names = NAMES + MORE_NAMES

    text = text_of(drawn(definition, names))

    missing = [name for name in names if " ".join(name.split()) not in text]
    assert missing == []


@needs_poppler
@pytest.mark.parametrize("definition", LETTERS, ids=lambda d: d.code)
def test_every_letter_says_its_own_words_and_its_law_where_we_know_it(definition: Definition) -> None:
    text = text_of(drawn(definition, NAMES[:1]))

    assert " ".join(wording.opening(definition).split()) in text
    # A line may break behind a hyphen or a slash, where no space is.
    assert all("".join(p.split()) in "".join(text.split()) for p in definition.product.letter.paragraphs)
    assert ("Dasar: " in text) is not definition.requirements_mark.is_sample


def by_pdfsig(signed: bytes, folder: Path) -> str:
    """What poppler says; it has no root to trust, so only the mathematics count."""
    (folder / "surat.pdf").write_bytes(signed)
    command = ["pdfsig", "-nocert", "surat.pdf"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def by_openssl(signed: bytes, place: int, root: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """What openssl says of the CMS over the covered bytes, with our root."""
    start = signed.index(b"/ByteRange", place)
    parts = [int(n) for n in signed[signed.index(b"[", start) + 1 : signed.index(b"]", start)].split()]
    (folder / "covered").write_bytes(signed[: parts[1]] + signed[parts[2] : parts[2] + parts[3]])
    (folder / "cms").write_bytes(bytes.fromhex(signed[parts[1] + 1 : parts[2] - 1].decode()))
    (folder / "root.pem").write_text(ssl.DER_cert_to_PEM_cert(root))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "der", "-in", "cms", "-content", "covered"]
    trust = ["-CAfile", "root.pem", "-purpose", "any", "-out", "out"]
    return subprocess.run([*command, *trust], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    not (shutil.which("pdfsig") and shutil.which("openssl")),
    reason="poppler-utils or openssl is not installed",
)
async def test_pdfsig_and_openssl_agree_with_us_on_an_honest_letter(tmp_path: Path) -> None:
    # given
    store = DevelopmentKeyStore(tmp_path / "keys")
    pdf = drawn(LETTERS[0], MORE_NAMES)
    signed = await store.sign(pdf, replace(ACT, document_sha256=hashlib.sha256(pdf).hexdigest()))

    # when
    said, checked = (
        by_pdfsig(signed, tmp_path),
        by_openssl(signed, len(pdf), (await store.roots())[0], tmp_path),
    )

    # then
    assert (await validate(signed, await store.roots())).good
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert checked.returncode == 0, checked.stderr
