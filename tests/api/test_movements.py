"""Which files followers hear of: what counts, what will count and what is gone, and not what is overtaken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.core.models import RecordedEvent
from backend.notifications import participants
from backend.notifications.models import Notice
from backend.participation import movements
from backend.participation.following import Around, followers
from backend.participation.models import Follow
from backend.parts import Parts
from tests import sipd, treasury
from tests.city import BUDI, SARI, City, Visitor
from tests.taking_part import (
    DLH_OFFICER,
    PLANNER,
    SUKUN,
    SUKUN_OFFICER,
    bring,
    follow,
    notices,
)

pytestmark = pytest.mark.usefixtures("db")

AUGUST = datetime(2026, 8, 14, 3, 0, tzinfo=UTC)
PROGRAMME = "2.11.11"
FIRST, YEARS = UUID(int=0), range(2025, 2029)


@pytest.fixture
async def budget(parts: Parts, tmp_path: Path) -> BudgetImport:
    """A budget of 60 lines in force."""
    path = tmp_path / "apbd.csv"
    return await bring(parts, path, total=sipd.write(path, sipd.rows(60)))


async def test_followers_hear_of_the_amount_that_moved_and_of_nothing_else(
    city: City, parts: Parts, budget: BudgetImport, tmp_path: Path
) -> None:
    """Given followers of a programme and of an OPD, when a later stage moves one line of the programme,
    then each hears of their place with its amounts, and who follows another OPD hears nothing."""
    sari, budi = await city.login(SARI), await city.login(BUDI)
    await city.drain()  # the first budget of the year came before anyone followed
    await follow(sari, opd="DLH", code="2.11.11")
    await follow(sari, opd="DINKES")
    await follow(budi, opd="DLH")
    rows = list(sipd.rows(60))
    changed = next(r for r in rows if r["kode_program"] == "2.11.11")
    before = sum(Decimal(r["pagu"]) for r in rows if r["kode_program"] == "2.11.11")
    changed["pagu"] = str(Decimal(changed["pagu"]) + 1_000_000)
    path = tmp_path / "pergeseran.csv"
    total = sipd.write(path, rows)
    later = await bring(parts, path, stage="pergeseran-1", since=date(2026, 6, 1), total=total)
    await city.drain()

    ((title, body, url),) = await notices(sari)
    assert title == "Anggaran berubah: Program 2.11.11"
    assert url == "/anggaran/2026/DLH/2.11.11"
    event = await RecordedEvent.get(kind="place_budget_moved", data__contains={"code": "2.11.11"})
    assert (event.data["before"], event.data["after"]) == (str(before), str(before + 1_000_000))
    assert body.endswith("tahun 2026.")
    ((title, _, url),) = await notices(budi)
    assert (title, url) == ("Anggaran berubah: Dinas Lingkungan Hidup", "/anggaran/2026/DLH")

    assert await movements.heard(later.id) == 0


async def test_a_crowd_is_told_page_by_page_and_everyone_once(
    city: City, parts: Parts, budget: BudgetImport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participants, "PAGE", 2)
    people = [await city.login(p) for p in (SARI, BUDI, DLH_OFFICER, SUKUN_OFFICER, PLANNER)]
    await city.drain()
    for person in people:
        await follow(person, opd="DLH")
    rows = list(sipd.rows(60))
    changed = next(r for r in rows if r["kode_program"] == "2.11.11")
    changed["pagu"] = "1"
    path = tmp_path / "pergeseran.csv"
    await bring(parts, path, stage="pergeseran-1", since=date(2026, 6, 1), total=sipd.write(path, rows))
    await city.drain()
    assert await Notice.filter(kind="place_budget_moved").count() == 5


async def test_followers_hear_what_was_paid_for_an_office_and_below_it(
    city: City, parts: Parts, budget: BudgetImport, tmp_path: Path
) -> None:
    """Given followers of an OPD and of a programme in it, when a table of payments comes into force,
    then each hears what was paid for their place, and revenue is no payment."""
    sari, budi = await city.login(SARI), await city.login(BUDI)
    await city.drain()
    await follow(sari, opd="DLH")
    await follow(budi, opd="DLH", code="2.11.11")
    path = tmp_path / "realisasi.csv"
    head = (
        "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
    )
    lines = (
        "DLH,2026-06-30,2.11.11.2.01.0012,5.1.02.01.01.0025,Solar,1000000,250000,25,0",
        "DLH,2026-06-30,,4.1.02.01.01.0001,Retribusi,700000,300000,42.86,0",
    )
    path.write_text("\n".join([head, *lines, ""]))
    day = "2026-06-30"
    await treasury.bring(parts, path, ImportKind.REALISATION, day, Decimal(550_000), date(2026, 6, 30))
    await city.drain()
    for person, name in ((sari, "Dinas Lingkungan Hidup"), (budi, "Program 2.11.11")):
        ((title, body, _),) = await notices(person)
        assert title == f"Pembayaran berubah: {name}"
        assert body == "Rp 0 menjadi Rp 250.000, sampai 30 Juni 2026."


def with_programme(amount: int, year: int) -> list[dict[str, str]]:
    """60 lines, the programme's cut to one with this much; without any where that is nothing."""
    rows = [row | {"tahun": str(year)} for row in sipd.rows(60)]
    ours = [r for r in rows if r["kode_program"] == PROGRAMME][:1] if amount else []
    others = [r for r in rows if r["kode_program"] != PROGRAMME]
    return [*others, *(r | {"pagu": str(amount), "nama_standar_harga": str(uuid4())} for r in ours)]


