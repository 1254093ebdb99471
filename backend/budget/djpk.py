"""Reads the ministry's table of a region (DJPK): budget and realisation of each kind, in billions of rupiah."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget.forms import Change, Form
from backend.budget.models import BudgetImport
from backend.budget.realisation import PERCENT, percent_fits
from backend.budget.tables import Table
from backend.core.texts import Text

BILLION = 10**9
# Each figure of the portal is rounded to 0.01 billion: so much may a sum differ for each part of it.
ROUNDING = Decimal(5_000_000)

# The portal's outline, each name under its group. Once its blanks are lost, only the names tell the level; a
# group that repeats its only part ("Belanja Modal" twice) is that part, and is never added to it.
OUTLINE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Pendapatan Daerah": {
        "PAD": (
            "Pajak Daerah",
            "Retribusi Daerah",
            "Hasil Pengelolaan Kekayaan Daerah yang Dipisahkan",
            "Lain-Lain PAD yang Sah",
        ),
        "TKDD": ("Pendapatan Transfer Pemerintah Pusat",),
        "Pendapatan Lainnya": (
            "Pendapatan Transfer Antar Daerah",
            "Pendapatan Hibah",
            "Dana Darurat",
            "Lain-lain Pendapatan Sesuai dengan Ketentuan Peraturan Perundang-Undangan",
        ),
    },
    "Belanja Daerah": {
        "Belanja Pegawai": (),
        "Belanja Barang dan Jasa": (),
        "Belanja Modal": (),
        "Belanja Lainnya": (
            *("Belanja Bunga", "Belanja Subsidi", "Belanja Hibah", "Belanja Bantuan Sosial"),
            *("Belanja Tidak Terduga", "Belanja Bagi Hasil", "Belanja Bantuan Keuangan"),
        ),
    },
    "Surplus/(Defisit)": {},
    "Pembiayaan Daerah": {
        "Penerimaan Pembiayaan Daerah": (
            *("Sisa Lebih Perhitungan Anggaran Tahun Sebelumnya", "Pencairan Dana Cadangan"),
            *("Penjualan Kekayaan Daerah yang Dipisahkan", "Penerimaan Pinjaman Daerah"),
            "Penerimaan Kembali Pemberian Pinjaman Daerah",
            "Penerimaan Pembiayaan Lainnya Sesuai dengan Ketentuan Peraturan Perundang-Undangan",
        ),
        "Pengeluaran Pembiayaan Daerah": (
            *("Pembentukan Dana Cadangan", "Penyertaan Modal Daerah"),
            *("Pembayaran Cicilan Pokok Utang yang Jatuh Tempo", "Pemberian Pinjaman Daerah"),
            "Pengeluaran Pembiayaan Lainnya Sesuai dengan Ketentuan Peraturan Perundang-Undangan",
        ),
    },
}
# Name without blanks and case, to its path; with what the portal's copies have done to some names.
_PATHS: dict[str, tuple[str, ...]] = {}
for _top, _groups in OUTLINE.items():
    _PATHS[_top] = (_top,)
    for _group, _parts in _groups.items():
        _PATHS[_group] = (_top, _group)
        _PATHS |= {_part: (_top, _group, _part) for _part in _parts}
# The table of 2023 has it once more, below itself.
_PATHS["Penyertaan Modal"] = (*_PATHS["Penyertaan Modal Daerah"], "Penyertaan Modal")
_MEND = {
    "Belanjaodal": "Belanja Modal",
    "Penyertaanodal Daerah": "Penyertaan Modal Daerah",
    "Belanja Barang Jasa": "Belanja Barang dan Jasa",
}

UNKNOWN = Text("Akun ini tidak ada dalam susunan DJPK.", "This account is not in the ministry's outline.")
TWICE = Text("Akun ini sudah ada dengan angka lain.", "This account came before with other figures.")
MENDED = Text("Nama rusak, dibaca sebagai nama yang benar.", "A damaged name, read as the right one.")
ROUGH = Text(
    "Bagian-bagiannya tidak sama dengan jumlahnya, lebih dari pembulatan.",
    "Its parts do not add up to it, beyond rounding.",
)
OVER = Text(
    "Realisasi lebih dari anggaran: kolom anggaran DJPK bisa masih anggaran awal.",
    "More was realised than budgeted: the portal's budget column may still be the original one.",
)


@dataclass(frozen=True, slots=True)
class _Figure:
    line: int
    budget: Decimal
    realised: Decimal
    raw: str


@dataclass
class Djpk(Form):
    """The ministry's table of one year; the import's `stage` is the day its figures are of.

    The control total is the budget of Belanja Daerah.
    """

    HEADINGS: ClassVar = ("akun", "anggaran", "realisasi", "persentase")
    TABLE: ClassVar = "djpk_figures"
    COLUMNS: ClassVar = (*("import_id", "row", "level", "name", "parent", "budget", "realised", "written"),)

    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """See `Form.rows`."""
        found: dict[str, _Figure] = {}
        for record, cells in self.records(table):
            name = self._name(record.line, cells["akun"])
            if name is None:
                continue
            columns = ("anggaran", "realisasi")
            read = [
                self.amount(record.line, c, cells[c], scale=BILLION) if cells[c] else None for c in columns
            ]
            if not any(cells[c] for c in columns):
                self.skipped += 1  # a kind that the region has not
                continue
            budget, realised = (amount or Decimal(0) for amount in read)
            if name in found:
                if (found[name].budget, found[name].realised) != (budget, realised):
                    self.faults.add(record.line, "akun", "twice", TWICE, name)
                self.skipped += 1
                continue
            self._look(record.line, name, cells["persentase"], budget, realised)
            found[name] = _Figure(record.line, budget, realised, record.raw)
        self._add_up(found)
        self.total = found["Belanja Daerah"].budget if "Belanja Daerah" in found else Decimal(0)
        for name, figure in found.items():
            path = _PATHS[name]
            self.lines += 1
            parent = path[-2] if len(path) > 1 else ""
            amounts = (figure.budget, figure.realised)
            yield (self.row.id, figure.line, len(path) - 1, name, parent, *amounts, figure.raw)

    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """Nothing beyond its figures."""
        return []

    def _name(self, line: int, text: str) -> str | None:
        name = re.sub(r"\s+", " ", text).strip()
        mended = _MEND.get(name, name)
        if mended not in _PATHS:
            self.faults.add(line, "akun", "unknown_account", UNKNOWN, text)
            return None
        if mended != name:
            self.notes.add(line, "akun", "mended_name", MENDED, f"{name}: {mended}")
        return mended

    def _look(self, line: int, name: str, percent: str, budget: Decimal, realised: Decimal) -> None:
        if percent and not percent_fits(percent, budget, realised, _slack(budget, realised)):
            self.notes.add(line, "persentase", "impossible_percent", PERCENT, percent)
        if budget > 0 and realised > budget:
            self.notes.add(line, "realisasi", "over_budget", OVER, name)

    def _add_up(self, found: Mapping[str, _Figure]) -> None:
        """Each group is held against its parts, as far as rounding allows; a difference is noted."""
        for name, own in found.items():
            parts = [part for child, part in found.items() if _PATHS[child][:-1] == _PATHS[name]]
            if not parts or name == "Pembiayaan Daerah":  # receipts less spending, not their sum
                continue
            most = ROUNDING * (len(parts) + 1)
            over = sum((part.budget for part in parts), Decimal(0)) - own.budget
            over_realised = sum((part.realised for part in parts), Decimal(0)) - own.realised
            for column, difference in (("anggaran", over), ("realisasi", over_realised)):
                if abs(difference) > most:
                    self.notes.add(own.line, column, "parts_differ", ROUGH, f"{name}: {difference}")


def _slack(budget: Decimal, realised: Decimal) -> Decimal:
    """By how many points a percentage may differ: its parts were rounded, and some copies have whole points."""
    if not budget:
        return Decimal(0)
    return 100 * ROUNDING / abs(budget) * (1 + abs(realised / budget)) + Decimal("0.5")
