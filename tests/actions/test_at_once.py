"""Many at once, on connections of their own: one wins, the others are told, and nothing is counted twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from starlette.applications import Starlette

from backend.app import create_app
from backend.core.ids import new_number
from backend.core.models import RecordedEvent
from backend.core.rates import Meter
from backend.identity.gateways import ConsoleGateway
from backend.notifications.listeners import announce
from backend.parts import Parts
from backend.settings import Bucket, Settings
from backend.signing.models import Letter
from schema.ids import uuid_of
from tests.city import RINA, SARI, City, Visitor, photo
from tests.committed import committed_city, count

GALIH = "+6281100010091"
NIB, KK = "PTSP-NIB", "DUK-KK-HILANG"


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


async def together(*acts: Any) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*acts))


def said(answers: list[dict[str, Any]]) -> Counter[str]:
    """How many were done, and how often each code came."""
    return Counter(a.get("code", "done") if "state" not in a else "done" for a in answers)


async def test_five_submissions_with_one_key_make_one_case(open_city: City) -> None:
    sari, key, number = await open_city.login(SARI), str(uuid4()), new_number()
    answers = await together(
        *(open_city.apply(sari, NIB, idempotencyKey=key, receiptNumber=number) for _ in range(5))
    )
    assert said(answers) == {"done": 5}
    assert {a["number"] for a in answers} == {number}
    assert await count("applications") == await count("recorded_events") == 1
    assert await count("pgqueuer") == 1


async def test_of_five_submissions_with_one_receipt_number_one_is_a_case(open_city: City) -> None:
    sari, number = await open_city.login(SARI), new_number()
    answers = await together(*(open_city.apply(sari, NIB, receiptNumber=number) for _ in range(5)))
    assert said(answers) == {"done": 1, "number_taken": 4}
    assert await count("applications") == await count("recorded_events") == 1


async def test_of_five_submissions_with_one_upload_one_is_a_case(open_city: City) -> None:
    sari = await open_city.login(SARI)
    page = {"requirement": "loss_or_damaged", "uploadId": await open_city.placed(sari, photo())}
    answers = await together(*(open_city.apply(sari, KK, documents=[page]) for _ in range(5)))
    assert said(answers) == {"done": 1, "upload_missing": 4}
    assert await count("applications") == await count("case_documents") == 1


async def test_of_two_officers_who_take_a_case_one_has_it_and_the_other_a_conflict(open_city: City) -> None:
    sari, rina, galih = [await open_city.login(p) for p in (SARI, RINA, GALIH)]
    case = await open_city.apply(sari, KK)
    answers = await together(
        *(who.move("takeApplication", case) for who in (rina, galih, rina, galih, rina, galih))
    )
    assert said(answers) == {"done": 1, "stale_version": 5}
    assert {a["currentVersion"] for a in answers if "currentVersion" in a} == {2}
    assert await count("recorded_events") == 2


@pytest.fixture
async def busy_city(seeded: str, settings: Settings, parts: Parts, home: Path) -> AsyncIterator[City]:
    """The same house, where a person may ask as often as a whole office does in a morning."""
    plenty = Bucket(100_000, 1000.0)
    rates = replace(settings.rates, person=plenty, device=plenty, anonymous=plenty)
    wide = replace(settings, rates=rates)
    app = create_app(wide, replace(parts, settings=wide, meter=Meter(rates)))
    async with committed_city(app, parts, home) as city:
        yield city


async def test_fifty_approvals_at_once_with_refusals_between_get_fifty_numbers_without_gap_or_double(
    busy_city: City,
) -> None:
    # given fifty cases that are taken, and ten more that a colleague took
    sari, rina, galih = [await busy_city.login(p) for p in (SARI, RINA, GALIH)]
    cases = [await rina.move("takeApplication", await busy_city.apply(sari, KK)) for _ in range(50)]
    others = [await galih.move("takeApplication", await busy_city.apply(sari, KK)) for _ in range(10)]

    # when all are approved at once: each fifth time with an old version first, or a case of the colleague's
    acts: list[Any] = []
    for place, case in enumerate(cases):
        if place % 5 == 0:
            acts.append(rina.move("approveApplication", case, version=1))
            acts.append(rina.move("approveApplication", others[place // 5]))
        acts.append(rina.move("approveApplication", case))
    answers = await together(*acts)

    # then each of the fifty has a number, and a refusal used none up
    assert said(answers) == {"done": 50, "stale_version": 10, "not_holder": 10}
    letters = await Letter.all().order_by("seq")
    assert [x.seq for x in letters] == list(range(1, 51))
    assert len({x.number for x in letters}) == len({x.verify_id for x in letters}) == 50
    assert {x.subject_id for x in letters} == {uuid_of(c["id"], "Application") for c in cases}


async def request(visitor: Visitor, **given: Any) -> dict[str, Any]:
    return await visitor.act("requestCode", "... on CodeSent { challenge }", phone="081234567890", **given)


async def test_of_five_requests_for_a_code_one_is_sent(open_city: City) -> None:
    answers = await together(*(request(open_city.nobody) for _ in range(5)))
    assert said(answers) == {"done": 1, "too_soon": 4}
    assert await count("one_time_codes") == 1


async def test_of_twenty_guesses_at_once_five_count(open_city: City) -> None:
    sent = await request(open_city.nobody)
    gateway = open_city.parts.gateway
    assert isinstance(gateway, ConsoleGateway)
    right = int(gateway.sent["+6281234567890"].split(maxsplit=1)[0])
    guesses = [f"{(right + n) % 1_000_000:06d}" for n in range(1, 21)]
    answers = await together(
        *(open_city.nobody.act("verifyCode", "", challenge=sent["challenge"], code=g) for g in guesses)
    )
    assert said(answers) == {"wrong_code": 20}
    assert await count("one_time_codes", "tries = 5") == 1
    late = await open_city.nobody.act("verifyCode", "", challenge=sent["challenge"], code=f"{right:06d}")
    assert late["code"] == "wrong_code"
    assert await count("sessions") == 0


async def test_a_right_code_sent_three_times_at_once_opens_one_session(open_city: City) -> None:
    await open_city.apply(await open_city.login(SARI), NIB)
    sent = await open_city.nobody.act("requestCode", "... on CodeSent { challenge }", phone="081100000002")
    gateway = open_city.parts.gateway
    assert isinstance(gateway, ConsoleGateway)
    code = gateway.sent["+6281100000002"].split(maxsplit=1)[0]
    before = await count("sessions")
    answers = await together(
        *(open_city.nobody.act("verifyCode", "", challenge=sent["challenge"], code=code) for _ in range(3))
    )
    assert Counter(a["__typename"] for a in answers) == {"LoggedIn": 1, "InvalidInput": 2}
    assert await count("sessions") == before + 1


async def test_two_workers_that_announce_one_event_make_one_notice_each(open_city: City) -> None:
    await open_city.apply(await open_city.login(SARI), KK)
    event = await RecordedEvent.get()
    made = await asyncio.gather(*(announce(event.id) for _ in range(4)))
    assert sum(made) == 4
    assert await count("notices") == 4


async def test_a_case_that_someone_holds_locked_is_a_wait_and_not_a_fault(
    open_city: City, apart: asyncpg.Connection
) -> None:
    # given a case whose row another connection keeps locked
    sari, rina = await open_city.login(SARI), await open_city.login(RINA)
    case = await open_city.apply(sari, KK)
    async with apart.transaction():
        await apart.execute("SELECT 1 FROM applications FOR UPDATE")

        # when an officer takes it meanwhile
        answer = await rina.move("takeApplication", case)

    # then she is told to try again, nothing is recorded, and the next try works
    assert (answer["__typename"], answer["code"]) == ("NotNow", "busy")
    assert await count("recorded_events") == 1
    assert (await rina.move("takeApplication", case))["takenByMe"] is True
