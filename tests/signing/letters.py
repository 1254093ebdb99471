"""Letters for the tests of drawing and signing."""

from dataclasses import replace
from datetime import date
from typing import Any

from backend.signing.render import LetterContent

SKTM = LetterContent(
    kind_title="Surat Keterangan Tidak Mampu",
    number="470/0012/KEL-KAUMAN/2026",
    date=date(2026, 11, 21),
    opd_name="Kelurahan Kauman",
    opd_address=("Jalan Contoh Nomor 1, Kecamatan Klojen, Kota Malang 65119", "Telepon (0341) 000000"),
    holder_name="Siti Aminah",
    holder_rows=(
        ("NIK", "3573010101010001"),
        ("Tempat, tanggal lahir", "Malang, 1 Januari 2001"),
        ("Pekerjaan", "Mengurus rumah tangga"),
        ("Alamat", "Jalan Ijen Contoh Nomor 12, RT 003 RW 004, Kelurahan Kauman, Kecamatan Klojen"),
    ),
    paragraphs=(
        "Nama tersebut di atas adalah warga Kelurahan Kauman dan termasuk keluarga tidak mampu menurut "
        "pendataan RT 003 RW 004 pada bulan November 2026.",
        "Surat keterangan ini dibuat untuk pengajuan keringanan biaya sekolah dan berlaku sampai dengan "
        "21 Februari 2027.",
    ),
    signer_name="Drs. Bambang Contoh, M.Si.",
    signer_position="Lurah Kauman",
    signer_rank="Pembina Tingkat I (IV/b)",
    signer_nip="19700101 199503 1 001",
    verify_url="https://lugas.malang.example/v/7K3M9XQ2W8RT4YHB6P#c29tZS1oYXNoLTk2",
    verify_id="7K3M9XQ2W8RT4YHB6P",
    host="lugas.malang.example",
    development=True,
)


def letter(**changes: Any) -> LetterContent:
    """The sample letter with some fields changed."""
    return replace(SKTM, **changes)
