"""Writes lines of the budget back as SIPD exports them: its 22 columns, safe to open in a spreadsheet."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from tortoise.backends.base.client import TransactionalDBClient

from backend.core.copying import copy_csv
from backend.database import unhurried

# Urusan have no names in the files' trees; those of Permendagri 90/2019 (FACTS 2.2).
URUSAN = {
    "1": "Urusan wajib pelayanan dasar",
    "2": "Urusan wajib bukan pelayanan dasar",
    "3": "Urusan pilihan",
    "4": "Unsur pendukung",
    "5": "Unsur penunjang",
    "6": "Unsur pengawasan",
    "7": "Unsur kewilayahan",
    "8": "Unsur pemerintahan umum",
}


@dataclass(frozen=True)
class Where:
    """A place within an import: the city (no opd), an OPD (no code), or a programme and what lies below it."""

    import_id: UUID
    opd: str = ""
    code: str = ""


def _safe(text: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection)."""
    return rf"CASE WHEN {text} ~ '^[=+@\t\r\n-]' THEN '''' || {text} ELSE {text} END"


def _named(kind: str, code: str) -> str:
    return _safe(f"coalesce({kind}.name, {code}, '')")


_LEVELS = {
    "field": "left(l.sub_activity, 4)",
    "programme": "left(l.sub_activity, 7)",
    "activity": "left(l.sub_activity, 12)",
    "sub_activity": "l.sub_activity",
    "account": "l.account",
    "unit": "l.unit",
}
_JOINS = "\n".join(
    f"LEFT JOIN budget_names {kind} ON ({kind}.classification, {kind}.kind, {kind}.code)"
    f" = (i.classification, '{kind}', {code})"
    for kind, code in _LEVELS.items()
)
_URUSAN = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in URUSAN.items())
# The columns in the order of `expenditure.HEADINGS`, and their SQL.
COLUMNS = {
    "tahun": "l.year",
    "kode_urusan": "left(l.sub_activity, 1)",
    "nama_urusan": f"CASE left(l.sub_activity, 1) {_URUSAN} ELSE '' END",
    "kode_skpd": _safe("coalesce(o.code, l.opd)"),
    "nama_skpd": _safe("d.name"),
    "kode_sub_unit": _safe("l.unit"),
    "nama_sub_unit": _named("unit", "l.unit"),
    "kode_bidang_urusan": _LEVELS["field"],
    "nama_bidang_urusan": _named("field", _LEVELS["field"]),
    "kode_program": _LEVELS["programme"],
    "nama_program": _named("programme", _LEVELS["programme"]),
    "kode_kegiatan": _LEVELS["activity"],
    "nama_kegiatan": _named("activity", _LEVELS["activity"]),
    "kode_sub_kegiatan": "l.sub_activity",
    "nama_sub_kegiatan": _named("sub_activity", "l.sub_activity"),
    "kode_sumber_dana": "l.fund_source",
    "nama_sumber_dana": _safe("s.name"),
    "kode_rekening": "l.account",
    "nama_rekening": _named("account", "l.account"),
    "kode_standar_harga": _safe("l.price_code"),
    "nama_standar_harga": _safe("l.name"),
    "pagu": "l.amount",
}
_HERE = """
WHERE l.import_id = $1 AND ($2 = '' OR l.opd = $2)
  AND ($3 = '' OR l.sub_activity = $3 OR (length($3) < 15 AND left(l.sub_activity, length($3)) = $3))
"""
_UNCODED = f"""
SELECT EXISTS (SELECT FROM budget_lines l {_HERE}
               GROUP BY l.price_code HAVING l.price_code = '' OR min(l.name) <> max(l.name)) AS uncoded
"""  # noqa: S608 - our own text
_LINES = f"""
SELECT {", ".join(f"{sql} AS {name}" for name, sql in COLUMNS.items())}
FROM budget_lines l JOIN budget_imports i ON i.id = l.import_id
JOIN opds d ON d.code = l.opd JOIN fund_sources s ON s.code = l.fund_source
LEFT JOIN (SELECT opd, min(code) AS code FROM budget_offices GROUP BY opd) o ON o.opd = l.opd
{_JOINS}
{_HERE}
ORDER BY l.opd, l.sub_activity, l.id
"""  # noqa: S608 - our own text


async def write(tx: TransactionalDBClient, where: Where, take: Callable[[bytes], Awaitable[None]]) -> None:
    """Hand a place's lines to `take` as CSV (RFC 4180, UTF-8, headings first), piece by piece."""
    await copy_csv(tx, _LINES, (where.import_id, where.opd, where.code), take)


async def is_coded(tx: TransactionalDBClient, where: Where) -> bool:
    """Whether each line of a place has a price code, and each code one name: then the code alone tells the item."""
    await tx.execute_script("SET LOCAL statement_timeout = '300s'")
    with unhurried(tx):
        found = await tx.execute_query_dict(_UNCODED, [where.import_id, where.opd, where.code])
    return not found[0]["uncoded"]
