"""The budget to take away: the lines under SIPD's headings and as a package, with hash and signature, for ever the same."""

import csv
import hashlib
import io
import shutil
import subprocess
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from tortoise.connection import get_connection

from backend.budget.expenditure import HEADINGS
from backend.budget.models import BudgetExport, BudgetImport
from backend.budget.rules import ImportKind
from backend.budget.sipd import COLUMNS
from backend.parts import Parts
from schema.documents import load_manifest
from tests import sipd
from tests.city import City
from tests.treasury import bring

pytestmark = pytest.mark.usefixtures("db")

ODD = (
    '=HYPERLINK("http://example.invalid")',
    "+62 811",
    "-5 karung",
    "@SUM(A1)",
    'Kertas "A4", putih',
)


# Fiscal Data Package, JSON schema of its descriptor.
DIMENSION_TYPES = {"datetime", "entity", "classification", "activity", "fact", "location", "other"}


KEYS = {
    "year": "tahun",
    "item": "kode_standar_harga",
    "administrative": "kode_sub_unit",
    "functional": "kode_bidang_urusan",
    "programme": "kode_sub_kegiatan",
    "economic": "kode_rekening",
    "funding": "kode_sumber_dana",
}


@pytest.fixture
async def brought(parts: Parts, tmp_path: Path) -> BudgetImport:
    """A budget of 60 lines, some of them named like formulas."""
    rows = list(sipd.rows(60))
    for row, name in zip(rows, ODD, strict=False):
        row["nama_standar_harga"] = name
    total = sipd.write(tmp_path / "apbd.csv", rows)
    return await bring(parts, tmp_path / "apbd.csv", ImportKind.EXPENDITURE, "murni", total, date(2026, 1, 1))


async def taken(city: City, of: UUID, file: str = "apbd.csv", **place: str) -> bytes:
    answer = await city.client.get(f"/data/anggaran/{of}/{file}", params=place)
    assert answer.status_code == 200, answer.text
    return answer.content


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def test_the_lines_come_under_the_headings_of_sipd_and_add_up(
    city: City, brought: BudgetImport
) -> None:
    # when the city, a department, a programme and a sub-activity are taken away
    whole = read(await taken(city, brought.id))
    opd = read(await taken(city, brought.id, opd="DLH"))
    programme = read(await taken(city, brought.id, opd="DLH", code="2.11.11"))
    sub = read(await taken(city, brought.id, opd="DLH", code="2.11.11.2.01.0012"))
    # then
    assert tuple(COLUMNS) == HEADINGS == tuple(whole[0])
    assert (len(whole), sum(Decimal(row["pagu"]) for row in whole)) == (60, brought.total)
    assert len(opd) == len(programme) == 20
    assert {row["kode_sub_kegiatan"] for row in sub} == {"2.11.11.2.01.0012"}
    assert {row["kode_standar_harga"] for row in whole} == {f"1.1.7.01.{n:05d}" for n in range(60)}
    assert [opd[0][name] for name in ("nama_skpd", "nama_program", "kode_urusan", "nama_sumber_dana")] == [
        "Dinas Lingkungan Hidup",
        "Program 2.11.11",
        "2",
        opd[0]["nama_sumber_dana"],
    ]


async def test_no_cell_is_a_formula_and_nothing_else_is_changed(city: City, brought: BudgetImport) -> None:
    names = {row["nama_standar_harga"] for row in read(await taken(city, brought.id))}
    assert {f"'{name}" for name in ODD[:4]} | {ODD[4]} <= names
    for row in read(await taken(city, brought.id)):
        assert not [cell for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]


async def test_what_was_taken_away_can_be_brought_in_again(
    city: City, brought: BudgetImport, parts: Parts, tmp_path: Path
) -> None:
    # given the file as another would get it
    path = tmp_path / "again.csv"
    path.write_bytes(await taken(city, brought.id))
    # when
    again = await bring(parts, path, ImportKind.EXPENDITURE, "murni", brought.total, date(2026, 1, 1))
    # then
    assert (again.lines, again.total, again.changes) == (60, brought.total, [])


