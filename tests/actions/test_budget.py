"""Bringing files into the budget: whole and balanced, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.connection import get_connection

from backend.budget import actions, imports, queries
from backend.budget.actions import Announced
from backend.budget.models import BudgetImport, BudgetLine, BudgetName, BudgetStage, FundSource
from backend.budget.rules import ImportKind
from backend.budget.verify import differences
from backend.core import clock
from backend.core.actors import SYSTEM, Actor
from backend.core.models import RecordedEvent
from backend.core.problems import Conflict, InvalidInput, NotAllowed
from backend.core.texts import Locale
from backend.core.words import plain_day
from backend.parts import Parts
from tests import sipd
from tests.treasury import DECREE, load

pytestmark = pytest.mark.usefixtures("db")


def announced(total: Decimal, **other: object) -> Announced:
    said = Announced(ImportKind.EXPENDITURE, sipd.YEAR, "murni", DECREE, date(2026, 1, 1), total, "apbd.csv")
    return replace(said, **other)  # type: ignore[arg-type]


async def sums() -> dict[str, Decimal]:
    """The sum of every level of the budget in force, which all must be the same."""
    found = await get_connection("default").execute_query_dict(
        "SELECT 'totals' AS level, sum(amount) AS s FROM budget_totals JOIN budget_years USING (import_id)"
        " UNION ALL SELECT 'accounts', sum(amount) FROM budget_accounts JOIN budget_years USING (import_id)"
        " UNION ALL SELECT 'level ' || level, sum(amount) FROM budget_nodes JOIN budget_years USING (import_id)"
        " GROUP BY level"
    )
    return {row["level"]: row["s"] for row in found}


async def test_the_city_knows_its_fund_sources() -> None:
    assert await FundSource.all().count() == 18
    assert (await FundSource.get(code="1.1")).name == "Pendapatan Asli Daerah"
    assert (await FundSource.get(code="2.2.01.01.03")).earmarked


async def test_a_balanced_file_is_in_force_with_every_sum(parts: Parts, tmp_path: Path) -> None:
    # given
    total = sipd.write(tmp_path / "a.csv", sipd.rows(300))
    # when
    row = await load(parts, tmp_path / "a.csv", announced(total))
    # then
    assert (row.state, row.faults, row.lines, row.total) == ("in_force", [], 300, total)
    assert await sums() == dict.fromkeys(("totals", "accounts", "level 1", "level 2", "level 3"), total)
    assert await differences() == []
    first = await BudgetLine.filter(import_id=row.id).order_by("row").first()
    assert first is not None
    assert (first.row, first.opd, first.name) == (2, "DINKES", "Barang contoh 0")
    assert first.written == (tmp_path / "a.csv").read_text().splitlines()[1]
    assert (await BudgetName.get(kind="programme", code="2.11.11")).name == "Program 2.11.11"
    kept = b"".join([chunk async for chunk in parts.documents.read(row.key)])
    assert kept == (tmp_path / "a.csv").read_bytes()


def _set(column: str, value: str) -> Callable[[dict[str, str]], None]:
    return lambda row: row.__setitem__(column, value)


@pytest.mark.parametrize(
    ("spoil", "column", "code"),
    [
        (_set("tahun", "2025"), "tahun", "other_year"),
        (_set("nama_skpd", "Dinas yang Tidak Ada"), "kode_skpd", "unknown_opd"),
        (_set("kode_sumber_dana", "1.9"), "kode_sumber_dana", "unknown_source"),
        (_set("kode_sumber_dana", "PAD"), "kode_sumber_dana", "bad_code"),
        (_set("kode_rekening", "5.9.02.01.01.0025"), "kode_rekening", "bad_code"),
        (_set("kode_rekening", "5.1.02"), "kode_rekening", "bad_code"),
        (_set("kode_sub_kegiatan", "9.99.02.2.01.0001"), "kode_sub_kegiatan", "bad_code"),
        (_set("kode_program", "1.02.03"), "kode_program", "not_under_parent"),
        (_set("pagu", "satu juta"), "pagu", "bad_amount"),
        (_set("pagu", "1.000,50"), "pagu", "two_styles"),
        (_set("pagu", "-1.00"), "pagu", "negative"),
    ],
)
async def test_one_bad_line_refuses_the_file_and_is_named(
    parts: Parts, tmp_path: Path, spoil: Callable[[dict[str, str]], None], column: str, code: str
) -> None:
    # given a good file of 100 rows in which one is spoilt
    given_rows = list(sipd.rows(100))
    total = sum((Decimal(r["pagu"]) for r in given_rows), Decimal())
    spoil(given_rows[56])
    with_spoilt = tmp_path / "b.csv"
    sipd_write_raw(with_spoilt, given_rows)
    # when
    row = await load(parts, with_spoilt, announced(total))
    # then
    assert row.state == "refused"
    assert [(f["line"], f["column"], f["code"]) for f in row.faults] == [(58, column, code)]
    assert await BudgetLine.all().count() == 0
    assert await BudgetStage.all().count() == 0
    assert await sums() == {"totals": None, "accounts": None}


def sipd_write_raw(path: Path, given_rows: list[dict[str, str]]) -> None:
    """Write rows whose amounts need not be plain decimals."""
    lines = [",".join(given_rows[0])]
    lines += [",".join(f'"{value}"' for value in row.values()) for row in given_rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def test_a_file_that_does_not_balance_is_refused_with_the_difference(
    parts: Parts, tmp_path: Path
) -> None:
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    row = await load(parts, tmp_path / "a.csv", announced(total + Decimal("0.01")))
    assert row.state == "refused"
    assert [(f["code"], f["value"]) for f in row.faults] == [
        ("not_balanced", f"{total} - {total + Decimal('0.01')} = -0.01")
    ]
    assert await BudgetLine.all().count() == 0


async def test_the_same_bytes_under_another_name_are_refused(parts: Parts, tmp_path: Path) -> None:
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    first = await load(parts, tmp_path / "a.csv", announced(total))
    second = await load(parts, tmp_path / "a.csv", announced(total, stage="pergeseran-1", file_name="b.csv"))
    assert (first.state, second.state) == ("in_force", "refused")
    day = plain_day(clock.today(), Locale.ID)
    assert [(f["code"], f["id"], f["value"]) for f in second.faults] == [
        ("repeated", f"Berkas yang sama persis sudah dimuat pada {day}.", first.file_name)
    ]
    assert await BudgetLine.all().count() == 10


async def test_a_correction_supersedes_and_changes_nothing_before_it(parts: Parts, tmp_path: Path) -> None:
    # given a file in force
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    first = await load(parts, tmp_path / "a.csv", announced(total))
    before = await BudgetLine.filter(import_id=first.id).order_by("row").values()
    # when another takes its place
    mended = sipd.write(tmp_path / "b.csv", sipd.rows(12, seed=2))
    second = await load(parts, tmp_path / "b.csv", announced(mended))
    # then
    await first.refresh_from_db()
    assert (first.state, first.superseded_by, second.state) == ("superseded", second.id, "in_force")
    assert await BudgetLine.filter(import_id=first.id).order_by("row").values() == before
    assert (await sums())["totals"] == mended
    stage = await queries.stage_in_force(sipd.YEAR)
    assert stage == queries.Stage("murni", second.id)
    assert {c["opd"] for c in second.changes} == {"DINKES", "DLH", "BKAD"}


async def test_what_became_of_a_file_is_never_altered(parts: Parts, tmp_path: Path) -> None:
    # given a file in force
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    row = await load(parts, tmp_path / "a.csv", announced(total))
    # when it is read again, by anybody and with anything
    for path in (tmp_path / "a.csv", tmp_path / "none.csv"):
        with pytest.raises(Conflict) as refused:
            await imports.bring(SYSTEM, row.id, path)
        assert refused.value.code == "already_read"
    with pytest.raises(NotAllowed):
        await imports.bring(Actor(person=uuid4(), name="Sari"), row.id, tmp_path / "a.csv")
    # then nothing moved, and each step is an event
    await row.refresh_from_db()
    assert (row.state, await BudgetLine.all().count()) == ("in_force", 10)
    events = await RecordedEvent.filter(subject_id=row.id).order_by("seq")
    assert [event.kind for event in events] == ["budget_file_received", "budget_in_force"]


async def test_a_workbook_comes_in_as_its_csv_would(parts: Parts, tmp_path: Path) -> None:
    given_rows = list(sipd.rows(30))
    total = sipd.write(tmp_path / "a.csv", given_rows)
    sipd.write_workbook(tmp_path / "a.xlsx", given_rows)
    row = await load(parts, tmp_path / "a.xlsx", announced(total, file_name="a.xlsx"))
    assert (row.state, row.faults, row.lines, row.total) == ("in_force", [], 30, total)
    assert (await sums())["level 3"] == total


async def test_a_zip_that_is_no_workbook_is_refused(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    row = await load(parts, tmp_path / "a.xlsx", announced(Decimal(1), file_name="a.xlsx"))
    assert (row.state, [f["code"] for f in row.faults]) == ("refused", ["unreadable"])


async def test_a_dry_run_says_what_would_change_and_keeps_nothing(parts: Parts, tmp_path: Path) -> None:
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    row = await load(parts, tmp_path / "a.csv", announced(total, trial=True))
    assert (row.state, row.lines, len(row.changes)) == ("trial", 10, 3)
    assert await BudgetLine.all().count() == 0
    assert await BudgetStage.all().count() == 0


async def test_a_stage_counts_from_its_day(parts: Parts, tmp_path: Path) -> None:
    total = sipd.write(tmp_path / "a.csv", sipd.rows(10))
    first = await load(parts, tmp_path / "a.csv", announced(total))
    later = sipd.write(tmp_path / "b.csv", sipd.rows(10, seed=2))
    await load(
        parts, tmp_path / "b.csv", announced(later, stage="perubahan", effective_on=date(2026, 12, 31))
    )
    assert await queries.stage_in_force(sipd.YEAR) == queries.Stage("murni", first.id)


async def test_headings_of_the_outline_are_not_added(parts: Parts, tmp_path: Path) -> None:
    given_rows = list(sipd.rows(10))
    heading = given_rows[0] | {"kode_rekening": "", "nama_rekening": "", "pagu": "99999999.00"}
    total = sipd.write(tmp_path / "a.csv", [heading, *given_rows])
    row = await load(parts, tmp_path / "a.csv", announced(total))
    assert (row.state, row.lines, row.skipped, row.total) == ("in_force", 10, 1, total)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"year": 1999}, "year"),
        ({"stage": "draft"}, "stage"),
        ({"classification": "Perwal 1/2026"}, "classification"),
        ({"control_total": Decimal("-1")}, "controlTotal"),
        ({"control_total": Decimal("0.001")}, "controlTotal"),
        ({"file_name": ""}, "fileName"),
    ],
)
async def test_what_is_said_of_a_file_is_checked(
    parts: Parts, tmp_path: Path, change: dict[str, object], path: str
) -> None:
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(InvalidInput) as refused:
        await load(parts, tmp_path / "a.csv", announced(Decimal(1), **change))
    assert [f.path for f in refused.value.faults] == [path]
    assert await BudgetImport.all().count() == 0


async def test_nobody_else_brings_files(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(NotAllowed):
        await actions.receive(
            Actor(person=uuid4(), name="Sari"),
            uuid4(),
            announced(Decimal(1)),
            tmp_path / "a.csv",
            parts.documents,
        )
    assert await BudgetImport.all().count() == 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), lines=st.integers(1, 80))
async def test_every_level_adds_up_to_the_control_total(
    parts: Parts, tmp_path: Path, seed: int, lines: int
) -> None:
    path = tmp_path / f"{uuid4()}.csv"
    total = sipd.write(path, sipd.rows(lines, seed=seed))
    row = await load(parts, path, announced(total))
    assert row.state == "in_force" or [f["code"] for f in row.faults] == ["repeated"]
    assert await differences() == []
