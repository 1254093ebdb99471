"""Heads at their desk: only the draft that was opened is signed, once, and a refusal brings it back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.applications import heads
from backend.applications.models import Application
from backend.core import clock, jobs
from backend.core.actors import SYSTEM, StaffRole
from backend.core.models import RecordedEvent
from backend.database import transaction
from backend.identity.models import PostHeld
from backend.signing.events import SIGN
from backend.signing.models import Letter
from backend.signing.signer import SignerRefused, SignerUnavailable, SigningAct
from backend.worker import Later, Work
from schema.ids import encode, uuid_of
from tests.authenticator import approve, key_of, prepare, sign, wish
from tests.city import AGUS_PTSP, HADI, RINA, SARI, City, Visitor

SERVICE = "DUK-KK-HILANG"
WHY = "Nama di surat belum sama dengan KTP."
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LETTER = (
    "... on LetterOpened { ticket { url sha256 } letter { id status sha256 number } application { version } }"
)


@pytest.fixture
async def hadi(city: City) -> Visitor:
    return await city.login(HADI)


async def waiting(city: City, *, drain: bool = True) -> dict[str, Any]:
    """A case whose letter waits for the head of the registry."""
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move("approveApplication", case)
    if drain:
        await city.drain()
    return case


async def opened(head: Visitor, case: dict[str, Any]) -> dict[str, Any]:
    return await head.act("openLetter", LETTER, applicationId=case["id"])


async def test_the_desk_shows_what_waits_and_what_is_late_today(city: City, hadi: Visitor) -> None:
    with clock.at(MONDAY):
        await waiting(city, drain=False)
    for days, late in ((0, 0), (1, 1), (2, 1)):
        with clock.at(MONDAY + timedelta(days=days)):
            data = await (await city.login(HADI)).ask("{ desk { waiting lateToday title opd { code } } }")
        assert data["desk"]["waiting"] == 1
        assert data["desk"]["lateToday"] == late
        assert data["desk"]["opd"]["code"] == "DISPENDUKCAPIL"
    rina = await city.login(RINA)
    assert await rina.ask("{ desk { waiting } }") == {"desk": None}


async def test_before_the_draft_is_drawn_the_head_is_asked_to_wait(city: City, hadi: Visitor) -> None:
    case = await waiting(city, drain=False)
    found = await opened(hadi, case)
    assert (found["__typename"], found["code"]) == ("NotNow", "drawing")
    await city.drain()
    assert (await opened(hadi, case))["letter"]["status"] == "READY"


@pytest.mark.parametrize("sha256", ["", "0" * 64, "x" * 3000])
async def test_another_hash_than_the_opened_one_is_refused_and_nothing_recorded(
    city: City, hadi: Visitor, sha256: str
) -> None:
    case = await waiting(city)
    await opened(hadi, case)
    await key_of(hadi)  # adding a passkey leaves an event of its own
    before = await RecordedEvent.all().count()

    (outcome,) = await sign(hadi, wish(case, sha256))

    assert (outcome["application"], outcome["problem"]["code"]) == (None, "letter_moved")
    assert (await Letter.get()).status == "ready"
    assert await RecordedEvent.all().count() == before
    assert "sign_letter" not in await city.drain()


async def test_a_draft_of_yesterday_is_drawn_anew_under_today_s_date(city: City, hadi: Visitor) -> None:
    with clock.at(MONDAY):
        case = await waiting(city)
        old = await opened(await city.login(HADI), case)
    with clock.at(MONDAY + timedelta(days=1)):
        hadi = await city.login(HADI)
        (outcome,) = await sign(hadi, wish(case, old["letter"]["sha256"]))
        assert outcome["problem"]["code"] == "letter_moved"

        assert (await opened(hadi, case))["code"] == "drawing"
        await city.drain()
        new = await opened(hadi, case)

        assert new["letter"]["sha256"] != old["letter"]["sha256"]
        assert new["letter"]["number"] == old["letter"]["number"]
        (outcome,) = await sign(hadi, wish(case, new["letter"]["sha256"]))
        assert outcome["problem"] is None
        assert (await Letter.get()).date == clock.today()


async def test_a_letter_sent_back_is_checked_again_and_keeps_its_number(city: City, hadi: Visitor) -> None:
    case = await waiting(city)
    number = (await Letter.get()).number
    short = await hadi.move("sendBackApplication", case, reason="tidak")
    assert [f["path"] for f in short["fields"]] == ["reason"]

    back = await hadi.move("sendBackApplication", case, reason=WHY)

    assert (back["state"]["name"], back["letter"]) == ("submitted", None)
    assert back["timeline"][0]["detail"] == WHY
    assert (await opened(hadi, back))["__typename"] == "NotFound"
    rina = await city.login(RINA)
    seen = await rina.case(case["number"])
    assert seen is not None
    # Nobody holds it, so any officer may take it up again.
    assert seen["actions"] == ["TAKE"]
    again = await rina.move("takeApplication", seen)
    again = await rina.move("approveApplication", again)
    assert again["state"]["kind"] == "WAITING_SIGNER"
    assert (await Letter.get()).number == number


async def test_one_letter_that_cannot_be_signed_does_not_stop_the_others(city: City, hadi: Visitor) -> None:
    # given three letters that are approved together, of which one is sent back before the approval comes
    cases = [await waiting(city) for _ in range(3)]
    hashes = [(await opened(hadi, c))["letter"]["sha256"] for c in cases]
    wishes = [wish(c, h) for c, h in zip(cases, hashes, strict=True)]
    prepared = await prepare(hadi, *wishes)
    await hadi.move("sendBackApplication", cases[1], reason=WHY)

    # when they are signed, and with them one that was not approved
    done = await approve(
        hadi, prepared, *wishes, wish(cases[0], hashes[0], letterId=encode("Letter", uuid4()))
    )

    # then each has its own outcome, and what was refused is kept for the audit
    codes = [o["problem"] and o["problem"]["code"] for o in done["outcomes"]]
    assert codes == [None, "stale_version", None, "not_approved"]
    await city.drain()
    states = [(await Application.get(number=c["number"])).state for c in cases]
    assert states == ["issued", "submitted", "issued"]
    kept = await RecordedEvent.filter(kind="signing_refused").order_by("seq")
    assert [k.data["code"] for k in kept] == ["stale_version", "not_approved"]


async def test_the_same_batch_sent_twice_signs_once(city: City, hadi: Visitor) -> None:
    case, key = await waiting(city), str(uuid4())
    letter = wish(case, (await opened(hadi, case))["letter"]["sha256"])
    prepared = await prepare(hadi, letter)
    given = {"idempotencyKey": key, "assertion": (await key_of(hadi)).answer(prepared["options"])}
    first = await approve(hadi, prepared, letter, **given)
    again = await approve(hadi, prepared, letter, **given)
    assert first == again
    assert first["outcomes"][0]["problem"] is None
    assert (await city.drain()).count("sign_letter") == 1
    assert await RecordedEvent.filter(kind="application_signing").count() == 1


async def test_a_batch_has_at_most_fifty_letters(city: City, hadi: Visitor) -> None:
    case = await waiting(city)
    found = await prepare(hadi, *[wish(case, "0" * 64)] * 51)
    assert (found["__typename"], found["limit"]) == ("TooLarge", 50)


@pytest.mark.parametrize("phone", [SARI, RINA, AGUS_PTSP, "+6281100020002"])
async def test_only_the_head_of_this_office_signs_or_sends_back(
    city: City, hadi: Visitor, phone: str
) -> None:
    case = await waiting(city)
    sha256 = (await opened(hadi, case))["letter"]["sha256"]
    other = await city.login(phone)
    (outcome,) = await sign(other, wish(case, sha256))
    assert outcome["problem"]["code"] == "not_opened"
    # who may read the draft cannot sign it either: it does not name them
    if "letter" in await opened(other, case):
        (outcome,) = await sign(other, wish(case, sha256))
        assert outcome["problem"]["code"] == "letter_moved"
    back = await other.move("sendBackApplication", case, reason=WHY)
    assert back["code"] in ("not_yours", "not_found")
    assert (await Letter.get()).status == "ready"


class Stubborn:
    """A signer that answers as told before it lets the real one sign."""

    name, certified, remote, passphrase_needed = "stubborn", False, False, False

    def __init__(self, inner: Any, *answers: Exception) -> None:
        self.inner = inner
        self.answers = list(answers)
        self.acts: list[SigningAct] = []

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        self.acts.append(act)
        if self.answers:
            raise self.answers.pop(0)
        signed: bytes = await self.inner.sign(pdf, act)
        return signed

    async def crls(self, certificates: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        found: tuple[bytes, ...] = await self.inner.crls(certificates)
        return found

    async def roots(self) -> tuple[bytes, ...]:
        found: tuple[bytes, ...] = await self.inner.roots()
        return found


def with_signer(city: City, *answers: Exception) -> Stubborn:
    signer = Stubborn(city.work._signer, *answers)
    city.work = Work(city.parts, signer)
    return signer


async def test_a_refused_signature_brings_the_letter_back_and_it_may_be_signed_again(
    city: City, hadi: Visitor
) -> None:
    case = await waiting(city)
    signer = with_signer(city, SignerRefused("wrong_passphrase"))
    sha256 = (await opened(hadi, case))["letter"]["sha256"]
    await sign(hadi, wish(case, sha256))
    await city.drain()

    back = await hadi.case(case["number"])
    assert back is not None
    assert (back["state"]["name"], back["letter"]["status"]) == ("waiting_signature", "FAILED")
    assert back["letter"]["problem"] == "wrong_passphrase"
    assert back["timeline"][0]["bad"] is True

    again = await opened(hadi, back)
    await sign(hadi, wish(back, again["letter"]["sha256"]))
    await city.drain()
    assert (await Application.get()).state == "issued"
    assert len(signer.acts) == 2


async def test_a_signature_that_failed_yesterday_can_be_given_today(city: City) -> None:
    with clock.at(MONDAY):
        case, hadi = await waiting(city), await city.login(HADI)
        with_signer(city, SignerRefused("wrong_passphrase"))
        await sign(hadi, wish(case, (await opened(hadi, case))["letter"]["sha256"]))
        await city.drain()
    with clock.at(MONDAY + timedelta(days=1)):
        hadi = await city.login(HADI)
        back = await hadi.case(case["number"])
        assert back is not None
        await opened(hadi, back)
        await city.drain()
        made = await opened(hadi, back)
        (outcome,) = await sign(hadi, wish(back, made["letter"]["sha256"]))
        assert outcome["problem"] is None
        await city.drain()
    assert (await Letter.get()).status == "issued"


async def test_a_signer_out_of_reach_is_asked_again_and_signs_once(city: City, hadi: Visitor) -> None:
    case = await waiting(city)
    signer = with_signer(city, SignerUnavailable("down"))
    await sign(hadi, wish(case, (await opened(hadi, case))["letter"]["sha256"]))
    letter = await Letter.get()
    job = {"letter": str(letter.id)}

    with pytest.raises(Later):
        await city.work.handlers[SIGN](job)
    assert (await Letter.get()).status == "signing"
    await city.work.handlers[SIGN](job)
    done = await Letter.get()
    assert done.status == "issued"

    # and however often the job comes again, the letter stays the one it is
    await city.work.handlers[SIGN](job)
    async with transaction():
        await jobs.enqueue(SIGN, dict(job))
    await city.drain()
    assert (await Letter.get()).signed_sha256 == done.signed_sha256
    assert len(signer.acts) == 2
    assert await RecordedEvent.filter(kind="application_issued").count() == 1


async def test_a_new_head_signs_in_the_own_name_and_not_in_that_of_the_one_before(
    city: City, hadi: Visitor
) -> None:
    # given a letter drawn for one head, and then another person in the post
    case = await waiting(city)
    old = await opened(hadi, case)
    person = (await city.actor(hadi)).person
    budi = await city.login("+6281100000002")
    await PostHeld.filter(person_id=person).update(until=clock.today() - timedelta(days=1))
    await PostHeld.create(
        id=uuid4(),
        person_id=(await city.actor(budi)).person,
        opd="DISPENDUKCAPIL",
        role=StaffRole.HEAD,
        title="Pelaksana Tugas Kepala Dinas",
        since=clock.today(),
    )

    # when the new head signs what was drawn for the old one, it is refused
    (outcome,) = await sign(budi, wish(case, old["letter"]["sha256"]))
    assert outcome["problem"]["code"] == "not_opened"

    # then opening draws it anew in the new name, and that is signed
    assert (await opened(budi, case))["code"] == "drawing"
    await city.drain()
    new = await opened(budi, case)
    (outcome,) = await sign(budi, wish(case, new["letter"]["sha256"]))
    assert outcome["problem"] is None
    await city.drain()
    letter = await Letter.get()
    assert (letter.status, letter.signer_name) == ("issued", "Budi Hartono Jaya")
    assert letter.signer_position == "Pelaksana Tugas Kepala Dinas"


async def test_withdrawing_before_the_signature_voids_the_letter(city: City, hadi: Visitor) -> None:
    case = await waiting(city)
    sha256 = (await opened(hadi, case))["letter"]["sha256"]
    sari = await city.login(SARI)
    await sari.move("withdrawApplication", case)
    (outcome,) = await sign(hadi, wish(case, sha256))
    assert outcome["problem"]["code"] == "stale_version"
    assert outcome["problem"]["currentState"] == "withdrawn"
    assert (await Letter.get()).status == "void"
    data = await city.nobody.ask(
        "query V($i: String!) { verifyLetter(id: $i) { verdict number } }", i=(await Letter.get()).verify_id
    )
    assert data["verifyLetter"] == {"verdict": "UNKNOWN", "number": None}


async def test_the_worker_cannot_issue_what_is_not_being_signed(city: City) -> None:
    case = await waiting(city)
    case_id: UUID = uuid_of(case["id"], "Application")
    with pytest.raises(Exception, match="moved_on"):
        await heads.issue(SYSTEM, case_id)


@pytest.mark.parametrize("verify_id", ["", "x", "0" * 18, "O" * 18, "a" * 5000, "<script>", "é" * 18])
async def test_ids_that_were_never_issued_all_answer_alike(city: City, verify_id: str) -> None:
    data = await city.nobody.ask(
        "query V($i: String!) { verifyLetter(id: $i) { verdict title number holderMasked sha256 } }",
        i=verify_id,
    )
    assert data["verifyLetter"] == {
        "verdict": "UNKNOWN",
        "title": None,
        "number": None,
        "holderMasked": None,
        "sha256": None,
    }