async def test_a_package_describes_its_lines(city: City, brought: BudgetImport) -> None:
    lines = await taken(city, brought.id, opd="DLH")
    with zipfile.ZipFile(io.BytesIO(await taken(city, brought.id, "apbd.zip", opd="DLH"))) as archive:
        assert archive.testzip() is None
        said = orjson.loads(archive.read("datapackage.json"))
        assert archive.read("apbd.csv") == lines
    (resource,) = said["resources"]
    assert {"name", "title", "resources", "model"} <= set(said)
    assert (resource["bytes"], resource["hash"]) == (
        len(lines),
        f"sha256:{hashlib.sha256(lines).hexdigest()}",
    )
    assert said["sources"] == [{"title": "apbd.csv", "hash": f"sha256:{brought.sha256}"}]
    assert said["model"]["measures"]["pagu"] == {
        "source": "pagu",
        "currency": "IDR",
        "factor": 1,
        "direction": "expenditure",
        "phase": "approved",
    }
    # words of the specification's JSON schema
    assert said["profile"] == "tabular-data-package"
    assert {d["dimensionType"] for d in said["model"]["dimensions"].values()} <= DIMENSION_TYPES
    assert {
        d["classificationType"] for d in said["model"]["dimensions"].values() if "classificationType" in d
    } == {"functional", "administrative", "economic"}
    # every column of the model stands in the table, and every code has its name
    columns = {field["name"] for field in resource["schema"]["fields"]}
    for dimension in said["model"]["dimensions"].values():
        assert {attribute["source"] for attribute in dimension["attributes"].values()} <= columns
        keys = dimension["primaryKey"]
        assert {*([keys] if isinstance(keys, str) else keys)} <= {*dimension["attributes"]}
    assert {name: dimension["primaryKey"] for name, dimension in said["model"]["dimensions"].items()} == KEYS


@pytest.mark.parametrize(
    "changed",
    [
        {"kode_standar_harga": ""},
        {"kode_standar_harga": "1.1.7.01.00004", "nama_standar_harga": "Lain dari yang sekode"},
    ],
)
async def test_an_item_without_a_code_of_its_own_is_known_by_code_and_name(
    city: City, parts: Parts, tmp_path: Path, changed: dict[str, str]
) -> None:
    # given a budget in which one line of DLH has no price code, or another item's
    rows = [row | changed if n == 1 else row for n, row in enumerate(sipd.rows(12))]
    total = sipd.write(tmp_path / "apbd.csv", rows)
    made = await bring(parts, tmp_path / "apbd.csv", ImportKind.EXPENDITURE, "murni", total, date(2026, 1, 1))
    # when the department and another one are taken away
    for opd, key in (("DLH", ["kode_standar_harga", "nama_standar_harga"]), ("BKAD", "kode_standar_harga")):
        with zipfile.ZipFile(io.BytesIO(await taken(city, made.id, "apbd.zip", opd=opd))) as archive:
            said = orjson.loads(archive.read("datapackage.json"))
        # then only the package with such a line is keyed by both, and says why
        assert said["model"]["dimensions"]["item"] == {
            "dimensionType": "other",
            "primaryKey": key,
            "attributes": {
                "kode_standar_harga": {"source": "kode_standar_harga"},
                "nama_standar_harga": {"source": "nama_standar_harga", "labelfor": "kode_standar_harga"},
            },
        }
        described = [f["name"] for f in said["resources"][0]["schema"]["fields"] if "description" in f]
        assert described == (["kode_standar_harga"] if opd == "DLH" else [])


