"""Written orders of stand-ins: drawn by the act, signed by who names them, counting from the signature only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.core import clock
from backend.core.models import RecordedEvent
from backend.delegation.models import Delegation
from backend.identity.models import PostHeld
from backend.signing.models import Letter
from tests.authenticator import sign
from tests.city import HADI, RINA, SARI, City, Visitor
from tests.signing.test_travel_letters import needs_poppler, text_of
from tests.standins import DEPUTY, HEAD_PTSP, MAYOR, REGISTRY, SECRETARY, grant, official

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 9.00
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ONE = """query Q($id: ID!) { delegation(id: $id) { id version state letterNumber letterDate saidBy maySign startsAt
 letter { id title number status sha256 signedBy verifyId } } }"""
VERIFY = """query Q($id: String!) { verifyLetter(id: $id) { verdict title number holderMasked signedBy position
 capacityText delegationNumber revokeReason } }"""


async def ask(city: City, who: Visitor, starts: datetime, ends: datetime, **over: Any) -> dict[str, Any]:
    """Name a stand-in by an order that Lugas draws; the answer is the delegation, or the refusal."""
    receiver = {"receiverId": await official(city, over.pop("receiver", DEPUTY))}
    made = await grant(city, who, starts, ends, standIn=receiver, **over)
    await city.drain()
    return made


async def one(who: Visitor, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await who.ask(ONE, id=made["id"]))["delegation"]
    return found


async def opened(who: Visitor, row: dict[str, Any]) -> dict[str, Any]:
    """Open the order; what is to be signed, or the refusal."""
    said = "... on OrderOpened { ticket { url } letter { sha256 } }"
    done = await who.act("openOrder", said, letterId=row["letter"]["id"])
    if "letter" not in done:
        return done
    return {"letterId": row["letter"]["id"], "sha256": done["letter"]["sha256"], "version": row["version"]}


async def signed(city: City, who: Visitor, made: dict[str, Any]) -> dict[str, Any]:
    """Open and sign an order as its signatory does; the delegation as it then stands."""
    wish = await opened(who, await one(who, made))
    assert [o["problem"] for o in await sign(who, wish)] == [None]
    await city.drain()
    return await one(who, made)


async def test_a_head_signs_the_order_of_who_stands_in_and_it_counts_from_then(city: City) -> None:
    with clock.at(NOW):
        hadi = await city.login(HADI)
        made = await ask(city, hadi, NOW, NOW + 2 * DAY)
        row = await one(hadi, made)
        assert (row["state"], row["maySign"], row["saidBy"]) == ("WAITING", True, None)
        assert row["letter"]["number"] == row["letterNumber"] == "800/0001/DISPENDUKCAPIL/2026"
        assert row["letter"]["title"] == "Surat Perintah Pelaksana Harian"
        # nothing counts yet: the head signs
        assert (await city.work.hand_over()).handed == []
        board = (await city.nobody.ask("{ officeBoard { opd { code } signer } }"))["officeBoard"]
        assert next(b for b in board if b["opd"]["code"] == REGISTRY)["signer"] == "Hadi Susanto Broto"
    with clock.at(NOW + HOUR):
        done = await signed(city, await city.login(HADI), made)
        assert (done["state"], done["letter"]["status"]) == ("LIVE", "ISSUED")
        assert done["startsAt"] == (NOW + HOUR).isoformat()
        board = (await city.nobody.ask("{ officeBoard { opd { code } signer } }"))["officeBoard"]
        assert next(b for b in board if b["opd"]["code"] == REGISTRY)["signer"] == "Ani Kurniasih"
        kinds = await RecordedEvent.filter(subject_kind="delegation").order_by("seq")
        assert [k.kind for k in kinds] == ["delegation_asked", "delegation_signing", "delegation_granted"]
        found = (await city.nobody.ask(VERIFY, id=done["letter"]["verifyId"]))["verifyLetter"]
    assert (found["verdict"], found["number"]) == ("VALID", "800/0001/DISPENDUKCAPIL/2026")
    assert found["holderMasked"] == "Ani Kurniasih, Plh. Kepala Dinas Kependudukan dan Pencatatan Sipil"
    assert (found["signedBy"], found["capacityText"]) == ("Hadi Susanto Broto", None)


@needs_poppler
async def test_the_order_says_who_what_when_and_how_far(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        made = await ask(
            city, secretary, NOW + DAY, NOW + 2 * DAY, services=["DUK-KK-HILANG"], most="2500000"
        )
        await signed(city, secretary, made)
        letter = await Letter.get(subject_kind="delegation")
        pdf = b"".join([c async for c in city.parts.documents.read(letter.signed_key or "")])
    said = text_of(pdf)
    for words in (
        "SURAT PERINTAH PELAKSANA HARIAN",
        "Nomor: 800/0001/SETDA/2026",
        "Ani Kurniasih",
        "Plh. Kepala Dinas Kependudukan dan Pencatatan Sipil",
        "Hadi Susanto Broto",
        "24 November 2026 pukul 09.00 WIB",
        "25 November 2026 pukul 09.00 WIB",
        "sampai Rp 2.500.000 untuk tiap surat",
        "Sebab: perjalanan dinas.",
        "Pasal 14 ayat 7",
        "Sekretaris Daerah, Ditandatangani secara elektronik Indah Setyowati",
    ):
        assert words in said, words


async def test_a_letter_of_the_stand_in_names_its_order_on_the_public_page(city: City) -> None:
    with clock.at(NOW):
        sari, rina = await city.login(SARI), await city.login(RINA)
        case = await rina.move("takeApplication", await city.apply(sari, "DUK-KK-HILANG"))
        await rina.move("approveApplication", case)
        made = await ask(city, await city.login(HADI), NOW, NOW + 2 * DAY)
        await signed(city, await city.login(HADI), made)
        await city.work.hand_over()
        await city.drain()
        deputy = await city.login(DEPUTY)
        waiting = await deputy.case(case["number"])
        assert waiting is not None
        said = "... on LetterOpened { application { version } letter { id sha256 } }"
        got = await deputy.act("openLetter", said, applicationId=waiting["id"])
        seen = {"letterId": got["letter"]["id"], "sha256": got["letter"]["sha256"]}
        assert [
            o["problem"] for o in await sign(deputy, seen | {"version": got["application"]["version"]})
        ] == [None]
        await city.drain()
        letter = await Letter.get(subject_kind="application")
        found = (await city.nobody.ask(VERIFY, id=letter.verify_id))["verifyLetter"]
    assert found["position"] == "Plh. Kepala Dinas Kependudukan dan Pencatatan Sipil"
    assert (found["capacityText"], found["delegationNumber"]) == (
        "pelaksana harian",
        "800/0002/DISPENDUKCAPIL/2026",
    )


@pytest.mark.parametrize("who", ["deputy", "other_head", "officer", "resident"])
async def test_an_order_is_signed_by_nobody_else(city: City, who: str) -> None:
    phones = {"deputy": DEPUTY, "other_head": HEAD_PTSP, "officer": RINA, "resident": SARI}
    with clock.at(NOW):
        hadi = await city.login(HADI)
        made = await ask(city, hadi, NOW, NOW + DAY)
        row = await one(hadi, made)
        wish = await opened(hadi, row)
        visitor = await city.login(phones[who])
        mine = await opened(visitor, row)
        refused = mine if "code" in mine else (await sign(visitor, mine))[0]["problem"]
        assert refused["code"] in ("not_found", "letter_moved", "not_opened", "forbidden"), refused
        before = await RecordedEvent.filter(subject_kind="delegation").count()
        assert (await sign(visitor, wish))[0]["problem"]["code"] in ("not_opened", "letter_moved")
    assert await RecordedEvent.filter(subject_kind="delegation").count() == before
    assert (await Delegation.get()).signed_at is None


async def test_an_order_that_nobody_signs_hinders_no_other(city: City) -> None:
    with clock.at(NOW):
        hadi, secretary = await city.login(HADI), await city.login(SECRETARY)
        first = await ask(city, hadi, NOW + HOUR, NOW + DAY)
        # the secretary names somebody else for the same days, and signs at once
        second = await ask(city, secretary, NOW + HOUR, NOW + DAY, receiver=HEAD_PTSP)
        assert (await signed(city, secretary, second))["state"] == "COMING"
        # then the first can no longer be signed, and lapses
        refused = (await sign(hadi, await opened(hadi, await one(hadi, first))))[0]["problem"]
        assert refused["code"] == "overlap"
    with clock.at(NOW + DAY + MINUTE):
        await city.work.hand_over()
        hadi = await city.login(HADI)
        late = await one(hadi, first)
        assert (late["state"], late["maySign"], late["letter"]["status"]) == ("LAPSED", False, "VOID")
    assert await Delegation.filter(signed_at=None).count() == 1


async def test_an_order_ended_early_is_withdrawn_on_the_public_page_within_a_minute(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        row = await signed(city, secretary, await ask(city, secretary, NOW, NOW + 2 * DAY))
    with clock.at(NOW + DAY):
        secretary = await city.login(SECRETARY)
        version = (await one(secretary, row))["version"]
        done = await secretary.act(
            "revokeDelegation",
            "... on DelegationChanged { delegation { state } }",
            delegationId=row["id"],
            version=version,
        )
        assert done["delegation"]["state"] == "REVOKED"
        await city.work.hand_over()
        found = (await city.nobody.ask(VERIFY, id=row["letter"]["verifyId"]))["verifyLetter"]
        await city.work.hand_over()
    assert (found["verdict"], found["revokeReason"]) == (
        "REVOKED",
        "Pelimpahan ini diakhiri sebelum waktunya.",
    )


async def test_an_order_ended_while_the_key_was_at_work_never_counts(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        made = await ask(city, secretary, NOW, NOW + DAY)
        wish = await opened(secretary, await one(secretary, made))
        assert [o["problem"] for o in await sign(secretary, wish)] == [None]
        version = (await one(secretary, made))["version"]
        await secretary.act(
            "revokeDelegation",
            "... on DelegationChanged { delegation { state } }",
            delegationId=made["id"],
            version=version,
        )
        await city.drain()
        await city.work.hand_over()
        assert (await Letter.get()).status == "revoked"
    assert (await Delegation.get()).signed_at is None


async def test_an_order_on_paper_counts_at_once_on_the_word_of_who_records_it(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        made = await grant(city, secretary, NOW, NOW + DAY)
        row = await one(secretary, made)
    assert (row["state"], row["saidBy"], row["letter"]) == ("LIVE", "Indah Setyowati", None)
    assert (row["letterNumber"], row["maySign"]) == ("800/0001/SETDA/2026", False)
    assert await Letter.all().count() == 0


async def test_a_waiting_order_follows_the_post_of_its_signer(city: City) -> None:
    with clock.at(NOW):
        secretary, mayor = await city.login(SECRETARY), await city.login(MAYOR)
        made = await ask(city, secretary, NOW + 2 * DAY, NOW + 3 * DAY)
        # the secretary goes away, and the head of another office stands in from tomorrow
        over = {"opdCode": "SETDA", "receiver": HEAD_PTSP}
        stands = await ask(city, mayor, NOW + HOUR, NOW + 5 * DAY, **over)
        assert (await signed(city, mayor, stands))["state"] == "COMING"
    with clock.at(NOW + HOUR + MINUTE):
        done = await city.work.hand_over()
        await city.drain()
        assert done.redrawn == 1
        other = await city.login(HEAD_PTSP)
        row = await one(other, made)
        assert row["letter"]["signedBy"].endswith(", Plh. Sekretaris Daerah")
        assert (await signed(city, other, made))["state"] == "COMING"
    assert (await Letter.get(number=row["letterNumber"])).capacity == "plh"


async def test_half_an_order_on_paper_is_refused(city: City) -> None:
    with clock.at(NOW):
        given = {"receiverId": await official(city, DEPUTY), "letterNumber": "800/0009/SETDA/2026"}
        answer = await grant(city, await city.login(SECRETARY), NOW, NOW + DAY, standIn=given)
    assert (answer["code"], answer["fields"][0]["path"]) == ("invalid_input", "letterDate")
    assert await Delegation.all().count() == await Letter.all().count() == 0


@pytest.mark.parametrize(("who", "code"), [("secretary", None), ("stand_in", "not_yours"), ("mayor", None)])
async def test_a_vacant_post_is_filled_by_secretary_or_mayor_in_person(
    city: City, who: str, code: str | None
) -> None:
    # given a vacant post, and a stand-in for the secretary
    with clock.at(NOW):
        await PostHeld.filter(opd=REGISTRY, role="head").update(until=NOW.date() - DAY)
        if who == "stand_in":
            over = {"opdCode": "SETDA", "receiver": HEAD_PTSP}
            mayor = await city.login(MAYOR)
            await signed(city, mayor, await ask(city, mayor, NOW, NOW + 5 * DAY, **over))
        phone = {"secretary": SECRETARY, "stand_in": HEAD_PTSP, "mayor": MAYOR}[who]
        visitor = await city.login(phone)
        before = await Delegation.all().count()
        # when
        made = await ask(city, visitor, NOW, NOW + 30 * DAY, kind="PLT", reason="VACANT")
        # then
        assert made.get("code") == code
        if code is None:
            done = await signed(city, visitor, made)
            assert (done["state"], done["letter"]["title"]) == ("LIVE", "Surat Perintah Pelaksana Tugas")
            assert (await city.work.hand_over()).without == []
    assert await Delegation.all().count() == before + (code is None)
