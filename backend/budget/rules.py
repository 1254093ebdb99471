"""What a budget line may be: plain questions about one line and one stage, no database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from backend.core.problems import FieldFault, InvalidInput
from backend.core.texts import Text

# NUMERIC(20,2): eighteen digits of rupiah before the sen.
MOST = Decimal(10) ** 18
SEN = Decimal("0.01")
YEARS = range(2000, 2101)
LINES_MOST = 200_000
_STAGE = re.compile(r"(murni|perubahan|pergeseran-[1-9][0-9]?)", re.ASCII)
# akun.kelompok.jenis.objek.rincian.sub, each level optional from the right (Permendagri 90/2019 and later).
_ACCOUNT = re.compile(r"[0-9](\.[0-9]{1,4}){0,5}", re.ASCII)
_FAULTS_MOST = 50


@dataclass(frozen=True)
class Line:
    """A line as it is loaded: OPD and fund source by code, the account, what it is for, rupiah with sen."""

    opd: str
    fund_source: str
    account: str
    name: str
    amount: Decimal


def read_stage(text: str) -> str:
    """murni, pergeseran-<n> or perubahan; InvalidInput for anything else."""
    if not _STAGE.fullmatch(text):
        raise InvalidInput.at(
            "stage",
            "Tahap anggaran adalah murni, pergeseran-1 dan seterusnya, atau perubahan.",
            "A budget stage is murni, pergeseran-1 and so on, or perubahan.",
        )
    return text


def check(year: int, lines: list[Line], opds: set[str], sources: set[str]) -> None:
    """InvalidInput naming every wrong line (at most 50), or nothing."""
    if year not in YEARS:
        raise InvalidInput.at("year", "Tahun anggaran 2000 sampai 2100.", "A budget year is 2000 to 2100.")
    if len(lines) > LINES_MOST:
        raise InvalidInput.at("lines", f"Paling banyak {LINES_MOST} baris.", f"At most {LINES_MOST} lines.")
    faults: list[FieldFault] = []
    for place, line in enumerate(lines):
        faults += (FieldFault(f"lines.{place}.{name}", text) for name, text in _faults(line, opds, sources))
        if len(faults) >= _FAULTS_MOST:
            break
    if faults:
        raise InvalidInput(*faults[:_FAULTS_MOST], code="bad_budget_line")


def _faults(line: Line, opds: set[str], sources: set[str]) -> Iterator[tuple[str, Text]]:
    if line.opd not in opds:
        yield "opd", Text("OPD ini tidak ada di daftar kota.", "This OPD is not in the city's list.")
    if line.fund_source not in sources:
        yield "fund_source", Text("Sumber dana ini tidak dikenal.", "This fund source is not known.")
    if not _ACCOUNT.fullmatch(line.account):
        yield "account", Text("Kode rekening tidak sah.", "Not an account code.")
    if not 1 <= len(line.name) <= 300 or "\0" in line.name:
        yield "name", Text("Uraian 1 sampai 300 huruf.", "A name has 1 to 300 letters.")
    if not (line.amount.is_finite() and 0 <= line.amount < MOST and line.amount == line.amount.quantize(SEN)):
        yield (
            "amount",
            Text(
                "Jumlah dalam rupiah, paling banyak dua angka sen, tidak kurang dari nol.",
                "An amount is in rupiah with at most two digits of sen, and not below zero.",
            ),
        )