async def test_a_whole_budget_is_made_ready_before_anybody_asks(city: City, brought: BudgetImport) -> None:
    # when the jobs of the import that came in force were done
    await city.drain()
    # then both files of the city are there, and the package holds the very CSV
    made = {export.form: export for export in await BudgetExport.filter(import_id=brought.id, opd="")}
    assert set(made) == {"csv", "zip"}
    lines = await taken(city, brought.id)
    with zipfile.ZipFile(io.BytesIO(await taken(city, brought.id, "apbd.zip"))) as archive:
        assert archive.read("apbd.csv") == lines
    assert made["csv"].sha256 == hashlib.sha256(lines).hexdigest()
    assert await BudgetExport.all().count() == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize("file", ["apbd.csv", "apbd.zip"])
async def test_anyone_checks_hash_and_signature_with_openssl(
    city: City, brought: BudgetImport, tmp_path: Path, file: str
) -> None:
    # given the file, its signature and the city's key, as they come over HTTP
    data = tmp_path / "data"
    data.write_bytes(await taken(city, brought.id, file))
    (tmp_path / "sig").write_bytes(await taken(city, brought.id, f"{file}.sig"))
    (tmp_path / "key.pem").write_bytes((await city.client.get("/data/kunci.pem")).content)
    said = (await taken(city, brought.id, f"{file}.sha256")).decode()

    # when
    def check() -> "subprocess.CompletedProcess[str]":
        command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "data"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = check()
    data.write_bytes(data.read_bytes() + b"1")
    bad = check()
    # then
    digest = hashlib.sha256(data.read_bytes()[:-1]).hexdigest()
    assert said == f"{digest}  apbd-2026-murni{Path(file).suffix}\n"
    assert (good.returncode, good.stdout.strip()) == (0, "Verified OK")
    assert bad.returncode == 1


async def test_a_file_never_changes_and_is_asked_for_once(city: City, brought: BudgetImport) -> None:
    # given a file that was taken away
    url = f"/data/anggaran/{brought.id}/apbd.csv"
    before = await city.client.get(url)
    tag = before.headers["etag"]
    # when a department gets another name
    await get_connection("default").execute_query(
        "UPDATE opds SET name = 'Dinas Lain' WHERE code = 'DLH'", []
    )
    after = await city.client.get(url)
    known = await city.client.get(url, headers={"If-None-Match": tag})
    head = await city.client.head(url)
    # then
    assert (after.content, after.headers["etag"]) == (before.content, tag)
    assert (known.status_code, known.content) == (304, b"")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(before.content)))
    assert before.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert before.headers["access-control-allow-origin"] == "*"
    assert before.headers["content-disposition"] == 'attachment; filename="apbd-2026-murni.csv"'
    assert await BudgetExport.filter(import_id=brought.id).count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "{id}/apbd.csv?opd=SETWAN",
        "{id}/apbd.csv?opd=DLH&code=1.02.02",
        "{id}/apbd.csv?code=2.11.11",
        "{id}/apbd.csv?opd=DLH&code=2.1",
        "{id}/apbd.csv?opd=%00",
        "{id}/apbd.xls",
        "{id}/apbd.csv.md5",
        "{id}/.sig",
        "nothing/apbd.csv",
        "3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f/apbd.csv",
    ],
)
async def test_what_is_not_there_is_said_and_nothing_is_made(
    city: City, brought: BudgetImport, path: str
) -> None:
    answer = await city.client.get(f"/data/anggaran/{path.format(id=brought.id)}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await BudgetExport.all().count() == 0


async def test_a_refused_file_is_never_given_away(city: City, parts: Parts, brought: BudgetImport) -> None:
    await BudgetImport.filter(id=brought.id).update(state="refused")
    answer = await city.client.get(f"/data/anggaran/{brought.id}/apbd.csv")
    assert answer.status_code == 404


async def test_the_query_behind_a_screen_can_be_read(city: City) -> None:
    digest, text = next((d, t) for d, t in load_manifest().items() if "query BudgetPlace(" in t)
    for name in (digest, digest[:16]):
        assert (await city.client.get(f"/data/kueri/{name}")).text == text
    assert (await city.client.get("/data/kueri/0")).json()["code"] == "not_found"