async def put(parts: Parts, folder: Path, stage: str, since: date, amount: int) -> BudgetImport:
    """Put a stage in force whose programme has this much."""
    path = folder / f"{uuid4()}.csv"
    total = sipd.write(path, with_programme(amount, since.year))
    return await bring(parts, path, stage=stage, since=since, total=total)


async def followed(
    city: City, parts: Parts, folder: Path, before: list[tuple[str, date, int]], came: tuple[str, date, int]
) -> tuple[Visitor, BudgetImport]:
    """Files in force, then a follower of the programme, then a file more that followers may hear of; on 14 August."""
    with clock.at(AUGUST):
        for number, stage in enumerate(before):
            with clock.at(AUGUST + timedelta(seconds=number)):
                await put(parts, folder, *stage)
        await city.drain()
        sari = await city.login(SARI)
        await follow(sari, opd="DLH", code=PROGRAMME)
        with clock.at(AUGUST + timedelta(minutes=1)):
            file = await put(parts, folder, *came)
        await city.drain()
    return sari, file


MURNI = ("murni", date(2026, 1, 1), 5_000_000)
PERUBAHAN = ("perubahan", date(2026, 8, 1), 7_000_000)
LATER = ("perubahan", date(2026, 10, 1), 7_000_000)
NEXT_YEAR = ("murni", date(2027, 1, 1), 6_000_000)
MOVED, WILL, NAME = "Anggaran berubah", "Anggaran akan berubah", "Program 2.11.11"


@pytest.mark.parametrize(
    ("before", "came", "title", "body"),
    [
        (
            *([MURNI], PERUBAHAN, f"{MOVED}: {NAME}"),
            "Rp 5.000.000 menjadi Rp 7.000.000, tahun 2026.",
        ),
        (
            *([MURNI, PERUBAHAN], ("perubahan", date(2026, 8, 1), 8_000_000), f"{MOVED}: {NAME}"),
            "Rp 7.000.000 menjadi Rp 8.000.000, tahun 2026.",
        ),
        ([MURNI, PERUBAHAN], ("murni", date(2026, 1, 1), 4_000_000), "", "the overtaken stage"),
        (
            [MURNI, PERUBAHAN],
            ("pergeseran-1", date(2026, 6, 1), 4_000_000),
            "",
            "an older stage that comes late",
        ),
        ([MURNI], ("perubahan", date(2026, 8, 1), 5_000_000), "", "the same amount"),
        (
            *([MURNI], LATER, f"{WILL}: {NAME}"),
            "Rp 5.000.000 menjadi Rp 7.000.000, tahun 2026. Berlaku mulai 1 Oktober 2026.",
        ),
        (
            *([MURNI, LATER], ("perubahan", date(2026, 10, 1), 9_000_000), f"{WILL}: {NAME}"),
            "Rp 7.000.000 menjadi Rp 9.000.000, tahun 2026. Berlaku mulai 1 Oktober 2026.",
        ),
        (
            *([MURNI, LATER], ("murni", date(2026, 1, 1), 4_000_000), f"{MOVED}: {NAME}"),
            "Rp 5.000.000 menjadi Rp 4.000.000, tahun 2026.",
        ),
        (
            *([MURNI], NEXT_YEAR, f"Anggaran 2027: {NAME}"),
            "Rp 6.000.000, berlaku mulai 1 Januari 2027. Tahun 2026: Rp 5.000.000.",
        ),
        (
            *([MURNI, NEXT_YEAR], ("murni", date(2027, 1, 1), 8_000_000), f"{WILL}: {NAME}"),
            "Rp 6.000.000 menjadi Rp 8.000.000, tahun 2027. Berlaku mulai 1 Januari 2027.",
        ),
        ([MURNI], ("murni", date(2027, 1, 1), 5_000_000), "", "the same amount in a new year"),
        ([MURNI], ("murni", date(2025, 1, 1), 9_000_000), "", "a year that is over"),
        (
            *([MURNI], ("murni", date(2027, 1, 1), 0), f"Tidak ada lagi di anggaran 2027: {NAME}"),
            "Sebelumnya Rp 5.000.000, tahun 2026. Berlaku mulai 1 Januari 2027. Lihat yang paling mirip.",
        ),
        (
            *([MURNI], ("perubahan", date(2026, 8, 1), 0), f"Tidak ada lagi di anggaran 2026: {NAME}"),
            "Sebelumnya Rp 5.000.000, tahun 2026. Berlaku mulai 1 Agustus 2026. Lihat yang paling mirip.",
        ),
    ],
)
async def test_followers_hear_of_what_counts_and_of_what_will(
    city: City,
    parts: Parts,
    tmp_path: Path,
    before: list[tuple[str, date, int]],
    came: tuple[str, date, int],
    title: str,
    body: str,
) -> None:
    """Given files in force and a follower of a programme, on 14 August 2026 another file comes into force."""
    with clock.at(AUGUST):
        sari, file = await followed(city, parts, tmp_path, before, came)
        # however late and often somebody hears of the file
        with clock.at(AUGUST + timedelta(days=200)):
            assert await movements.heard(file.id) == 0
        told = await notices(sari)
        assert [(said, text) for said, text, _ in told] == ([(title, body)] if title else [])
        place, ahead = f"/anggaran/{came[1].year}/DLH/2.11.11", came[1] > AUGUST.date()
        leads = "/diikuti" if not came[2] else f"{place}?tahap={came[0]}" if ahead else place
        assert [url for _, _, url in told] == ([leads] if title else [])
        assert await RecordedEvent.filter(subject_kind="budget_moved").count() == bool(title)


