"""A file of the budget through the web: announced, sent in parts, read by the worker, refused or in force."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise.connection import get_connection

from backend.budget import arriving
from backend.budget.models import BudgetFilePart, BudgetImport, BudgetLine, BudgetStage
from backend.budget.reading import read_file
from backend.core import clock
from backend.core.models import RecordedEvent
from schema.ids import encode, uuid_of
from storage import keys
from storage.documents import Unavailable
from tests import sipd
from tests.city import RINA, City, Visitor
from tests.treasury import CHANGED, ENDAH, act, announce, hashes, look, put, said, send


@pytest.fixture
async def endah(city: City) -> Visitor:
    return await city.login(ENDAH)


@pytest.fixture
def good(tmp_path: Path) -> tuple[bytes, Decimal]:
    total = sipd.write(tmp_path / "a.csv", sipd.rows(30))
    return (tmp_path / "a.csv").read_bytes(), total


@pytest.fixture
async def arrived(endah: Visitor, good: tuple[bytes, Decimal]) -> dict[str, Any]:
    """An announced file whose one part is here."""
    data, total = good
    made = await announce(endah, data, total)
    assert await put(endah, made, data, 0) == 204
    return made


@pytest.fixture
async def waiting(endah: Visitor, arrived: dict[str, Any]) -> dict[str, Any]:
    """A file that waits for the worker."""
    assert (await act(endah, "readBudgetFile", arrived))["state"] == "WAITING"
    return arrived


async def test_a_file_comes_into_force_and_what_it_changed_is_told(
    city: City, endah: Visitor, good: tuple[bytes, Decimal]
) -> None:
    data, total = good
    found = await send(city, endah, data, total)
    assert (found["state"], found["lines"], found["total"]) == ("IN_FORCE", 30, str(total))
    assert (found["sha256"], found["personName"]) == (
        hashlib.sha256(data).hexdigest(),
        "Endah Lestariningsih",
    )
    assert [c["opd"]["code"] for c in found["changes"]] == ["BKAD", "DINKES", "DLH"]
    assert await city.parts.documents.stat(keys.budget(found["sha256"])) is not None
    assert await BudgetFilePart.all().count() == 0
    place = await city.nobody.ask("{ budgetPlace(year: 2026) { total } }")
    assert place["budgetPlace"]["total"] == str(total)
    events = await RecordedEvent.filter(subject_kind="budget_import").order_by("seq")
    assert [event.kind for event in events] == [
        "budget_file_announced",
        "budget_file_received",
        "budget_in_force",
    ]


async def test_a_trial_says_what_would_change_and_is_put_in_force_without_another_upload(
    city: City, endah: Visitor, good: tuple[bytes, Decimal]
) -> None:
    data, total = good
    tried = await send(city, endah, data, total, trial=True)
    assert (tried["state"], len(tried["changes"])) == ("TRIAL", 3)
    assert await BudgetLine.all().count() == 0

    made = await act(endah, "putBudgetInForce", tried)
    assert (made["state"], made["trial"], made["parts"]) == ("WAITING", False, None)
    await city.drain()
    assert (await look(endah, made))["state"] == "IN_FORCE"
    assert (await look(endah, tried))["state"] == "TRIAL"
    assert (await BudgetStage.get()).import_id == uuid_of(made["id"], "BudgetImport")
    # and what is in force cannot be put in force again
    assert (await act(endah, "putBudgetInForce", made))["code"] == "not_tried"


async def test_a_bad_file_is_refused_whole_with_a_table_that_no_spreadsheet_runs(
    city: City, endah: Visitor, tmp_path: Path
) -> None:
    rows = list(sipd.rows(30))
    rows[4] = rows[4] | {"pagu": "=1+1"}
    rows[9] = rows[9] | {"tahun": "2025"}
    total = Decimal(1)
    sipd.write(
        tmp_path / "a.csv", [r | {"kode_rekening": r["kode_rekening"]} for r in rows if r["pagu"] != "=1+1"]
    )
    text = (tmp_path / "a.csv").read_text()
    bad = text + ",".join(rows[4].values()) + "\r\n"
    found = await send(city, endah, bad.encode(), total)

    assert (found["state"], found["faultCount"]) == ("REFUSED", 2)
    faults = [edge["node"] for edge in found["faults"]["edges"]]
    assert [(f["line"], f["column"], f["code"], f["value"]) for f in faults] == [
        (10, "tahun", "other_year", "2025"),
        (31, "pagu", "bad_amount", "=1+1"),
    ]
    assert found["faultReasons"] == [
        {"code": "other_year", "count": 1},
        {"code": "bad_amount", "count": 1},
    ]
    table = await city.client.get(found["faultsUrl"], headers=endah.headers())
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "apbd-kesalahan.csv" in table.headers["content-disposition"]
    assert table.text.splitlines() == [
        "\ufeffbaris,kolom,sebab,nilai,kode",
        "10,tahun,Tahun baris ini lain dari tahun berkas.,2025,other_year",
        "31,pagu,Bukan jumlah rupiah yang bisa dibaca.,'=1+1,bad_amount",
    ]
    assert await BudgetLine.all().count() == 0
    # and it is for nobody else
    rina = await city.login(RINA)
    for who in (rina, city.nobody):
        assert (await city.client.get(found["faultsUrl"], headers=who.headers())).status_code == 404


async def test_faults_are_read_page_by_page(city: City, endah: Visitor, tmp_path: Path) -> None:
    sipd.write(tmp_path / "a.csv", [row | {"tahun": "2025"} for row in sipd.rows(60)])
    found = await send(city, endah, (tmp_path / "a.csv").read_bytes(), "1")
    page = found["faults"]
    assert (len(page["edges"]), page["pageInfo"]["hasNextPage"]) == (20, True)
    again = "query Q($i: ID!, $a: String) { budgetImport(id: $i) { faults(first: 50, after: $a) { edges { node { line } } } } }"
    rest = await endah.ask(again, i=found["id"], a=page["pageInfo"]["endCursor"])
    assert [e["node"]["line"] for e in rest["budgetImport"]["faults"]["edges"]] == list(range(22, 62))
    other = (
        'query Q($i: ID!) { budgetImport(id: $i) { faults(code: "bad_code") { edges { node { line } } } } }'
    )
    assert (await endah.ask(other, i=found["id"]))["budgetImport"]["faults"]["edges"] == []


async def test_a_large_file_goes_on_where_it_stopped(city: City, endah: Visitor, tmp_path: Path) -> None:
    # given a file of two parts, of which one arrived
    total = sipd.write(tmp_path / "a.csv", sipd.rows(9000))
    data = (tmp_path / "a.csv").read_bytes()
    first = await announce(endah, data, total)
    assert first["parts"]["missing"] == [0, 1]
    assert await put(endah, first, data, 1) == 204
    assert await put(endah, first, data, 1) == 204
    assert (await act(endah, "readBudgetFile", first))["code"] == "not_arrived"
    # when it is announced again, with the total mended
    second = await announce(endah, data, total + 1)
    assert (second["id"], second["parts"]["missing"]) == (first["id"], [0])
    assert second["controlTotal"] == str(total + 1)
    # then other bytes than were announced do not pass
    assert await put(endah, second, b"x" * len(data), 0) == 422
    assert await put(endah, second, data[:-1], 1, sha=hashes(data)[1]) == 422
    assert await put(endah, second, data, 7) == 404
    assert await put(await city.login(RINA), second, data, 0) == 404
    assert (await look(endah, second))["parts"]["missing"] == [0]


async def test_a_file_is_given_up_before_it_is_read_and_its_parts_go(
    city: City, endah: Visitor, waiting: dict[str, Any]
) -> None:
    assert (await act(endah, "cancelBudgetFile", waiting))["state"] == "CANCELLED"
    await city.drain()
    assert (await look(endah, waiting))["state"] == "CANCELLED"
    assert await arriving.sweep(city.parts.documents) == 1
    assert await BudgetFilePart.all().count() == 0
    assert await city.parts.documents.stat(keys.part(uuid_of(waiting["id"], "BudgetImport").hex, 0)) is None
    # and what is done is done
    assert (await act(endah, "cancelBudgetFile", waiting))["code"] == "already_read"


async def test_a_file_that_stopped_arriving_is_given_up_after_a_day(
    city: City, endah: Visitor, arrived: dict[str, Any]
) -> None:
    assert await arriving.sweep(city.parts.documents) == 0
    await BudgetImport.all().update(at=clock.now() - timedelta(hours=25))
    assert await arriving.sweep(city.parts.documents) == 1
    assert (await look(endah, arrived))["state"] == "CANCELLED"


async def test_parts_that_the_store_would_not_give_up_when_they_were_joined_are_swept(
    city: City, endah: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a file of two parts, of which the store forgets but one before it goes away
    total = sipd.write(tmp_path / "a.csv", sipd.rows(9000))
    data = (tmp_path / "a.csv").read_bytes()
    made = await announce(endah, data, total)
    for number in (0, 1):
        await put(endah, made, data, number)
    await act(endah, "readBudgetFile", made)
    import_id, documents = uuid_of(made["id"], "BudgetImport"), city.parts.documents
    forget = documents.delete

    async def away_at_the_second(key: str) -> None:
        if key == keys.part(import_id.hex, 1):
            raise Unavailable
        await forget(key)

    monkeypatch.setattr(documents, "delete", away_at_the_second)
    with pytest.raises(Unavailable):
        await read_file(import_id, documents)
    monkeypatch.undo()
    # when the worker comes back and reads it, the part is still there, and the sweep takes it away
    await city.drain()
    assert (await look(endah, made))["state"] == "IN_FORCE"
    assert await BudgetFilePart.all().count() == 1
    assert await arriving.sweep(documents) == 1
    assert await BudgetFilePart.all().count() == 0
    assert await documents.stat(keys.part(import_id.hex, 1)) is None
    assert await arriving.sweep(documents) == 0


async def test_a_file_that_the_city_could_not_read_is_read_again_or_given_up(
    city: City, endah: Visitor, waiting: dict[str, Any]
) -> None:
    # given a file whose reading was given up
    number = uuid_of(waiting["id"], "BudgetImport")
    await city.work.given_up[arriving.READ]({"import": str(number)})
    told = await look(endah, waiting)
    assert (told["state"], told["lines"], told["faultCount"]) == ("FAILED", 0, 0)
    # when the job that was held runs all the same, nothing happens
    await city.drain()
    assert (await look(endah, waiting))["state"] == "FAILED"
    # then nobody but the treasury has it read again, one key has it read once, and it comes into force
    assert (await act(await city.login(RINA), "readBudgetFile", waiting))["code"] == "not_treasury"
    key = str(uuid4())
    for _ in range(2):
        answer = await endah.act("readBudgetFile", CHANGED, importId=waiting["id"], idempotencyKey=key)
        assert answer["budgetImport"]["state"] == "WAITING"
    assert await city.drain() == ["read_budget_file", "budget_moves", "budget_export"]
    assert (await look(endah, waiting))["state"] == "IN_FORCE"
    # and what is read is not given up any more
    await city.work.given_up[arriving.READ]({"import": str(number)})
    assert (await look(endah, waiting))["state"] == "IN_FORCE"


async def test_a_file_that_the_city_could_not_read_can_be_cancelled(
    city: City, endah: Visitor, waiting: dict[str, Any]
) -> None:
    await city.work.given_up[arriving.READ]({"import": str(uuid_of(waiting["id"], "BudgetImport"))})
    assert (await act(endah, "cancelBudgetFile", waiting))["state"] == "CANCELLED"
    assert (await act(endah, "readBudgetFile", waiting))["code"] == "already_read"
    assert await arriving.sweep(city.parts.documents) == 1


async def test_what_a_killed_worker_left_is_no_progress(endah: Visitor, waiting: dict[str, Any]) -> None:
    said = "INSERT INTO budget_readings (import_id, lines, at) VALUES ($1, 12000, clock_timestamp() - $2::interval)"
    number = uuid_of(waiting["id"], "BudgetImport")
    database = get_connection("default")
    await database.execute_query(said, [number, timedelta(seconds=1)])
    assert (await look(endah, waiting))["linesRead"] == 12000
    await database.execute_query("DELETE FROM budget_readings")
    await database.execute_query(said, [number, timedelta(minutes=1)])
    assert (await look(endah, waiting))["linesRead"] is None


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"year": 1999}, "year"),
        ({"stage": "awal"}, "stage"),
        ({"controlTotal": "banyak"}, "controlTotal"),
        ({"controlTotal": "-1"}, "controlTotal"),
        ({"parts": []}, "parts"),
        ({"parts": ["x" * 64]}, "parts"),
        ({"size": 0}, "size"),
        ({"fileName": ""}, "fileName"),
        ({"classification": "Permen 1"}, "classification"),
        ({"kind": "REALISATION"}, "stage"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    endah: Visitor, good: tuple[bytes, Decimal], wrong: dict[str, Any], path: str
) -> None:
    data, total = good
    answer = await endah.act(
        "announceBudgetFile", "... on InvalidInput { fields { path } }", **(said(data, total) | wrong)
    )
    assert [f["path"] for f in answer["fields"]] == [path]
    assert await BudgetImport.filter(kind="expenditure").count() == 0


async def test_a_file_of_more_than_a_gibibyte_is_too_large(endah: Visitor) -> None:
    answer = await endah.act("announceBudgetFile", CHANGED, **(said(b"x", "1") | {"size": 1024**3 + 1}))
    assert (answer["__typename"], answer["code"]) == ("TooLarge", "file_too_large")


async def test_only_the_finance_agency_sees_and_brings_files(
    city: City, endah: Visitor, good: tuple[bytes, Decimal]
) -> None:
    data, total = good
    made = await announce(endah, data, total)
    rina = await city.login(RINA)
    assert (await announce(rina, data, total))["code"] == "not_treasury"
    for name in ("readBudgetFile", "cancelBudgetFile", "putBudgetInForce"):
        assert (await act(rina, name, made))["code"] == "not_treasury"
        assert (await act(endah, name, {"id": encode("BudgetImport", uuid4())}))["__typename"] == "NotFound"
    ask = (
        "query Q($i: ID!) { budgetImports { edges { node { fileName state } } } budgetImport(id: $i) { id } }"
    )
    assert (await rina.ask(ask, i=made["id"])) == {"budgetImports": {"edges": []}, "budgetImport": None}
    mine = (await endah.ask(ask, i=made["id"]))["budgetImports"]["edges"]
    assert mine[0]["node"] == {"fileName": "apbd.csv", "state": "ARRIVING"}


async def test_the_same_key_makes_one_import(endah: Visitor, good: tuple[bytes, Decimal]) -> None:
    data, total = good
    key = str(uuid4())
    first = await announce(endah, data, total, idempotencyKey=key)
    assert (await announce(endah, data, total, idempotencyKey=key))["id"] == first["id"]
    assert (await announce(endah, data, "7", idempotencyKey=key))["code"] == "key_reused"
