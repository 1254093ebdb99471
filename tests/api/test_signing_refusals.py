"""What does not sign: a cookie alone, a replay, another letter, a swapped draft, a stranger's key; nothing is recorded."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from starlette.applications import Starlette

from backend.applications.models import Application
from backend.core import clock
from backend.core.models import RecordedEvent
from backend.identity.models import Passkey, PostHeld, Session
from backend.identity.soft_key import SoftKey
from backend.parts import Parts
from backend.signing.models import Letter, SigningEvidence, SigningIntent
from schema.ids import uuid_of
from tests.api.test_signing_desk import MONDAY, opened, waiting
from tests.authenticator import add_passkey, approve, key_of, prepare, sign, wish
from tests.city import HADI, ORIGIN, RINA, SARI, City, Visitor
from tests.committed import committed_city, count


@pytest.fixture
async def hadi(city: City) -> Visitor:
    return await city.login(HADI)


async def read(head: Visitor, case: dict[str, Any]) -> dict[str, Any]:
    """The letter of a case as it is to be signed, opened a moment ago."""
    return wish(case, (await opened(head, case))["letter"]["sha256"])


async def nothing_signed() -> None:
    """No letter moved, no case did, no job waits, no evidence is kept."""
    assert {letter.status for letter in await Letter.all()} == {"ready"}
    assert {case.state for case in await Application.all()} == {"waiting_signature"}
    assert await RecordedEvent.filter(kind="application_signing").count() == 0
    assert await SigningEvidence.all().count() == 0


async def audit() -> list[str]:
    """The codes of what was refused, in order."""
    return [row.data["code"] for row in await RecordedEvent.filter(kind="signing_refused").order_by("id")]


async def test_a_cookie_alone_signs_nothing(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    nothing = {"id": "eA", "authenticatorData": "eA", "clientDataJson": "eA", "signature": "eA"}
    done = await approve(hadi, prepared, letter, assertion=nothing)
    assert (done["__typename"], done["code"]) == ("NotAllowed", "approval_unproven")
    await nothing_signed()
    assert await audit() == ["approval_unproven"]


async def test_an_answer_is_taken_once(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    assertion = (await key_of(hadi)).answer(prepared["options"])
    assert (await approve(hadi, prepared, letter, assertion=assertion))["outcomes"][0]["problem"] is None
    again = await approve(hadi, prepared, letter, assertion=assertion)
    assert (again["__typename"], again["code"]) == ("Conflict", "intent_used")
    assert await RecordedEvent.filter(kind="application_signing").count() == 1
    assert await audit() == ["intent_used"]


async def test_an_old_answer_or_one_for_another_letter_does_not_fit_a_new_intent(
    city: City, hadi: Visitor
) -> None:
    one, other = await read(hadi, await waiting(city)), await read(hadi, await waiting(city))
    assertion = (await key_of(hadi)).answer((await prepare(hadi, one))["options"])
    for letter in (one, other):
        prepared = await prepare(hadi, letter)
        done = await approve(hadi, prepared, letter, assertion=assertion)
        assert done["code"] == "approval_unproven"
    # and what one letter's intent approves is no approval of the other
    prepared = await prepare(hadi, one)
    done = await approve(hadi, prepared, other)
    assert done["outcomes"][0]["problem"]["code"] == "not_approved"
    assert {x.status for x in await Letter.all()} == {"ready"}


async def test_a_draft_that_was_swapped_after_the_look_is_refused_in_words(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    await Letter.all().update(draft_sha256="a" * 64)
    (outcome,) = (await approve(hadi, prepared, letter))["outcomes"]
    assert outcome["problem"]["code"] == "letter_moved"
    assert outcome["problem"]["message"].startswith("Surat berubah setelah Anda membukanya")
    # and it cannot even be prepared any more
    assert (await prepare(hadi, letter))["code"] == "letter_moved"
    assert {x.status for x in await Letter.all()} == {"ready"}
    assert await audit() == ["letter_moved"]


async def test_after_five_minutes_it_is_over(city: City) -> None:
    with clock.at(MONDAY):
        hadi = await city.login(HADI)
        letter = await read(hadi, await waiting(city))
        prepared = await prepare(hadi, letter)
    with clock.at(MONDAY + timedelta(minutes=5, seconds=1)):
        done = await approve(hadi, prepared, letter)
    assert (done["__typename"], done["code"]) == ("Conflict", "intent_expired")
    await nothing_signed()
    assert await audit() == ["intent_expired"]


def bent(text: str) -> str:
    """The same bytes with one bit flipped in the middle."""
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[len(data) // 2] ^= 1
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJson"])
async def test_one_bit_anywhere_in_the_answer_is_enough_to_refuse(
    city: City, hadi: Visitor, part: str
) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    assertion = (await key_of(hadi)).answer(prepared["options"])
    done = await approve(hadi, prepared, letter, assertion=assertion | {part: bent(assertion[part])})
    assert done["code"] == "approval_unproven"
    await nothing_signed()


def without_finger(key: SoftKey) -> None:
    key.verified = False


def elsewhere(key: SoftKey) -> None:
    key.origin = "https://lugas.malang.example"


def by_ip(key: SoftKey) -> None:
    key.origin = ORIGIN.replace("localhost", "127.0.0.1")


@pytest.mark.parametrize("change", [without_finger, elsewhere, by_ip])
async def test_no_finger_and_another_origin_sign_nothing(
    city: City, hadi: Visitor, change: Callable[[SoftKey], None]
) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    change(await key_of(hadi))
    done = await approve(hadi, prepared, letter)
    assert done["code"] == "approval_unproven"
    await nothing_signed()
    (kept,) = await RecordedEvent.filter(kind="signing_refused")
    assert kept.actor_id == (await city.actor(hadi)).person


async def test_the_passkey_of_somebody_else_signs_nothing(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    rina = await city.login(RINA)
    done = await approve(hadi, prepared, letter, assertion=(await key_of(rina)).answer(prepared["options"]))
    assert done["code"] == "approval_unproven"
    # nor can she use his intent with her own session
    theirs = await prepare(hadi, letter)
    done = await approve(rina, theirs, letter)
    assert done["code"] == "intent_used"
    await nothing_signed()


async def test_a_passkey_that_was_taken_away_signs_nothing(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    await Passkey.all().update(revoked_at=clock.now())
    done = await approve(hadi, prepared, letter)
    assert done["code"] == "approval_unproven"
    await nothing_signed()


async def test_a_post_that_ended_after_the_look_signs_nothing(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    person = (await city.actor(hadi)).person
    await PostHeld.filter(person_id=person).update(until=clock.today() - timedelta(days=1))
    (outcome,) = (await approve(hadi, prepared, letter))["outcomes"]
    assert outcome["problem"]["code"] in ("not_found", "not_yours")
    assert {x.status for x in await Letter.all()} == {"ready"}


async def test_what_was_not_opened_by_oneself_cannot_be_prepared(city: City, hadi: Visitor) -> None:
    case = await waiting(city)
    sha256 = (await Letter.get()).draft_sha256 or ""
    for head in (hadi, await city.login("+6281100020002")):
        assert (await prepare(head, wish(case, sha256)))["code"] == "not_opened"
    unknown = wish(case, sha256, letterId=case["letter"]["id"][:-2] + "AA")
    assert (await prepare(hadi, unknown))["code"] in ("not_opened", "not_found")
    assert await SigningIntent.all().count() == 0


async def test_who_has_no_passkey_is_told_where_to_get_one(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    await key_of(hadi)
    await Passkey.all().update(revoked_at=clock.now())
    await Session.all().update(opened_by="passkey")
    found = await prepare(hadi, letter)
    assert (found["code"], found["message"]) == (
        "no_passkey",
        "Untuk menandatangani Anda perlu kunci sandi. Tambahkan di Akun.",
    )


async def test_letters_of_weight_need_two_fingers_and_a_reason(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    await Letter.all().update(high=True)
    prepared = await prepare(hadi, letter)
    assert (prepared["secondNeeded"], prepared["reasonNeeded"]) == (True, True)
    key = await key_of(hadi)

    # one finger, or two answers to the same question, or no reason: each intent is used up in vain
    done = await approve(hadi, prepared, letter, second=None, reason="Sudah saya periksa.")
    assert done["code"] == "second_needed"
    prepared = await prepare(hadi, letter)
    first = key.answer(prepared["options"])
    same = key.answer(prepared["options"])
    done = await approve(hadi, prepared, letter, assertion=first, second=same, reason="Sudah saya periksa.")
    assert done["code"] == "approval_unproven"
    prepared = await prepare(hadi, letter)
    second = key.answer(prepared["secondOptions"])
    done = await approve(hadi, prepared, letter, second=second, reason="ya")
    assert done["code"] in ("reason_needed", "approval_unproven")
    await nothing_signed()

    # with both it is signed, and both are kept with the reason
    (outcome,) = await sign(hadi, letter)
    assert outcome["problem"] is None
    assert [e.turn for e in await SigningEvidence.all().order_by("turn")] == [1, 2]
    used = await SigningIntent.get(id=(await Letter.get()).intent_id)
    assert used.reason == "Sudah saya baca semuanya."


async def test_a_decision_of_this_morning_counts_in_the_evening_but_not_after_midnight(city: City) -> None:
    for late, code in ((timedelta(hours=8), None), (timedelta(hours=15, seconds=1), "intent_expired")):
        with clock.at(MONDAY):
            hadi = await city.login(HADI)
            case = await waiting(city)
            seen = await hadi.act(
                "openLetter",
                "... on LetterOpened { letter { sha256 } }",
                applicationId=case["id"],
                ahead=True,
            )
            letter = wish(case, seen["letter"]["sha256"])
            # fetched ahead is not opened: online it has to be opened first
            assert (await prepare(hadi, letter))["code"] == "not_opened"
            prepared = await prepare(hadi, letter, ahead=True)
            given = {"assertion": (await key_of(hadi)).answer(prepared["options"])}
            # later answers of the same key do not stand in the way of one that waited
            (await key_of(hadi)).answer(prepared["options"])
        with clock.at(MONDAY + late):
            done = await approve(await city.login(HADI), prepared, letter, **given)
        assert done.get("code") == code


async def test_a_decision_made_without_a_signal_is_refused_when_the_case_moved(
    city: City, hadi: Visitor
) -> None:
    case = await waiting(city)
    seen = await hadi.act(
        "openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"], ahead=True
    )
    letter = wish(case, seen["letter"]["sha256"])
    prepared = await prepare(hadi, letter, ahead=True)
    await (await city.login(SARI)).move("withdrawApplication", case)
    (outcome,) = (await approve(hadi, prepared, letter))["outcomes"]
    assert outcome["problem"]["code"] == "stale_version"
    assert (await Letter.get()).status == "void"
    assert await audit() == ["stale_version"]


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


async def test_of_two_commits_at_once_one_signs(open_city: City) -> None:
    hadi = await open_city.login(HADI)
    letter = await read(hadi, await waiting(open_city))
    prepared = await prepare(hadi, letter)
    assertion = (await key_of(hadi)).answer(prepared["options"])
    found = await asyncio.gather(*(approve(hadi, prepared, letter, assertion=assertion) for _ in range(4)))
    codes = sorted(f.get("code", "signed") for f in found)
    assert codes == ["intent_used"] * 3 + ["signed"]
    assert await count("recorded_events", "kind = 'application_signing'") == 1
    assert await count("signing_evidence") == 1


async def test_the_challenge_is_the_hash_of_what_is_signed(city: City, hadi: Visitor) -> None:
    letter = await read(hadi, await waiting(city))
    prepared = await prepare(hadi, letter)
    intent = await SigningIntent.get(id=UUID(prepared["intentId"]))
    said = orjson.loads(intent.manifest)
    person = (await city.actor(hadi)).person
    assert {k: said[k] for k in ("v", "purpose", "signer", "capacity", "delegation")} == {
        "v": 1,
        "purpose": "sign_letters",
        "signer": str(person),
        "capacity": "definitive",
        "delegation": None,
    }
    assert said["docs"] == [
        {
            "letter": str(uuid_of(letter["letterId"], "Letter")),
            "sha256": letter["sha256"],
            "capacity": "definitive",
            "delegation": None,
        }
    ]
    assert said["exp"] == int(intent.expires_at.timestamp())
    assert len(said["nonce"]) == 32
    assert (await add_passkey(hadi, SoftKey(ORIGIN)))["passkeys"]
    assert uuid4() != intent.id
