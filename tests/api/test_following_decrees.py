"""Following goes on where the codes' decree changes: by name, once, and never with another thing's amount."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise.connection import get_connection

from backend.budget.actions import Announced
from backend.budget.events import PlaceKind
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.core.models import RecordedEvent
from backend.notifications import participants
from backend.participation import movements
from backend.participation.models import Follow
from backend.parts import Parts
from tests import sipd, treasury
from tests.api.test_movements import AUGUST, FIRST
from tests.city import BUDI, SARI, City, Visitor
from tests.taking_part import FOLLOWS, follow, notices

pytestmark = pytest.mark.usefixtures("db")

OLD, NEW = "Kepmendagri 900.1-2850/2025", "Kepmendagri 900.1-861/2026"
LAST = "Kepmendagri 900.1.15.5-3406/2024"  # any third one
WASTE, PLAN, PARK = "Pengelolaan persampahan", "Perencanaan lingkungan", "Taman kota"
# A programme by its code, and what it is called, with its rupiah; an activity and a sub-activity lie in each.
Programmes = list[tuple[str, str, int]]
THEN: Programmes = [("2.11.08", WASTE, 70), ("2.11.11", PLAN, 20)]
# Waste has the code that was planning's; planning is gone.
NOW: Programmes = [("2.11.11", WASTE.upper(), 100), ("2.11.05", PARK, 4)]
LISTED = "{ budgetFollows { opdCode code kelurahanCode year name gone { year lastYear lastTotal } } }"


@dataclass
class Files:
    """Brings budgets and payments of DLH, each a second after the last."""

    city: City
    parts: Parts
    folder: Path
    count: int = 0

    async def bring(
        self, kind: ImportKind, stage: str, decree: str, since: date, written: Any
    ) -> BudgetImport:
        path = self.folder / f"{uuid4()}.csv"
        self.count += 1
        with clock.at(AUGUST + timedelta(seconds=self.count)):
            said = Announced(kind, since.year, stage, decree, since, written(path), path.name)
            row = await treasury.load(self.parts, path, said)
        assert (row.state, row.faults) == ("in_force", [])
        return row

    async def budget(
        self, decree: str, given: Programmes, since: date = date(2026, 1, 1), stage: str = "murni"
    ) -> BudgetImport:
        _, dlh, _ = sipd.rows(3)
        lines = [
            dlh
            | {"tahun": str(since.year), "kode_program": code, "nama_program": name}
            | {"kode_kegiatan": f"{code}.2.01", "nama_kegiatan": "Pengurangan"}
            | {"kode_sub_kegiatan": f"{code}.2.01.0012", "nama_sub_kegiatan": f"Kerja {name.casefold()}"}
            | {"pagu": f"{amount}.00", "nama_standar_harga": str(number)}
            for number, (code, name, amount) in enumerate(given)
        ]
        return await self.bring(
            ImportKind.EXPENDITURE, stage, decree, since, lambda path: sipd.write(path, lines)
        )

    async def paid(self, day: date, paid: dict[str, int]) -> BudgetImport:
        head = "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
        lines = [
            f"DLH,{day},{code}.2.01.0012,5.1.02.01.01.0025,Solar,9000,{amount},0,0"
            for code, amount in paid.items()
        ]

        def write(path: Path) -> Decimal:
            path.write_text("\n".join([head, *lines, ""]))
            return Decimal(sum(paid.values()))

        # Payments are announced with the decree of the day, whatever the year's budget is written in.
        return await self.bring(ImportKind.REALISATION, day.isoformat(), NEW, day, write)

    async def told(self, who: Visitor) -> list[tuple[str, str, str]]:
        """What somebody was told since the last time, the newest first."""
        before = len(await notices(who))
        await self.city.drain()
        found = await notices(who)
        return found[: len(found) - before]


@pytest.fixture
async def files(db: None, city: City, parts: Parts, tmp_path: Path) -> Any:
    with clock.at(AUGUST):
        yield Files(city, parts, tmp_path)


async def followed(files: Files, *codes: str, given: Programmes = THEN) -> Visitor:
    """Sari follows these places of 2026, whose budget is written in the old decree."""
    await files.budget(OLD, given)
    await files.city.drain()
    sari = await files.city.login(SARI)
    for code in codes:
        assert "follows" in await follow(sari, opd="DLH", code=code)
    return sari


async def listed(who: Visitor) -> list[tuple[Any, ...]]:
    found = (await who.ask(LISTED))["budgetFollows"]
    return [(f["code"], f["year"], f["name"], f["gone"] and f["gone"]["lastTotal"]) for f in found]


NEXT = date(2027, 1, 1)
WILL = "berlaku mulai 1 Januari 2027. Tahun 2026:"


@pytest.mark.parametrize("tail", ["", ".2.01", ".2.01.0012"])
async def test_a_place_with_a_new_code_is_told_once_with_its_own_amounts(files: Files, tail: str) -> None:
    """Given a follower of waste, when next year's budget gives it the code that was planning's,
    then one message holds its amount against the old one, and the list leads to the new place."""
    sari = await followed(files, f"2.11.08{tail}")
    file = await files.budget(NEW, NOW, NEXT)
    ((title, body, url),) = await files.told(sari)
    assert title.startswith("Anggaran 2027: ")
    assert body == f"Rp 100, {WILL} Rp 70."
    assert url == f"/anggaran/2027/DLH/2.11.11{tail}?tahap=murni"
    ((code, year, _, gone),) = await listed(sari)
    assert (code, year, gone) == (f"2.11.11{tail}", 2027, None)

    # hearing of it again changes nothing
    rows = await Follow.all().order_by("id").values()
    assert await movements.heard(file.id) == 0
    assert await Follow.all().order_by("id").values() == rows
    assert await RecordedEvent.filter(subject_kind="budget_moved").count() == 1


@pytest.mark.parametrize("tail", ["", ".2.01", ".2.01.0012"])
async def test_a_place_without_a_namesake_is_gone_though_its_code_lives_on(files: Files, tail: str) -> None:
    """Given a follower of planning, when its code becomes waste's, then planning is gone with its last amount."""
    sari = await followed(files, f"2.11.11{tail}")
    await files.budget(NEW, NOW, NEXT)
    ((title, body, url),) = await files.told(sari)
    assert title.startswith("Tidak ada lagi di anggaran 2027: ")
    assert PLAN in title or tail
    assert body.startswith("Sebelumnya Rp 20, tahun 2026.")
    assert url == "/diikuti"
    ((code, year, name, gone),) = await listed(sari)
    assert (code, year, gone) == (f"2.11.11{tail}", 2026, "20.00")
    assert WASTE.upper() != name

    # and what its code means now is never told
    await files.budget(NEW, [("2.11.11", WASTE.upper(), 900)], NEXT)
    await files.paid(date(2027, 1, 31), {"2.11.11": 50})
    with clock.at(datetime.fromisoformat("2027-02-01T03:00:00+00:00")):
        assert await files.told(await files.city.login(SARI)) == []