async def test_what_is_gone_leads_to_what_is_followed(city: City, parts: Parts, tmp_path: Path) -> None:
    with clock.at(AUGUST):
        await put(parts, tmp_path, *MURNI)
        await city.drain()
        sari = await city.login(SARI)
        await follow(sari, opd="DLH", code=PROGRAMME)
        await follow(sari, opd="DLH")
        await put(parts, tmp_path, "murni", date(2027, 1, 1), 0)
        await city.drain()
        assert {title: url for title, _, url in await notices(sari)} == {
            f"Tidak ada lagi di anggaran 2027: {NAME}": "/diikuti",
            "Tidak ada lagi di anggaran 2027: Dinas Lingkungan Hidup": "/diikuti",
        }


def paid(day: str, amount: int) -> str:
    """A table of what was paid for the programme's work up to a day."""
    head = (
        "kode_opd,periode,kode_sub_kegiatan,kode_rekening,uraian,anggaran,realisasi,persentase,realisasi_ly"
    )
    line = f"DLH,{day},2.11.11.2.01.0012,5.1.02.01.01.0025,Solar,9000000,{amount},0,0"
    return "\n".join([head, line, ""])


@pytest.mark.parametrize(
    ("before", "came", "body"),
    [
        (["2026-06-30"], "2026-07-31", "Rp 600 menjadi Rp 731, sampai 31 Juli 2026."),
        (["2026-06-30"], "2026-03-31", ""),
        (["2025-06-30"], "2025-12-31", ""),
        (["2026-06-30"], "2027-01-31", "Rp 0 menjadi Rp 131, sampai 31 Januari 2027."),
    ],
)
async def test_followers_hear_of_the_newest_payments_of_the_years_they_look_at(
    city: City, parts: Parts, tmp_path: Path, before: list[str], came: str, body: str
) -> None:
    """Given a follower since 2026, an older table and one of a year before are kept and told to nobody."""

    async def pay(day: str) -> None:
        amount = int(day[5:7]) * 100 + int(day[8:]) if day[8:] == "31" else int(day[5:7]) * 100
        path = tmp_path / f"{day}.csv"
        path.write_text(paid(day, amount))
        await treasury.bring(
            parts, path, ImportKind.REALISATION, day, Decimal(amount), date.fromisoformat(day)
        )

    with clock.at(AUGUST):
        await put(parts, tmp_path, *MURNI)
        for day in before:
            await pay(day)
        await city.drain()
        sari = await city.login(SARI)
        await follow(sari, opd="DLH", code=PROGRAMME)
        with clock.at(AUGUST + timedelta(seconds=1)):
            await pay(came)
        await city.drain()
        assert [text for _, text, _ in await notices(sari)] == ([body] if body else [])


