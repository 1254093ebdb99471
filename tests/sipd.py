"""Expenditure exports as SIPD writes them, made for tests: real headings, invented amounts."""

import csv
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from backend.budget.expenditure import HEADINGS

YEAR = 2026
# OPD by name, with a programme, an activity and sub-activities that belong together (FACTS 2.2).
OFFICES = (
    ("DINAS KESEHATAN", "1.02", "1.02.02", "1.02.02.2.01", ("1.02.02.2.01.0002", "1.02.02.2.01.0006")),
    ("Dinas Lingkungan Hidup", "2.11", "2.11.11", "2.11.11.2.01", ("2.11.11.2.01.0012", "2.11.11.2.01.0013")),
    ("Badan Keuangan dan Aset Daerah", "5.02", "5.02.02", "5.02.02.2.02", ("5.02.02.2.02.0001",)),
)
ACCOUNTS = ("5.1.02.01.01.0025", "5.1.01.01.01.0001", "5.2.05.01.01.0012")
SOURCES = (("1.1", "PAD"), ("1.2.01.01.02", "DAU"), ("1.4.01", "SiLPA"))


def rows(lines: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Good rows by heading."""
    dice = random.Random(seed)
    for number in range(lines):
        name, field, programme, activity, subs = OFFICES[number % len(OFFICES)]
        source, source_name = dice.choice(SOURCES)
        account, sub = dice.choice(ACCOUNTS), dice.choice(subs)
        yield {
            "tahun": str(YEAR),
            "kode_urusan": field[0],
            "nama_urusan": "Urusan",
            "kode_skpd": f"{field}.0.00.0.00.01.0000",
            "nama_skpd": name,
            "kode_sub_unit": f"{field}.0.00.0.00.01.0000",
            "nama_sub_unit": name,
            "kode_bidang_urusan": field,
            "nama_bidang_urusan": f"Bidang {field}",
            "kode_program": programme,
            "nama_program": f"Program {programme}",
            "kode_kegiatan": activity,
            "nama_kegiatan": f"Kegiatan {activity}",
            "kode_sub_kegiatan": sub,
            "nama_sub_kegiatan": f"Sub kegiatan {sub}",
            "kode_sumber_dana": source,
            "nama_sumber_dana": source_name,
            "kode_rekening": account,
            "nama_rekening": f"Belanja {account}",
            "kode_standar_harga": "",
            "nama_standar_harga": f"Barang contoh {number}",
            "pagu": f"{dice.randint(1, 10**12)}.{dice.randint(0, 99):02}",
        }


def write(path: Path, given: Iterator[dict[str, str]] | list[dict[str, str]]) -> Decimal:
    """Write a CSV file; returns what its pagu column adds up to, read as plain decimals."""
    total = Decimal(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, HEADINGS)
        out.writeheader()
        for row in given:
            out.writerow(row)
            if row["kode_rekening"]:
                total += Decimal(row["pagu"])
    return total
