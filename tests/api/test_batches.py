"""Many letters with one approval: up to 20 with one finger, up to 50 with two and a reason, never one more."""

from typing import Any

import pytest

from backend.applications.models import Application
from backend.core.models import RecordedEvent
from backend.services import queries as services
from backend.services.reference import reference
from backend.signing.models import Letter, SigningEvidence, SigningIntent
from tests.api.test_signing_desk import WHY, opened, waiting
from tests.authenticator import approve, key_of, prepare, wish
from tests.city import HADI, City, Visitor

REASON = "Permohonan pekan ini, sudah saya baca semuanya."


async def letters(city: City, head: Visitor, count: int) -> list[dict[str, Any]]:
    """So many letters, each opened by the head, as they are to be signed; with their cases."""
    cases = [await waiting(city, drain=False) for _ in range(count)]
    await city.drain(most=10 * count)
    found = []
    for case in cases:
        found.append(wish(case, (await opened(head, case))["letter"]["sha256"]) | {"case": case})
    return found


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "case"} for row in rows]


async def nothing_signed() -> None:
    """No letter moved, no case did, no evidence is kept."""
    assert {letter.status for letter in await Letter.all()} == {"ready"}
    assert await RecordedEvent.filter(kind="application_signing").count() == 0
    assert await SigningEvidence.all().count() == 0


@pytest.mark.parametrize("count", [20, 21])
async def test_above_twenty_a_second_finger_is_asked_for(city: City, count: int) -> None:
    head = await city.login(HADI)
    batch = bare(await letters(city, head, count))
    prepared = await prepare(head, *batch)
    assert (prepared["secondNeeded"], prepared["reasonNeeded"]) == (count > 20, count > 20)
    # one finger alone
    assertion = (await key_of(head)).answer(prepared["options"])
    done = await approve(head, prepared, *batch, assertion=assertion, second=None)
    if count == 20:
        assert [o["problem"] for o in done["outcomes"]] == [None] * 20
        return
    assert (done["__typename"], done["code"]) == ("InvalidInput", "second_needed")
    await nothing_signed()


async def test_fifty_letters_with_two_fingers_and_a_reason_and_one_of_them_fails(city: City) -> None:
    head = await city.login(HADI)
    rows = await letters(city, head, 51)
    batch = bare(rows)

    # one more than fifty is refused, and nothing is written down
    much = await prepare(head, *batch)
    assert (much["__typename"], much["code"]) == ("TooLarge", "list_too_long")
    assert await SigningIntent.all().count() == 0

    batch = batch[:50]
    prepared = await prepare(head, *batch)
    assert (prepared["secondNeeded"], len(prepared["letters"])) == (True, 50)
    key = await key_of(head)
    # two fingers without a reason
    two = {"assertion": key.answer(prepared["options"]), "second": key.answer(prepared["secondOptions"])}
    done = await approve(head, prepared, *batch, **two)
    assert done["code"] == "reason_needed"
    # a fifty-first slipped in beside the fifty that were approved
    prepared = await prepare(head, *batch)
    two = {"assertion": key.answer(prepared["options"]), "second": key.answer(prepared["secondOptions"])}
    done = await approve(head, prepared, *bare(rows), **two, reason=REASON)
    assert (done["__typename"], done["code"]) == ("TooLarge", "list_too_long")
    await nothing_signed()

    # given a letter of the batch that goes back to the officers after it was opened
    prepared = await prepare(head, *batch)
    await head.move("sendBackApplication", rows[17]["case"], reason=WHY)
    two = {"assertion": key.answer(prepared["options"]), "second": key.answer(prepared["secondOptions"])}
    done = await approve(head, prepared, *batch, **two, reason=REASON)
    # then that one alone is refused
    problems = [o["problem"] and o["problem"]["code"] for o in done["outcomes"]]
    assert problems[17] == "stale_version"
    assert problems[:17] + problems[18:] == [None] * 49
    await city.drain(most=600)
    assert await Letter.filter(status="issued").count() == 49
    assert await Application.filter(state="issued").count() == 49
    used = await SigningIntent.get(id=prepared["intentId"])
    assert used.reason == REASON
    assert await SigningEvidence.filter(intent_id=used.id).count() == 2
    numbers = [str(n) for n in await Letter.filter(status="issued").values_list("number", flat=True)]
    assert len(set(numbers)) == 49
    # and the fifty-first still waits, as does nothing else
    assert await Letter.filter(status="ready").count() == 1


async def test_licences_and_money_are_of_weight_and_nothing_in_the_catalogue_is_strategic(city: City) -> None:
    """FACTS and the notes: kinds that give a licence or decide on money get two fingers; residents' services decide
    nothing on organisation, staffing or budget allocation (UU 30/2014 art. 14(7))."""
    city_now = await reference()
    found = await services.currents(city_now.services, city_now)
    high = {code: d.product.letter.high for code, d in found.items() if d.product.letter.high}
    assert high == {
        **dict.fromkeys(("DLH-TEBANG", "HUB-ANDALALIN", "PTSP-PBG", "PTSP-REKLAME", "PTSP-SIP"), "licence"),
        **dict.fromkeys(("BAP-BPHTB", "BAP-PBB-BARU", "BAP-PBB-MUTASI"), "money"),
    }
    assert {code for code, d in found.items() if d.product.letter.strategic} == set()
