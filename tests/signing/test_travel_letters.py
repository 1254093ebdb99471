"""The letters of travel and delegation: each is drawn whole and says what it must, letter for letter."""

import shutil
import subprocess

import pytest

from backend.signing.render import render
from tests.signing.letters import letter

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
TRIP = {
    "purpose": "Rapat #koordinasi *pelayanan* kependudukan",
    "transport": "Kereta api",
    "from": "Kota Malang",
    "to": "Surabaya",
    "days": "3 hari",
    "departs": "24 November 2026",
    "returns": "26 November 2026",
    "budget": "5.1.02.04.01.0001",
    "daily": "Rp 410.000",
    "representation": "Rp 150.000",
    "other": "Rp 1.500.000",
    "ceiling": "Rp 3.180.000",
}
ORDER = {
    "title": "Plh. Kepala Dinas Kependudukan dan Pencatatan Sipil",
    "giver": "Ḍiyā' al-Ḥaqq",
    "starts": "24 November 2026",
    "ends": "26 November 2026",
    "scope": "Daftar rutin",
}
KINDS = {"spt": {}, "sppd": TRIP, "pelimpahan": ORDER}


def text_of(pdf: bytes) -> str:
    """What a reader copies out of the PDF, with every run of spaces as one."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


@needs_poppler
@pytest.mark.parametrize("template", KINDS)
def test_each_kind_says_all_that_it_was_given(template: str) -> None:
    made = letter(
        template=template,
        data=KINDS[template],
        signer_position="Plh. Sekretaris Daerah",
        kind_title="Surat Perintah",
    )

    pdf = render(made)

    said = text_of(pdf)
    for words in (*KINDS[template].values(), made.holder_name, made.number, "Plh. Sekretaris Daerah"):
        assert words in said, words
    assert render(made) == pdf


@needs_poppler
def test_an_assignment_order_numbers_its_duties() -> None:
    said = text_of(render(letter(template="spt", paragraphs=("Rapat koordinasi.", "Laporan 5 hari kerja."))))
    assert "MEMERINTAHKAN" in said
    assert "1. Rapat koordinasi." in said
    assert "2. Laporan 5 hari kerja." in said
