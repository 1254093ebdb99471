"""Expenditure exports as SIPD writes them, made for tests: real headings, invented amounts."""

import csv
import random
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

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
            "kode_standar_harga": f"1.1.7.01.{number:05d}",
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


_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="xl/workbook.xml"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="APBD" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="worksheets/sheet1.xml"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>',
}


def write_workbook(path: Path, given: list[dict[str, str]]) -> None:
    """The same as a workbook: texts as inline strings, years and amounts as numbers."""

    def cell(heading: str, text: str) -> str:
        if heading in ("tahun", "pagu"):
            return f"<c><v>{text}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    head = "".join(f'<c t="inlineStr"><is><t>{heading}</t></is></c>' for heading in HEADINGS)
    body = "".join(f"<row>{''.join(cell(h, row[h]) for h in HEADINGS)}</row>" for row in given)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData><row>{head}</row>{body}</sheetData></worksheet>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