async def test_who_began_to_follow_later_is_not_told_of_work_and_payments_before(
    city: City, budget: BudgetImport
) -> None:
    sari, budi = await city.login(SARI), await city.login(BUDI)
    await follow(sari, opd="DLH", code=PROGRAMME)
    await follow(budi, opd="DLH")
    await Follow.filter(code="").update(year=2027)
    around = Around("DLH", PROGRAMME, budget.classification, above=True)
    seen = {year: len(await followers(replace(around, seen_by=year), FIRST, 9)) for year in YEARS}
    assert seen == {2025: 0, 2026: 1, 2027: 2, 2028: 2}


def called(rows: list[dict[str, str]], names: dict[str, str]) -> list[dict[str, str]]:
    """The same rows with sub-activities and programmes of these names by code."""
    kinds = ("program", "kegiatan", "sub_kegiatan")
    return [row | {f"nama_{k}": names.get(row[f"kode_{k}"], row[f"nama_{k}"]) for k in kinds} for row in rows]


GONE = """{ budgetFollows { code name kelurahanCode
    gone { year stage lastYear lastStage lastTotal } } }"""
LIKE = '{ budgetClosest(year: 2027, opd: "DLH", code: "%s", text: "%s") { opdCode code level name total } }'


async def test_a_place_that_the_new_year_lacks_says_what_it_was_and_what_is_most_like_it(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    """Given a follower of a sub-activity of DLH, when next year's draft has it under another code and name,
    then it is gone with its last name, year and amount, and the new one is found by its words, at its depth."""
    old, new, other = "2.11.11.2.01.0012", "2.11.11.2.01.0013", "1.02.02.2.01.0002"

    async def bring_year(year: int, sub: str, names: dict[str, str], amount: str) -> None:
        rows = [row | {"tahun": str(year)} for row in sipd.rows(9)]
        ours = next(r for r in rows if r["kode_program"] == PROGRAMME)
        others = [r for r in rows if r["kode_program"] != PROGRAMME]
        ours |= {"kode_sub_kegiatan": sub, "pagu": amount}
        path = tmp_path / f"{year}.csv"
        total = sipd.write(path, called([*others, ours], names))
        await bring(parts, path, since=date(year, 1, 1), total=total)

    with clock.at(AUGUST):
        await bring_year(2026, old, {old: "Pengangkutan sampah"}, "5000000")
        sari = await city.login(SARI)
        for what in ({"opd": "DLH", "code": old}, {"opd": "DLH"}, {"kelurahan": SUKUN}):
            await follow(sari, **what)
        assert [f["gone"] for f in (await sari.ask(GONE))["budgetFollows"]] == [None, None, None]

        names = {new: "Pengelolaan dan pengangkutan sampah", other: "Sampah medis rumah sakit"}
        await bring_year(2027, new, names, "6000000")
        kelurahan, office, sub = (await sari.ask(GONE))["budgetFollows"]
        assert (kelurahan["gone"], office["gone"]) == (None, None)
        assert sub == {
            **{"code": old, "name": "Pengangkutan sampah", "kelurahanCode": ""},
            "gone": {
                **{"year": 2027, "stage": "murni", "lastYear": 2026, "lastStage": "murni"},
                "lastTotal": "5000000.00",
            },
        }
        like = (await city.nobody.ask(LIKE % (old, "Pengangkutan sampah")))["budgetClosest"]
        assert like == [
            {
                **{"opdCode": "DLH", "code": new, "level": "SUB_ACTIVITY"},
                **{"name": "Pengelolaan dan pengangkutan sampah", "total": "6000000.00"},
            }
        ]
        # No words in common, no code at all: nothing is like it.
        assert (await city.nobody.ask(LIKE % (old, "Jembatan gantung")))["budgetClosest"] == []
        assert (await city.nobody.ask(LIKE % ("", "Dinas Lingkungan Hidup")))["budgetClosest"] == []
        refused = await city.nobody.errors(LIKE % (old, "x"))
        assert refused[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_place_that_a_later_stage_of_the_same_year_drops_is_gone_from_its_day_on(
    city: City, parts: Parts, tmp_path: Path
) -> None:
    with clock.at(AUGUST):
        await put(parts, tmp_path, *MURNI)
        sari = await city.login(SARI)
        await follow(sari, opd="DLH", code=PROGRAMME)
        await put(parts, tmp_path, "perubahan", date(2026, 10, 1), 0)
        assert (await sari.ask(GONE))["budgetFollows"][0]["gone"] is None
    with clock.at(datetime(2026, 10, 1, 3, 0, tzinfo=UTC)):
        gone = (await (await city.login(SARI)).ask(GONE))["budgetFollows"][0]["gone"]
        assert (gone["year"], gone["stage"], gone["lastYear"], gone["lastStage"], gone["lastTotal"]) == (
            *(2026, "perubahan", 2026, "murni"),
            "5000000.00",
        )
