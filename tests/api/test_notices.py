"""Who is told of what, once; and what is recorded stays recorded."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from tortoise.connection import get_connection

from backend.core import jobs
from backend.core.models import RecordedEvent
from backend.core.outbox import ANNOUNCE
from backend.database import transaction
from backend.identity.models import Person
from backend.notifications.listeners import announce
from backend.notifications.models import Notice
from tests.city import AGUS_PTSP, HADI, RINA, SARI, City, Visitor, photo

SERVICE = "DUK-KK-HILANG"
GALIH = "+6281100010091"
WHY = "Foto buram, tulisannya tidak terbaca."
LIST = "{ notices { unread edges { node { id title body url read } } } }"


async def told(city: City) -> dict[str, list[str]]:
    """For each kind of event, who was told as what, in order."""
    await city.drain()
    names = {p.id: p.name.split()[0] for p in await Person.all()}
    found: dict[str, list[str]] = {}
    for row in await Notice.all().order_by("event_id", "id"):
        found.setdefault(row.kind.removeprefix("application_"), []).append(
            f"{names[row.person_id]} {row.audience}"
        )
    return {k: sorted(v) for k, v in found.items()}


async def test_each_step_tells_those_it_concerns(city: City) -> None:
    # when a case walks through every step, each announced before the next
    sari, rina = await city.login(SARI), await city.login(RINA)
    agus, hadi = await city.login(AGUS_PTSP), await city.login(HADI)
    case = await city.apply(sari, SERVICE)
    await city.drain()
    steps: list[tuple[Visitor, str, dict[str, Any]]] = [
        (rina, "takeApplication", {}),
        (rina, "returnApplication", {"returns": [{"requirement": "form_f102", "reason": WHY}]}),
        (sari, "answerReturn", {"documents": []}),
        (rina, "forwardApplication", {"opdCode": "DISNAKERPMPTSP", "reason": WHY}),
        (agus, "takeApplication", {}),
        (agus, "releaseApplication", {}),
        (agus, "takeApplication", {}),
        (agus, "approveApplication", {}),
        (hadi, "sendBackApplication", {"reason": WHY}),
        (rina, "takeApplication", {}),
        (rina, "rejectApplication", {"reason": WHY}),
    ]
    for who, name, given in steps:
        case = await who.move(name, case, **given)
        assert "state" in case, (name, case)
        await city.drain()

    # then the resident is told of each, officers and head of what waits for them
    assert await told(city) == {
        "submitted": ["Ani officer", "Galih officer", "Rina officer", "Sari resident"],
        "taken": ["Sari resident"] * 4,
        "returned": ["Sari resident"],
        "answered": ["Rina officer", "Sari resident"],
        "forwarded": ["Agus officer", "Bagus officer", "Sari resident"],
        "approved": ["Hadi head", "Sari resident"],
        "sent_back": ["Ani officer", "Galih officer", "Rina officer", "Sari resident"],
        "rejected": ["Sari resident"],
    }


async def test_an_event_is_announced_once_however_often_the_job_runs(city: City) -> None:
    await city.apply(await city.login(SARI), SERVICE)
    await city.drain()
    event = await RecordedEvent.get()
    before = await Notice.all().count()

    assert await announce(event.id) == 0
    async with transaction():
        await jobs.enqueue(ANNOUNCE, {"event": event.id})
    await city.drain()

    assert await Notice.all().count() == before == 4


async def test_a_notice_is_read_in_the_language_of_its_reader(city: City) -> None:
    sari = await city.login(SARI)
    case = await city.apply(sari, SERVICE)
    await city.drain()
    (edge,) = (await sari.ask(LIST))["notices"]["edges"]
    assert edge["node"]["url"] == f"/permohonan/{case['number']}"
    assert edge["node"]["title"].endswith(": kami terima")
    assert case["numberText"] in edge["node"]["body"]
    sari.locale = "en"
    (edge,) = (await sari.ask(LIST))["notices"]["edges"]
    assert edge["node"]["title"].endswith(": received")
    rina = await city.login(RINA)
    (edge,) = (await rina.ask(LIST))["notices"]["edges"]
    assert edge["node"]["url"] == f"/berkas/{case['number']}"


async def test_notices_are_marked_as_read_once_and_only_the_own(city: City) -> None:
    sari = await city.login(SARI)
    await city.apply(sari, SERVICE)
    await city.apply(sari, SERVICE)
    await city.drain()
    data = (await sari.ask(LIST))["notices"]
    ids = [e["node"]["id"] for e in data["edges"]]
    assert data["unread"] == 2
    left = await sari.act("readNotices", "... on NoticesRead { unread }", ids=ids[:1])
    assert left["unread"] == 1
    assert (await sari.ask("{ me { unreadNotices } }"))["me"]["unreadNotices"] == 1
    many = {"idempotencyKey": str(uuid4()), "ids": ids[1:2] * 51}
    document = "mutation M($i: ReadNoticesInput!) { readNotices(input: $i) { __typename } }"
    refused = (await sari.errors(document, i=many))[0]["extensions"]
    assert refused == {"code": "OVER_LIMIT", "limit": "ids", "found": 51, "most": 50}
    assert (await sari.ask("{ me { unreadNotices } }"))["me"]["unreadNotices"] == 1
    wrong = await sari.act("readNotices", "", ids=["x"])
    assert wrong["__typename"] == "NotFound"


async def test_nothing_is_enqueued_by_an_act_that_was_rolled_back(city: City) -> None:
    # given a case that is held
    rina, galih = await city.login(RINA), await city.login(GALIH)
    case = await rina.move("takeApplication", await city.apply(await city.login(SARI), SERVICE))
    await city.drain()

    # when acts are refused after they began
    for name, given in (
        ("releaseApplication", {}),
        ("rejectApplication", {"reason": WHY}),
        ("approveApplication", {}),
    ):
        assert (await galih.move(name, case, **given))["code"] == "not_holder"
    await city.apply(await city.login(SARI), SERVICE, documents=[])

    # then no job waits
    assert await city.drain() == []


async def test_a_job_outside_a_transaction_is_refused_by_the_house(city: City, apart: Any) -> None:
    async with transaction():
        await jobs.enqueue(ANNOUNCE, {"event": 1})
    # it is enqueued with the transaction, and another connection does not see it before that commits
    assert await apart.fetchval("SELECT count(*) FROM pgqueuer") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recorded_events SET kind = 'x'",
        "DELETE FROM recorded_events",
        "TRUNCATE recorded_events",
        "UPDATE service_versions SET digest = ''",
        "DELETE FROM service_versions",
    ],
)
async def test_what_was_recorded_cannot_be_changed_or_taken_out(city: City, statement: str) -> None:
    await city.apply(await city.login(SARI), SERVICE)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        async with transaction():
            await get_connection("default").execute_query(statement)
    assert await RecordedEvent.all().count() == 1


async def test_the_version_of_a_case_is_the_number_of_its_events(city: City) -> None:
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move(
        "returnApplication", case, returns=[{"requirement": "loss_or_damaged", "reason": WHY}]
    )
    page = {"requirement": "loss_or_damaged", "uploadId": await city.placed(sari, photo((5, 5, 5)))}
    case = await sari.move("answerReturn", case, documents=[page])
    case = await rina.move("approveApplication", case)
    rows = await get_connection("default").execute_query_dict(
        "SELECT a.version, count(e.*) AS events, min(e.seq) AS first, max(e.seq) AS last"
        " FROM applications a JOIN recorded_events e ON e.subject_id = a.id GROUP BY a.id, a.version"
    )
    assert rows == [{"version": 5, "events": 5, "first": 1, "last": 5}]
    events = await RecordedEvent.all()
    assert not [e for e in events if "Sari" in str(e.data) or "3573015" in str(e.data)]
