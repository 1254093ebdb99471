"""Following public money, asking about it and proposing what it is for: who is told, who may, and what stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.budget.models import BudgetImport
from backend.core import clock
from backend.participation import questions
from backend.participation.models import Follow, Question
from backend.parts import Parts
from tests import sipd
from tests.city import BUDI, SARI, City, Visitor
from tests.taking_part import (
    DLH_HEAD,
    DLH_OFFICER,
    FOLLOWS,
    INSPECTOR,
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

QUESTION = (
    "id version round state text dueOn late answer answeredAs hiddenWhy mine"
    " mayAskAgain mayAnswer mayMend mayHide opd { code }"
)
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


THREAD = f"... on QuestionChanged {{ question {{ {QUESTION} earlier {{ text answeredAs }} thread {{ {QUESTION} }} }} }}"
MORE = "Berapa harga satu truk itu sebenarnya?"
ANSWER = "Karena truk bertambah tiga."


async def again(who: Visitor, seen: dict[str, Any], text: str = MORE, **what: Any) -> dict[str, Any]:
    return await who.act(
        "askAgain", THREAD, questionId=seen["id"], version=seen["version"], text=text, **what
    )


async def reply(who: Visitor, seen: dict[str, Any], text: str = ANSWER, act: str = "answerQuestion") -> Any:
    return await who.act(act, THREAD, questionId=seen["id"], version=seen["version"], answer=text)


async def test_who_asked_asks_again_twice_each_with_a_clock_of_its_own(
    city: City, budget: BudgetImport
) -> None:
    """Given an answer, when the asker asks again a week later, then five working days run anew, everyone reads the
    conversation in order, and after two more rounds it ends."""
    sari, officer, budi = [await city.login(p) for p in (SARI, DLH_OFFICER, BUDI)]
    with clock.at(NOW):
        asked = (await ask(sari))["question"]
        assert (await nothing_recorded_by(again(sari, asked)))["currentState"] == "waiting"
        first = (await reply(officer, asked))["question"]
    with clock.at(NOW + timedelta(days=7)):
        await city.drain()
        assert (await nothing_recorded_by(again(budi, first)))["code"] == "not_yours"
        personal = await nothing_recorded_by(again(sari, first, "Hubungi 081234567890 ya"))
        assert personal["__typename"] == "InvalidInput"
        key = str(uuid4())
        second = (await again(sari, first, idempotencyKey=key))["question"]
        assert (await again(sari, first, idempotencyKey=key))["question"]["id"] == second["id"]
        assert (second["round"], second["dueOn"], second["state"]) == (2, "2026-12-07", "WAITING")
        assert (await nothing_recorded_by(again(sari, first, "Dan solarnya berapa?")))[
            "code"
        ] == "stale_version"
        await city.drain()
        officer = await city.login(DLH_OFFICER)
        assert (await notices(officer))[0][:2] == (
            "Warga bertanya lagi: Dinas Lingkungan Hidup",
            "Jawab paling lambat 7 Desember 2026.",
        )
    with clock.at(NOW + timedelta(days=15)):
        assert await questions.tell_late() == 1
        second = (
            await city.nobody.ask(
                f'{{ budgetQuestions(year: 2026, opd: "DLH") {{ edges {{ node {{ thread {{ {QUESTION} }} }} }} }} }}'
            )
        )["budgetQuestions"]["edges"][0]["node"]["thread"][1]
        assert second["late"] is True
        sari, officer = await city.login(SARI), await city.login(DLH_OFFICER)
        answered = (await reply(officer, second, "Satu truk Rp 900 juta."))["question"]
        third = (await again(sari, answered, "Bensinnya berapa sebulan?"))["question"]
        last = (await reply(officer, third, "Sekitar Rp 40 juta."))["question"]
        assert [(one["round"], one["text"], one["answer"]) for one in last["thread"]] == [
            (1, TEXT, ANSWER),
            (2, MORE, "Satu truk Rp 900 juta."),
            (3, "Bensinnya berapa sebulan?", "Sekitar Rp 40 juta."),
        ]
        assert (await nothing_recorded_by(again(sari, last)))["code"] == "enough_rounds"
    listed = await sari.ask("{ myQuestions { edges { node { round thread { mayAskAgain } } } } }")
    ((only),) = [edge["node"] for edge in listed["myQuestions"]["edges"]]
    assert (only["round"], [one["mayAskAgain"] for one in only["thread"]]) == (1, [False] * 3)


async def test_a_mended_answer_leaves_the_old_one_to_read(city: City, budget: BudgetImport) -> None:
    sari, officer, other = [await city.login(p) for p in (SARI, DLH_OFFICER, SUKUN_OFFICER)]
    asked = (await ask(sari))["question"]
    early = await nothing_recorded_by(reply(officer, asked, act="mendAnswer"))
    assert (early["__typename"], early["currentState"]) == ("Conflict", "waiting")
    seen = (await reply(officer, asked))["question"]
    for who in (sari, other):
        refused = await nothing_recorded_by(reply(who, seen, "Jawaban lain yang panjang.", "mendAnswer"))
        assert refused["code"] == "not_your_office"
    assert (await nothing_recorded_by(reply(officer, seen, ANSWER, "mendAnswer")))[
        "__typename"
    ] == "InvalidInput"
    stale = seen
    for number in range(5):
        stale = seen
        seen = (await reply(officer, stale, f"Truk bertambah {number}.", "mendAnswer"))["question"]
    assert (seen["answer"], seen["mayAskAgain"]) == ("Truk bertambah 4.", False)
    assert [one["text"] for one in seen["earlier"]] == [ANSWER, *(f"Truk bertambah {n}." for n in range(4))]
    late = await nothing_recorded_by(reply(officer, stale, "Jawaban lain yang panjang.", "mendAnswer"))
    assert late["code"] == "stale_version"
    most = await nothing_recorded_by(reply(officer, seen, "Jawaban lain yang panjang.", "mendAnswer"))
    assert most["code"] == "enough_mended"
    await city.drain()
    assert (await notices(sari))[0][:2] == (
        "Jawaban diperbaiki",
        "Dinas Lingkungan Hidup. Diperbaiki Dinas Lingkungan Hidup.",
    )
