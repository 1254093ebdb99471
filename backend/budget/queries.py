"""Reading the public money: what can be read of it, for everyone alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.core import clock
from backend.core.conditions import Is
from backend.core.kept import Kept
from backend.core.reads import Reads, Relation, Row, Table, columns_of, fetch, rows

TOPIC = "budget"
OPDS_MOST = 200

_SAME = (("import_id", "import_id"), ("opd", "opd"))
# Money travels as text, as PostgreSQL writes NUMERIC(20,2): nobody computes with it on the way.
_AMOUNT = {"amount": "{row}.amount::text"}
LINES = Table("budget_lines", columns_of("id account name fund_source"), computed=_AMOUNT)
ACCOUNT_LINES = Table(
    "budget_lines", columns_of("id row account name unit fund_source written"), computed=_AMOUNT
)
TOTALS = Table("budget_totals", columns_of("fund_source lines"), computed=_AMOUNT)
# An OPD's budget, summed from the totals that every load keeps: never from the lines.
OPDS = Table(
    "(SELECT import_id, opd, sum(amount) AS total FROM budget_totals GROUP BY import_id, opd)",
    columns_of("import_id opd"),
    computed={"total": "{row}.total::text"},
    relations={
        "sources": Relation(TOTALS, _SAME, order="{row}.amount DESC, {row}.fund_source", most=100),
        "lines": Relation(LINES, _SAME, order="{row}.amount DESC, {row}.id"),
    },
)


# Kinds of account that a budget is told by (FACTS 2.3).
ACCOUNT_NAMES = {
    "5.1.01": "Belanja Pegawai",
    "5.1.02": "Belanja Barang dan Jasa",
    "5.1.03": "Belanja Bunga",
    "5.1.04": "Belanja Subsidi",
    "5.1.05": "Belanja Hibah",
    "5.1.06": "Belanja Bantuan Sosial",
    "5.2.01": "Belanja Modal Tanah",
    "5.2.02": "Belanja Modal Peralatan dan Mesin",
    "5.2.03": "Belanja Modal Gedung dan Bangunan",
    "5.2.04": "Belanja Modal Jalan, Jaringan, dan Irigasi",
    "5.2.05": "Belanja Modal Aset Tetap Lainnya",
    "5.2.06": "Belanja Modal Aset Lainnya",
    "5.3.01": "Belanja Tidak Terduga",
    "5.4.01": "Belanja Bagi Hasil",
    "5.4.02": "Belanja Bantuan Keuangan",
}


@dataclass(frozen=True)
class Source:
    """A fund source (sumber dana): its SIPD code, and its name in full and in short."""

    code: str
    name: str
    short: str


@dataclass(frozen=True)
class Stage:
    """A stage of a year's budget (murni, pergeseran-n, perubahan) and the import whose lines it has."""

    name: str
    import_id: UUID


async def stage_in_force(year: int) -> Stage | None:
    """The stage of a year's budget that counts today; None without a budget."""

    async def read() -> Stage | None:
        found = await fetch("SELECT stage, import_id FROM budget_years WHERE year = $1", [year])
        return Stage(*found[0]) if found else None

    return await _stages.get(read, (year, clock.today()))


async def opds_of(stage: Stage, reads: Reads) -> list[Row]:
    """Parts of every OPD's budget, the largest first."""
    return await rows(
        OPDS, reads, (Is("import_id", stage.import_id),), order="r.total DESC, r.opd", most=OPDS_MOST
    )


_stages: Kept[Stage | None] = Kept(TOPIC, most=50)
_sources: Kept[Mapping[str, Source]] = Kept(TOPIC)


async def sources() -> Mapping[str, Source]:
    """The fund sources by code."""
    return await _sources.get(_read_sources)


async def _read_sources() -> Mapping[str, Source]:
    found = await fetch("SELECT code, name, short FROM fund_sources ORDER BY code LIMIT 1000", [])
    return {code: Source(code, name, short) for code, name, short in found}