async def test_two_programmes_that_change_their_codes_are_each_told_their_own(files: Files) -> None:
    sari = await followed(files, "2.11.08", "2.11.11", "")
    await follow(sari, kelurahan="35.73.04.1001")
    await files.budget(NEW, [("2.11.11", WASTE, 100), ("2.11.08", PLAN, 30)], NEXT)
    told = {url: body for _, body, url in await files.told(sari)}
    assert told == {
        "/anggaran/2027/DLH/2.11.11?tahap=murni": f"Rp 100, {WILL} Rp 70.",
        "/anggaran/2027/DLH/2.11.08?tahap=murni": f"Rp 30, {WILL} Rp 20.",
        "/anggaran/2027/DLH?tahap=murni": f"Rp 130, {WILL} Rp 90.",
    }
    assert {(code, name) for code, _, name, _ in await listed(sari)} == {
        ("2.11.11", WASTE),
        ("2.11.08", PLAN),
        ("", "Dinas Lingkungan Hidup"),
        ("", "Ciptomulyo"),
    }


async def test_a_name_that_stands_twice_tells_nothing_but_with_its_code(files: Files) -> None:
    sari = await followed(
        files, "2.11.02", "2.11.03", given=[("2.11.02", "Penunjang", 1), ("2.11.03", "Penunjang", 2)]
    )
    await files.budget(NEW, [("2.11.03", "Penunjang", 5), ("2.11.04", "Penunjang", 6)], NEXT)
    told = await files.told(sari)
    assert [(title, body.split(".")[0]) for title, body, _ in sorted(told)] == [
        ("Anggaran 2027: Penunjang", "Rp 5, berlaku mulai 1 Januari 2027"),
        ("Tidak ada lagi di anggaran 2027: Penunjang", "Sebelumnya Rp 1, tahun 2026"),
    ]


