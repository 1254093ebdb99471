"""What a phone loads of the budget before anything is seen: at most 20 kB a screen, as it travels."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.budget.rules import ImportKind
from backend.parts import Parts
from backend.seeds.load import DATA
from schema.documents import load_manifest
from tests import sipd
from tests.city import City
from tests.treasury import bring

pytestmark = pytest.mark.usefixtures("db")

# The bound, in bytes of data gzipped.
MOST = 20_000
LONG = "Penyediaan Jasa Penunjang Urusan Pemerintahan Daerah dan Pemeliharaan Barang Milik Daerah"
ACCOUNTS = (
    *(f"5.1.0{kind}" for kind in range(1, 7)),
    *(f"5.2.0{kind}" for kind in range(1, 7)),
    *("5.3.01", "5.4.01", "5.4.02"),
)


async def asked(city: City, name: str, **variables: Any) -> int:
    """Bytes of the answer to a query of the app, gzipped as it is sent."""
    document = next(
        text for text in load_manifest().values() if f"query {name}(" in text or f"query {name} " in text
    )
    size = 0
    body = {"query": document, "variables": variables}
    async with city.client.stream(
        "POST", "/graphql", json=body, headers={"Accept-Encoding": "gzip"}
    ) as answer:
        assert answer.status_code == 200
        async for piece in answer.aiter_raw():
            size += len(piece)
        assert size < 1400 or answer.headers.get("content-encoding") == "gzip"
    return size


def wide() -> list[dict[str, str]]:
    """A department of 99 programmes and 200 activities in the widest of them, from every source, with long names."""
    (row,) = sipd.rows(1)
    found = []
    sources = ("1.1", "1.2.01.01.02", "1.4.01", "2.2.01.01.03", "2.2.01.01.04")
    for number in range(297):
        first = number < 99
        programme = f"1.02.{number + 1:02}" if first else "1.02.02"
        kind, place = (2, 1) if first else (2 - (number - 99) // 99, (number - 99) % 99 + 1)
        activity = f"{programme}.{kind}.{place:02}"
        found.append(
            row
            | {
                "kode_program": programme,
                "nama_program": f"{LONG} {programme}",
                "kode_kegiatan": activity,
                "nama_kegiatan": f"{LONG} {activity}",
                "kode_sub_kegiatan": f"{activity}.0001",
                "nama_sub_kegiatan": f"{LONG} {activity}.0001",
                "kode_sumber_dana": sources[number % len(sources)],
                "kode_rekening": f"{ACCOUNTS[number % len(ACCOUNTS)]}.01.01.0001",
                "pagu": f"{(number * 7919 + 1) ** 3 % 10**13}.{number % 100:02}",
            }
        )
    return found


@pytest.fixture
async def full(city: City, parts: Parts, tmp_path: Path) -> None:
    """A year with everything that a screen can show: all OPDs, a wide one, tables of twelve months and the ministry's."""
    names = (await city.nobody.ask("{ opds { code name } }"))["opds"]
    rows = wide()
    for place, opd in enumerate(names):
        rows.append(
            rows[0] | {"kode_skpd": f"9.{place}", "nama_skpd": opd["name"], "pagu": f"{place * 10**9 + 7}.00"}
        )
    total = sipd.write(tmp_path / "wide.csv", [r for r in rows if r["kode_skpd"] != "9.x"])
    await bring(parts, tmp_path / "wide.csv", ImportKind.EXPENDITURE, "murni", total, date(2026, 1, 1))
    heading = "kode_opd,periode,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly\n"
    for month in range(1, 11):
        day = date(2026, month, 28)
        path = tmp_path / f"{day}.csv"
        path.write_text(f"{heading}DINKES,{day},5.1.02.01.01.0025,ATK,0,{month}000.00,,0\n")
        await bring(parts, path, ImportKind.REALISATION, day.isoformat(), Decimal(month * 1000), day)
    spent = Decimal("2811860000000")
    table = DATA / "apbd" / "kota-malang-2023.csv"
    await bring(parts, table, ImportKind.DJPK, "2023-09-30", spent, date(2023, 9, 30))


async def test_no_screen_of_the_budget_loads_more_than_20_kb(city: City, full: None) -> None:
    # when each screen asks for its first view
    place = {"year": sipd.YEAR}
    sizes = {
        "years": await asked(city, "BudgetYears") + await asked(city, "CityYear", year=2023),
        "city": await asked(city, "BudgetPlace", **place),
        "opd": await asked(city, "BudgetPlace", **place, opd="DINKES"),
        "programme": await asked(city, "BudgetPlace", **place, opd="DINKES", code="1.02.02"),
        "revenue": await asked(city, "Revenue", year=2023) + 2 * await asked(city, "CityYear", year=2023),
        "compare": await asked(
            city, "BudgetComparison", **place, withYear=sipd.YEAR, opd="DINKES", code="1.02.02"
        ),
        "lines": await asked(city, "BudgetLines", **place, opd="DINKES", code="1.02.02.2.01.0001"),
    }
    # then
    seen = await city.nobody.ask(
        '{ budgetPlace(year: 2026, opd: "DINKES", code: "1.02.02") { parts { code } } }'
    )
    assert len(seen["budgetPlace"]["parts"]) > 190
    assert {name: size for name, size in sizes.items() if size > MOST} == {}
