"""A letter shows what was written, letter for letter, the same bytes every time, and is accessible."""

import io
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from backend.signing.render import LetterContent, Unprintable, date_in_words, grouped, render
from tests.signing.letters import SKTM, letter

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")

NAMES = [
    "Siti Aminah",
    "Ḍiyā' al-Ḥaqq bin ʿAbd al-Ṣamad",
    "R. Ngt. Raden Roro Dèwi Śrī",
    "Ni Luh Putu Ayu, S.Kom., M.T.",
    "H. Mochammad \u201cCak\u201d Su\u2019ud - O'Brien",
    "Nguyễn Thị Ánh; José Muñoz; Łukasz Šťastný",
    "*tebal* _miring_ #panic(\"x\") $x^2$ `kode` [a] {b} \\ / // <label> @ref = judul",
    "#image(\"/etc/passwd\") #import \"kop.typ\": * #sys.inputs #eval(\"1\")",
    "-- --- ... ~ \"dua\" 'satu' 1/2 -> => fi fl ffi",
]  # fmt: skip


def text_of(pdf: bytes) -> str:
    """What a reader copies out of the PDF, with every run of spaces as one."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def first_page(pdf: bytes, folder: Path) -> Image.Image:
    """The first page as it prints at 150 dots an inch."""
    (folder / "letter.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "150", "-png", "-singlefile", "letter.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True)
    with Image.open(folder / "page.png") as page:
        page.load()
        return page.convert("L")


@needs_poppler
@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_out_letter_for_letter(name: str) -> None:
    pdf = render(letter(holder_name=name, signer_name=name, development=False))

    assert text_of(pdf).count(" ".join(name.split())) == 2


@needs_poppler
def test_everything_in_the_content_stands_in_the_letter() -> None:
    text = text_of(render(SKTM))

    for expected in (
        *("PEMERINTAH KOTA MALANG", "KELURAHAN KAUMAN", *SKTM.opd_address),
        *("SURAT KETERANGAN TIDAK MAMPU", f"Nomor: {SKTM.number}", SKTM.opening),
        *(part for row in SKTM.holder_rows for part in row),
        *SKTM.paragraphs,
        *("Malang, 21 November 2026", "Lurah Kauman,", "Ditandatangani secara elektronik"),
        *(SKTM.signer_name, SKTM.signer_rank, f"NIP {SKTM.signer_nip}"),
        *("lugas.malang.example/v", "7K3M 9XQ2 W8RT 4YHB 6P"),
        "TANDA TANGAN PENGEMBANGAN - bukan sertifikat BSrE",
    ):
        assert expected in text


@needs_poppler
def test_only_a_development_signature_is_called_one() -> None:
    assert "PENGEMBANGAN" not in text_of(render(letter(development=False)))


@needs_poppler
def test_a_stand_in_signs_in_the_name_of_the_post() -> None:
    text = text_of(render(letter(signer_capacity="Plh.", signer_position="Camat Klojen")))

    assert "Plh. Camat Klojen," in text


@needs_poppler
def test_a_signer_without_rank_and_number_has_no_empty_lines() -> None:
    assert "NIP" not in text_of(render(letter(signer_rank="", signer_nip="")))


@needs_poppler
def test_the_printed_code_is_read_back_as_the_address(tmp_path: Path) -> None:
    codes = zxingcpp.read_barcodes(first_page(render(SKTM), tmp_path))

    assert [code.text for code in codes] == [SKTM.verify_url]


@needs_poppler
def test_a_long_letter_goes_on_and_its_signature_stays_in_one_piece() -> None:
    pdf = render(letter(paragraphs=SKTM.paragraphs * 12))

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 2
    text = text_of(pdf)
    assert "Halaman 1 dari 2" in text
    assert "Halaman 2 dari 2" in text
    assert text.index("Halaman 1 dari 2") < text.index("Malang, 21 November 2026")


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert render(SKTM) == render(letter())
    assert render(SKTM) != render(letter(holder_name="Siti Amina"))


def test_threads_at_once_each_get_their_own_letter() -> None:
    letters = [letter(number=f"470/{n:04d}/KEL-KAUMAN/2026") for n in range(8)]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(render, letters)) == [render(each) for each in letters]


def test_the_letter_is_an_archival_and_accessible_pdf() -> None:
    with pikepdf.open(io.BytesIO(render(SKTM))) as document, document.open_metadata() as about:
        assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("2", "A")
        assert about["pdfuaid:part"] == "1"
        assert document.Root.Lang == "id"
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.docinfo["/Title"]) == f"{SKTM.kind_title} {SKTM.number}"


def test_every_font_is_one_of_those_in_the_repository() -> None:
    with pikepdf.open(io.BytesIO(render(SKTM))) as document:
        fonts = {str(each.FontName) for each in document.objects if is_font(each)}

    assert {name.split("+")[1].split("-")[0] for name in fonts} == {"NotoSerif", "NotoSans"}


def is_font(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == pikepdf.Name.FontDescriptor


@pytest.mark.parametrize("name", ["王小明", "Siti 😀", "\ud800"])
def test_a_character_that_cannot_be_printed_is_refused_and_never_dropped(name: str) -> None:
    with pytest.raises(Unprintable):
        render(letter(holder_name=name))

    assert render(SKTM) == render(letter())


def test_a_date_is_written_with_its_month_in_words() -> None:
    assert date_in_words(SKTM.date) == "21 November 2026"
    assert date_in_words(SKTM.date.replace(month=3, day=1)) == "1 Maret 2026"


def test_an_id_is_grouped_by_four() -> None:
    assert grouped("7K3M9XQ2W8RT4YHB6P") == "7K3M 9XQ2 W8RT 4YHB 6P"
    assert grouped("") == ""


def test_a_letter_can_stand_without_an_opening_and_without_rows() -> None:
    bare: LetterContent = letter(opening="", holder_rows=(), paragraphs=(), opd_address=())

    assert render(bare).startswith(b"%PDF-1.7")