async def test_the_years_go_on_side_by_side_each_in_its_own_codes(files: Files) -> None:
    """Given a follower who was carried over, when this year's budget and payments move in the old codes and next
    year's in the new ones, then each is told of waste; and a year that is over is told to nobody."""
    sari = await followed(files, "2.11.08")
    await files.budget(NEW, NOW, NEXT)
    await files.told(sari)
    await files.budget(OLD, [("2.11.08", WASTE, 75), ("2.11.11", PLAN, 21)], date(2026, 8, 1), "perubahan")
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 70 menjadi Rp 75, tahun 2026.", "/anggaran/2026/DLH/2.11.08")
    ]
    await files.paid(date(2026, 7, 31), {"2.11.08": 40, "2.11.11": 8})
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 0 menjadi Rp 40, sampai 31 Juli 2026.", "/anggaran/2026/DLH/2.11.08")
    ]
    await files.budget(OLD, [("2.11.08", WASTE, 1)], date(2025, 1, 1))
    assert await files.told(sari) == []
    await files.budget(NEW, [("2.11.11", WASTE, 120), ("2.11.08", "Laboratorium", 9)], NEXT)
    assert [body for _, body, _ in await files.told(sari)] == [
        "Rp 100 menjadi Rp 120, tahun 2027. Berlaku mulai 1 Januari 2027."
    ]
    await files.paid(date(2027, 1, 31), {"2.11.08": 3, "2.11.11": 50})
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 0 menjadi Rp 50, sampai 31 Januari 2027.", "/anggaran/2027/DLH/2.11.11")
    ]
    assert [(code, year) for code, year, _, _ in await listed(sari)] == [("2.11.11", 2027)]


async def test_a_decree_that_changes_within_a_year_and_is_put_off_falls_back_to_the_old_codes(
    files: Files,
) -> None:
    sari = await followed(files, "2.11.08")
    await files.budget(NEW, NOW, date(2026, 8, 1), "perubahan")
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 70 menjadi Rp 100, tahun 2026.", "/anggaran/2026/DLH/2.11.11")
    ]
    await files.budget(NEW, [("2.11.11", WASTE, 110)], date(2026, 10, 1), "perubahan")
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        (
            "Sekarang Rp 70, sebelumnya Rp 100. Mulai 1 Oktober 2026: Rp 110. Tahun 2026.",
            "/anggaran/2026/DLH/2.11.08",
        )
    ]
    assert [(code, year) for code, year, _, _ in await listed(sari)] == [("2.11.08", 2026)]


async def test_payments_across_a_change_of_decree_are_each_read_in_their_own_codes(files: Files) -> None:
    sari = await followed(files, "2.11.08", "2.11.11")
    await files.paid(date(2026, 6, 30), {"2.11.08": 40, "2.11.11": 8})
    await files.budget(NEW, NOW, date(2026, 8, 1), "perubahan")
    await files.told(sari)
    await files.paid(date(2026, 8, 10), {"2.11.11": 60})
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 40 menjadi Rp 60, sampai 10 Agustus 2026.", "/anggaran/2026/DLH/2.11.11")
    ]


@pytest.mark.parametrize(("year", "code"), [(2026, "2.11.08"), (2027, "2.11.11")])
async def test_a_phone_that_knows_the_old_code_still_ends_it(files: Files, year: int, code: str) -> None:
    """Given somebody who was carried over, when a phone ends it in either year's code, nothing is left of it."""
    sari = await followed(files, "2.11.08", "2.11.11")
    await files.budget(NEW, NOW, NEXT)
    await files.city.drain()
    left = await sari.act("unfollowBudget", FOLLOWS, year=year, opd="DLH", code=code)
    assert [f["name"] for f in left["follows"]] == [PLAN]
    assert [row.code for row in await Follow.all()] == ["2.11.11"]
    await sari.act("unfollowBudget", FOLLOWS, year=2026, opd="DLH", code="2.11.11")
    assert await Follow.all().count() == 0


async def test_following_a_place_of_a_year_whose_next_is_written_anew_knows_both(files: Files) -> None:
    """Given next year's budget in the new decree, when somebody follows a place of this year, then it is the same
    one next year: following it there too is following once, and the code's new meaning is another thing."""
    await files.budget(OLD, THEN)
    await files.budget(NEW, NOW, NEXT)
    await files.city.drain()
    sari = await files.city.login(SARI)
    await follow(sari, opd="DLH", code="2.11.08")
    assert await listed(sari) == [("2.11.11", 2027, WASTE.upper(), None)]
    again = {"opd": "DLH", "code": "2.11.11"}
    assert len((await sari.act("followBudget", FOLLOWS, year=2027, **again))["follows"]) == 1
    assert len((await follow(sari, **again))["follows"]) == 2
    assert sorted(await listed(sari), key=str) == [
        ("2.11.11", 2026, PLAN, "20.00"),
        ("2.11.11", 2027, WASTE.upper(), None),
    ]


