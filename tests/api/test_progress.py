"""Milestones of a sub-activity: recorded by its OPD with photos, public to all, heard by those who follow."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.applications.models import Upload
from backend.budget.rules import ImportKind
from backend.core import clock
from backend.core.models import RecordedEvent
from backend.notifications.models import Notice
from backend.progress import queries
from backend.progress.models import BudgetLocation, Milestone, MilestonePhoto
from schema.ids import uuid_of
from tests import sipd
from tests.city import RINA, SARI, City, Visitor, photo
from tests.treasury import bring

CODE = "1.02.02.2.01.0002"
HERE = {"year": 2026, "opd": "DINKES", "code": CODE}
OFFICER = "+6281100010005"
FIELDS = """
mayRecord milestones { id version code name text plannedOn doneOn percent late photos { url sha256 } }
places { kelurahan { code } share }
"""
CHANGED = f"... on ProgressChanged {{ progress {{ {FIELDS} }} }} ... on InvalidInput {{ fields {{ path }} }}"
BY_KELURAHAN = """
query Q($k: String!) { budgetByKelurahan(year: 2026) { kelurahan { code } amount places unsplit }
  budgetInKelurahan(year: 2026, kelurahan: $k) { opdCode code name total amount } }
"""
STEP = {"name": "Pondasi selesai", "plannedOn": "2026-06-01", "percent": 0}


@pytest.fixture
async def officer(city: City, tmp_path: Path) -> Visitor:
    """An officer of the health office, whose sub-activity stands in a budget."""
    total = sipd.write(tmp_path / "a.csv", sipd.rows(30))
    path, since = tmp_path / "a.csv", date(2026, 1, 1)
    await bring(city.parts, path, ImportKind.EXPENDITURE, "murni", total, since)
    return await city.login(OFFICER)


async def save(who: Visitor, **given: Any) -> dict[str, Any]:
    answer = await who.act("saveMilestone", CHANGED, **(HERE | STEP | given))
    found: dict[str, Any] = answer.get("progress") or answer
    return found


async def seen(who: Visitor, code: str = CODE) -> dict[str, Any]:
    ask = 'query Q($c: String!) { budgetProgress(year: 2026, opd: "DINKES", code: $c) {' + FIELDS + "} }"
    data = await who.ask(ask, c=code)
    found: dict[str, Any] = data["budgetProgress"]
    return found


async def test_a_step_is_planned_moved_and_done_and_everyone_sees_it_with_its_photos(
    city: City, officer: Visitor
) -> None:
    # given a step that is planned
    made = (await save(officer))["milestones"][0]
    assert (made["version"], made["percent"], made["doneOn"], made["late"]) == (1, 0, None, True)
    # when it moves, with a photo
    upload = await officer.send_file(photo())
    act = {"milestoneId": made["id"], "version": 1, "percent": 40}
    await save(officer, **act, documents=[{"requirement": "photo", "uploadId": upload}])
    # and is done
    today = clock.today().isoformat()
    await save(officer, milestoneId=made["id"], version=2, percent=100, doneOn=today, text="Rampung.")

    # then nobody in particular sees it, from the programme down
    for code in ("1.02.02", "1.02.02.2.01", CODE):
        found = await seen(city.nobody, code)
        (step,) = found["milestones"]
        assert (step["percent"], step["doneOn"], step["text"], step["late"]) == (
            100,
            today,
            "Rampung.",
            False,
        )
        assert found["mayRecord"] is False
    picture = await city.client.get(step["photos"][0]["url"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    # a photo that is in use is not swept, and is not taken twice
    assert (await Upload.get(id=uuid_of(upload, "Upload"))).taken
    again = await save(officer, name="Atap", documents=[{"requirement": "photo", "uploadId": upload}])
    assert again["code"] == "upload_missing"
    assert await MilestonePhoto.all().count() == 1
    assert (await seen(officer))["mayRecord"] is True
    events = await RecordedEvent.filter(subject_kind="budget_place").order_by("seq")
    assert [(e.kind, e.data["percent"]) for e in events] == [
        ("milestone_planned", 0),
        ("milestone_moved", 40),
        ("milestone_done", 100),
    ]
    assert {key: events[2].data[key] for key in ("year", "opd", "code", "name")} == HERE | {
        "name": f"Sub kegiatan {CODE}"
    }


async def test_who_follows_the_programme_hears_of_it(city: City, officer: Visitor) -> None:
    await city.drain()  # the budget itself moved too, and nobody follows it yet
    sari = await city.login(SARI)
    await sari.act("followBudget", "", year=2026, opd="DINKES", code="1.02.02")
    made = (await save(officer))["milestones"][0]
    await save(officer, milestoneId=made["id"], version=1, percent=40)
    await city.drain()
    assert await Notice.filter(kind="milestone_moved").count() == 1
    said = await sari.ask("{ notices { edges { node { title body } } } }")
    assert said["notices"]["edges"][0]["node"]["title"] == f"Pekerjaan berjalan: Sub kegiatan {CODE}"
    assert "Pondasi selesai, 40 %." in said["notices"]["edges"][0]["node"]["body"]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": "x"}, "name"),
        ({"text": "x" * 2001}, "text"),
        ({"percent": 101}, "percent"),
        ({"percent": 100}, "doneOn"),
        ({"percent": 50, "doneOn": "2026-01-05"}, "doneOn"),
        ({"percent": 100, "doneOn": str(date(2099, 1, 1))}, "doneOn"),
        ({"plannedOn": "2024-01-01"}, "plannedOn"),
        ({"code": "1.02.02"}, "code"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(
    officer: Visitor, wrong: dict[str, Any], path: str
) -> None:
    answer = await save(officer, **wrong)
    assert [f["path"] for f in answer["fields"]] == [path]
    assert await Milestone.all().count() == 0


async def test_only_the_opds_own_staff_records(city: City, officer: Visitor) -> None:
    rina = await city.login(RINA)
    made = (await save(officer))["milestones"][0]
    assert (await save(rina))["code"] == "not_your_office"
    assert (await save(city.nobody))["code"] == "sign_in"
    act = {"milestoneId": made["id"], "version": 1}
    assert (await save(rina, **act, percent=50))["code"] == "not_your_office"
    assert (await rina.act("removeMilestone", CHANGED, **act))["code"] == "not_your_office"
    assert (await rina.act("locateBudget", CHANGED, **HERE, places=[]))["code"] == "not_your_office"
    assert (await seen(rina))["mayRecord"] is False
    assert (await save(officer, code="1.02.02.2.01.0099"))["__typename"] == "NotFound"
    assert await RecordedEvent.filter(subject_kind="budget_place").count() == 1


async def test_who_was_slower_is_told_and_a_removed_step_is_gone(officer: Visitor) -> None:
    made = (await save(officer))["milestones"][0]
    await save(officer, milestoneId=made["id"], version=1, percent=50)
    late = await save(officer, milestoneId=made["id"], version=1, percent=60)
    assert late["code"] == "stale_version"
    gone = await officer.act("removeMilestone", CHANGED, milestoneId=made["id"], version=2)
    assert gone["progress"]["milestones"] == []
    assert (await save(officer, milestoneId=made["id"], version=3))["__typename"] == "NotFound"


async def test_the_same_key_makes_one_step(officer: Visitor) -> None:
    key = str(uuid4())
    await save(officer, idempotencyKey=key)
    assert len((await save(officer, idempotencyKey=key))["milestones"]) == 1


async def test_a_sub_activity_is_for_kelurahan_with_shares_or_without(city: City, officer: Visitor) -> None:
    async def locate(*places: tuple[str, str | None]) -> dict[str, Any]:
        given = [{"kelurahan": k, "share": s} for k, s in places]
        answer = await officer.act("locateBudget", CHANGED, **HERE, places=given)
        found: dict[str, Any] = answer.get("progress") or answer
        return found

    one, two = "35.73.01.1001", "35.73.01.1002"
    for wrong in (((one, None), (one, None)), ((one, "60"), (two, None)), ((one, "60"), (two, "30"))):
        assert [f["path"] for f in (await locate(*wrong))["fields"]] == ["places"]
    assert [f["path"] for f in (await locate(("35.07.01.1001", None)))["fields"]] == ["places"]
    assert await BudgetLocation.all().count() == 0
    await locate((one, None), (two, None))
    shared = await city.nobody.ask(BY_KELURAHAN, k=one)
    assert [(o["amount"], o["places"], o["unsplit"]) for o in shared["budgetByKelurahan"]] == [
        ("0.00", 1, 1)
    ] * 2
    assert shared["budgetInKelurahan"][0]["amount"] is None
    found = await locate((one, "62.5"), (two, "37,5"))
    assert [(p["kelurahan"]["code"], p["share"]) for p in found["places"]] == [(one, "62.50"), (two, "37.50")]
    split = await city.nobody.ask(BY_KELURAHAN, k=two)
    (first, second), (work,) = split["budgetByKelurahan"], split["budgetInKelurahan"]
    assert (first["kelurahan"]["code"], second["kelurahan"]["code"]) == (one, two)
    assert Decimal(first["amount"]) + Decimal(second["amount"]) == Decimal(work["total"])
    assert (work["opdCode"], work["code"], work["amount"]) == ("DINKES", CODE, second["amount"])
    assert Decimal(work["amount"]) == round(Decimal(work["total"]) * Decimal("0.375"), 2)
    assert (await locate())["places"] == []


async def test_a_step_takes_at_most_eight_photos(city: City, officer: Visitor) -> None:
    uploads = [await city.placed(officer, photo((n, 2, 3))) for n in range(9)]
    answer = await save(officer, documents=[{"requirement": "photo", "uploadId": u} for u in uploads])
    assert [f["path"] for f in answer["fields"]] == ["documents"]
    assert await Milestone.all().count() == 0
    assert await Upload.filter(taken=True).count() == 0


def test_a_step_is_late_from_the_day_after() -> None:
    today = date(2026, 6, 1)
    step = queries.Shown(uuid4(), 1, 2026, "DLH", CODE, "x", "", today, None, 0)
    assert [step.is_late(today + timedelta(days=n)) for n in (-1, 0, 1)] == [False, False, True]
