"""Following public money, asking about it and proposing what it is for: who is told, who may, and what stays."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.budget import actions, imports
from backend.budget.actions import Announced
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.models import RecordedEvent
from backend.notifications import participants
from backend.notifications.models import Notice
from backend.participation import movements, questions
from backend.participation.models import Follow, Question
from backend.parts import Parts
from tests import sipd
from tests.city import BUDI, SARI, City, Visitor
from tests.taking_part import (
    DECREE,
    DLH_HEAD,
    DLH_OFFICER,
    FOLLOWS,
    INSPECTOR,
    PLANNER,
    SUKUN,
    SUKUN_OFFICER,
    bring,
    follow,
    nothing_recorded_by,
    notices,
)

pytestmark = pytest.mark.usefixtures("db")

TEXT = "Kenapa anggaran sampah naik tahun ini?"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # a Monday morning in Malang

QUESTION = "id version state text dueOn late answer answeredAs hiddenWhy mine mayAnswer mayHide opd { code }"
ASKED = f"... on QuestionChanged {{ question {{ {QUESTION} }} }}"


@pytest.fixture
async def budget(parts: Parts, tmp_path: Path) -> BudgetImport:
    """A budget of 60 lines in force."""
    path = tmp_path / "apbd.csv"
    return await bring(parts, path, total=sipd.write(path, sipd.rows(60)))


async def ask(who: Visitor, text: str = TEXT, **what: Any) -> dict[str, Any]:
    return await who.act("askQuestion", ASKED, **{"year": 2026, "opd": "DLH", "text": text} | what)


async def test_following_twice_is_following_once_and_ends_when_it_is_ended(
    city: City, budget: BudgetImport
) -> None:
    sari = await city.login(SARI)
    await follow(sari, opd="DLH")
    answer = await follow(sari, opd="DLH")
    assert answer["follows"] == [
        {"opdCode": "DLH", "code": "", "kelurahanCode": "", "name": "Dinas Lingkungan Hidup"}
    ]
    await follow(sari, opd="DLH", code="2.11.11")
    await follow(sari, kelurahan=SUKUN)
    found = (await sari.ask("{ budgetFollows { opdCode code kelurahanCode name } }"))["budgetFollows"]
    assert [(f["opdCode"], f["code"], f["kelurahanCode"]) for f in found] == [
        ("", "", SUKUN),
        ("DLH", "2.11.11", ""),
        ("DLH", "", ""),
    ]
    assert found[1]["name"] == "Program 2.11.11"
    left = await sari.act("unfollowBudget", FOLLOWS, year=2026, opd="DLH")
    assert [f["code"] or f["kelurahanCode"] for f in left["follows"]] == [SUKUN, "2.11.11"]
    budi = await city.login(BUDI)
    assert (await budi.ask("{ budgetFollows { name } }"))["budgetFollows"] == []


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ({}, "InvalidInput"),
        ({"opd": "DLH", "kelurahan": SUKUN}, "InvalidInput"),
        ({"opd": "DLH", "code": "9.99.99"}, "NotFound"),
        ({"opd": "NOPE"}, "NotFound"),
        ({"kelurahan": "35.73.99.9999"}, "NotFound"),
    ],
)
async def test_what_is_not_there_cannot_be_followed(
    city: City, budget: BudgetImport, what: dict[str, str], problem: str
) -> None:
    sari = await city.login(SARI)
    assert (await nothing_recorded_by(follow(sari, **what)))["__typename"] == problem
    assert await Follow.all().count() == 0


async def test_the_fifty_first_is_refused(
    city: City, budget: BudgetImport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.participation.following.FOLLOWS_MOST", 1)
    sari = await city.login(SARI)
    await follow(sari, opd="DLH")
    assert (await follow(sari, opd="DINKES"))["code"] == "enough_followed"
    assert await Follow.all().count() == 1


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


async def test_a_question_is_public_at_once_and_so_is_its_answer(city: City, budget: BudgetImport) -> None:
    sari, officer = await city.login(SARI), await city.login(DLH_OFFICER)
    with clock.at(NOW):
        asked = (await ask(sari, code="2.11.11"))["question"]
        await city.drain()
    assert (asked["state"], asked["dueOn"], asked["mine"], asked["mayAnswer"]) == (
        "WAITING",
        "2026-11-30",
        True,
        False,
    )
    listed = await city.nobody.ask(
        f'{{ budgetQuestions(year: 2026, opd: "DLH", code: "2.11.11") {{ edges {{ node {{ {QUESTION} }} }} }} }}'
    )
    ((seen),) = [e["node"] for e in listed["budgetQuestions"]["edges"]]
    assert (seen["text"], seen["mine"], seen["mayAnswer"]) == (TEXT, False, False)
    assert (await notices(officer))[0][0] == "Pertanyaan warga: Program 2.11.11"

    inbox = await officer.ask(f"{{ questionInbox {{ edges {{ node {{ {QUESTION} }} }} }} }}")
    ((waiting),) = [e["node"] for e in inbox["questionInbox"]["edges"]]
    done = await officer.act(
        "answerQuestion",
        ASKED,
        questionId=waiting["id"],
        version=waiting["version"],
        answer="Karena truk bertambah tiga.",
    )
    await city.drain()
    assert done["question"]["state"] == "ANSWERED"
    assert done["question"]["answer"] == "Karena truk bertambah tiga."
    assert done["question"]["answeredAs"].startswith("Bayu Setiawan, ")
    ((title, body, url),) = await notices(sari)
    assert (title, url) == ("Pertanyaan Anda dijawab", "/anggaran/2026/DLH/2.11.11#tanya")
    assert body == "Program 2.11.11. Dijawab Dinas Lingkungan Hidup."


async def test_only_the_office_that_was_asked_answers_and_only_once(city: City, budget: BudgetImport) -> None:
    sari, officer = await city.login(SARI), await city.login(DLH_OFFICER)
    asked = (await ask(sari))["question"]
    said = {"questionId": asked["id"], "version": asked["version"], "answer": "Jawaban yang cukup panjang."}
    for other in (sari, await city.login(SUKUN_OFFICER), await city.login(INSPECTOR)):
        refused = await nothing_recorded_by(other.act("answerQuestion", ASKED, **said))
        assert (refused["__typename"], refused["code"]) == ("NotAllowed", "not_your_office")
    await officer.act("answerQuestion", ASKED, **said)
    late = await nothing_recorded_by(officer.act("answerQuestion", ASKED, **said))
    assert (late["__typename"], late["currentState"]) == ("Conflict", "answered")


async def test_a_hidden_question_leaves_its_reason_and_its_words_to_those_it_concerns(
    city: City, budget: BudgetImport
) -> None:
    sari, inspector, officer = [await city.login(p) for p in (SARI, INSPECTOR, DLH_OFFICER)]
    asked = (await ask(sari))["question"]
    hidden = await inspector.act(
        "hideQuestion", ASKED, questionId=asked["id"], version=asked["version"], why="INSULT"
    )
    assert hidden["question"]["state"] == "HIDDEN"
    document = f'{{ budgetQuestions(year: 2026, opd: "DLH") {{ edges {{ node {{ {QUESTION} }} }} }} }}'
    for who, text in (
        (city.nobody, None),
        (await city.login(BUDI), None),
        (sari, TEXT),
        (officer, TEXT),
        (inspector, TEXT),
    ):
        ((seen),) = [e["node"] for e in (await who.ask(document))["budgetQuestions"]["edges"]]
        assert (seen["text"], seen["hiddenWhy"]) == (text, "INSULT")
    await city.drain()
    assert (await notices(sari))[0][:2] == ("Pertanyaan Anda tidak ditampilkan", "Alasan: memuat hinaan.")


async def test_the_fourth_question_of_a_day_waits_for_tomorrow(city: City, budget: BudgetImport) -> None:
    sari = await city.login(SARI)
    with clock.at(NOW):
        for number in range(3):
            assert (await ask(sari, f"{TEXT} ({number})"))["__typename"] == "QuestionChanged"
        refused = await nothing_recorded_by(ask(sari, f"{TEXT} (lagi)"))
        assert (refused["code"], refused["notBefore"]) == ("enough_today", "2026-11-24T00:00:00+07:00")
    with clock.at(NOW + timedelta(days=1)):
        assert (await ask(sari, f"{TEXT} (besok)"))["__typename"] == "QuestionChanged"
    assert await Question.all().count() == 4


async def test_the_head_is_told_once_that_an_answer_is_late(city: City, budget: BudgetImport) -> None:
    with clock.at(NOW):
        await ask(await city.login(SARI))
        await city.drain()
    with clock.at(NOW + timedelta(days=7)):
        assert await questions.tell_late() == 0
    with clock.at(NOW + timedelta(days=8)):
        assert await questions.tell_late() == 1
        assert await questions.tell_late() == 0
        await city.drain()
        ((title, body, url),) = await notices(await city.login(DLH_HEAD))
        assert title == "Pertanyaan warga belum dijawab: Dinas Lingkungan Hidup"
        assert (body, url) == ("Seharusnya dijawab 30 November 2026.", "/pertanyaan")
        listed = await city.nobody.ask(
            '{ budgetQuestions(year: 2026, opd: "DLH") { edges { node { late } } } }'
        )
        assert listed["budgetQuestions"]["edges"][0]["node"]["late"] is True


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
    said = Announced(
        ImportKind.REALISATION, 2026, day, DECREE, date(2026, 6, 30), Decimal(550_000), path.name
    )
    row = await imports.bring(
        SYSTEM, await actions.receive(SYSTEM, uuid4(), said, path, parts.documents), path
    )
    assert (row.state, row.faults) == ("in_force", [])
    await city.drain()
    for person, name in ((sari, "Dinas Lingkungan Hidup"), (budi, "Program 2.11.11")):
        ((title, body, _),) = await notices(person)
        assert title == f"Pembayaran berubah: {name}"
        assert body == "Rp 0 menjadi Rp 250.000, sampai 30 Juni 2026."