async def test_two_follows_that_meet_in_one_place_become_one(files: Files) -> None:
    """Given somebody who follows waste in the codes of either decree, as could be before follows knew theirs, when a
    file tells that it is one place, then they follow it once, since the earlier day, and either code ends it."""
    sari = await followed(files, "2.11.08")
    await files.budget(NEW, NOW, NEXT)
    (old,) = await Follow.all()
    other = uuid4()
    later: dict[str, Any] = {"code": "2.11.11", "classification": NEW, "year": 2027}
    await Follow.create(
        id=other,
        first_id=other,
        person_id=old.person_id,
        opd="DLH",
        since=old.since + timedelta(days=1),
        **later,
    )
    await files.told(sari)
    assert await listed(sari) == [("2.11.11", 2027, WASTE.upper(), None)]
    assert {(row.first_id, row.since, row.year) for row in await Follow.all()} == {(other, old.since, 2026)}
    corrected = await files.budget(NEW, [("2.11.11", WASTE, 130)], NEXT)
    assert [body for _, body, _ in await files.told(sari)] == [
        "Rp 100 menjadi Rp 130, tahun 2027. Berlaku mulai 1 Januari 2027."
    ]
    assert await movements.heard(corrected.id) == 0
    await sari.act("unfollowBudget", FOLLOWS, year=2026, opd="DLH", code="2.11.08")
    assert await Follow.all().count() == 0


async def test_who_follows_the_namesake_before_the_file_is_told_follows_once(files: Files) -> None:
    sari = await followed(files, "2.11.08")
    await files.budget(NEW, NOW, NEXT)
    await sari.act("followBudget", FOLLOWS, year=2027, opd="DLH", code="2.11.11")
    assert await listed(sari) == [("2.11.11", 2027, WASTE.upper(), None)]
    assert [body for _, body, _ in await files.told(sari)] == [f"Rp 100, {WILL} Rp 70."]
    assert {row.code for row in await Follow.all()} == {"2.11.08", "2.11.11"}


async def test_a_chain_of_decrees_is_followed_to_its_end(files: Files) -> None:
    """Given a name that stood twice in the first decree and once since, when a third gives it another code, then the
    second decree tells which it is."""
    sari = await followed(files, "2.11.03", given=[("2.11.02", "Penunjang", 1), ("2.11.03", "Penunjang", 2)])
    await files.budget(NEW, [("2.11.03", "Penunjang", 5)], NEXT)
    await files.told(sari)
    await files.budget(LAST, [("2.11.09", "Penunjang", 7), ("2.11.03", PARK, 8)], date(2028, 1, 1))
    assert [(body, url) for _, body, url in await files.told(sari)] == [
        ("Rp 7, berlaku mulai 1 Januari 2028. Tahun 2027: Rp 5.", "/anggaran/2028/DLH/2.11.09?tahap=murni")
    ]
    assert await listed(sari) == [("2.11.09", 2028, "Penunjang", None)]


async def test_work_under_a_code_is_told_to_who_follows_it_in_that_decree(files: Files) -> None:
    """Given followers of waste and of planning, work under a code is told by the decree of its year."""
    await followed(files, "2.11.08")
    budi = await files.city.login(BUDI)
    await follow(budi, opd="DLH", code="2.11.11")
    await files.budget(NEW, NOW, NEXT)
    await files.city.drain()
    who = {row.code: row.person_id for row in await Follow.filter(classification=OLD)}
    (work,) = participants.PARTICIPANTS[PlaceKind.MILESTONE_MOVED]

    async def told(year: int) -> list[Any]:
        data = {"year": year, "opd": "DLH", "code": "2.11.11.2.01.0012", "kelurahan": []}
        return await participants.audience(work, RecordedEvent(data=data), FIRST)

    assert await told(2026) == [who["2.11.11"]]
    assert await told(2027) == [who["2.11.08"]]


async def test_the_migration_finds_the_decree_in_which_a_code_was_meant(files: Files) -> None:
    """Given follows, when the migration is taken back and done again, then what the person made is left, each with the
    decree of its year's stage that holds it, or of the newest file that does."""
    sari = await followed(files, "2.11.08", "2.11.11", "")
    await files.budget(NEW, NOW, NEXT)
    await files.city.drain()
    assert await Follow.all().count() == 4
    await Follow.filter(code="2.11.11", classification=OLD).update(year=2027)
    await Follow.filter(code="2.11.08").update(year=2020)
    migration = import_module("backend.migrations.0034_follow_decrees")
    steps = ("NO_GUARDS", "NO_DECREES", "DECREES", "MEANT", "GUARDS")
    await get_connection("default").execute_script("".join(f"{getattr(migration, step)};" for step in steps))
    found = {(row.code, row.classification) for row in await Follow.all() if row.first_id == row.id}
    assert found == {("", ""), ("2.11.08", OLD), ("2.11.11", NEW)}
    assert len(await listed(sari)) == await Follow.all().count() == 3
