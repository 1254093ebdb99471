"""Stand-ins end to end: named, acting, ended; the queue passes within a minute, and no office is without a signer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.core import clock
from backend.core.models import RecordedEvent
from backend.delegation import handing
from backend.delegation.models import Absence, Delegation, LadderRung, SignerGap
from backend.notifications.models import Notice
from backend.signing.models import Letter
from tests.authenticator import approve, prepare, sign, wish
from tests.city import HADI, RINA, SARI, City, Visitor
from tests.standins import (
    CHANGED,
    DEPUTY,
    DEPUTY_PTSP,
    HEAD_PTSP,
    MAYOR,
    REGISTRY,
    SECRETARY,
    grant,
    official,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 9.00
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SERVICE = "DUK-KK-HILANG"
DESK = "{ desk { title waiting letters { edges { node { number } } } } }"


async def approved(city: City) -> dict[str, Any]:
    """A case of Sari's whose letter waits for its signature."""
    sari, rina = await city.login(SARI), await city.login(RINA)
    case = await rina.move("takeApplication", await city.apply(sari, SERVICE))
    case = await rina.move("approveApplication", case)
    await city.drain()
    return case


async def letter_of(case: dict[str, Any]) -> Letter:
    rows = await Letter.filter(subject_kind="application").order_by("-created_at")
    return next(r for r in rows if r.number == case["letter"]["number"])


async def desk(who: Visitor) -> list[str]:
    found = (await who.ask(DESK))["desk"]
    return [e["node"]["number"] for e in found["letters"]["edges"]] if found else []


async def told(city: City, phone: str) -> list[str]:
    visitor = await city.login(phone)
    found = await visitor.ask("{ notices { edges { node { title url } } } }")
    return [e["node"]["title"] for e in found["notices"]["edges"]]


async def test_the_queue_passes_to_the_stand_in_and_comes_back(city: City) -> None:
    with clock.at(NOW):
        case = await approved(city)
        hadi, secretary = await city.login(HADI), await city.login(SECRETARY)
        assert await desk(hadi) == [case["number"]]
        made = await grant(city, secretary, NOW + HOUR, NOW + DAY)
        assert made["state"] == "COMING"
        assert made["title"] == "Plh. Kepala Dinas Kependudukan dan Pencatatan Sipil"
        await city.drain()
    with clock.at(NOW + HOUR + MINUTE):
        done = await city.work.hand_over()
        await city.drain()
        deputy, hadi = await city.login(DEPUTY), await city.login(HADI)
        assert (done.handed, done.redrawn) == ([REGISTRY], 1)
        assert await desk(deputy) == [case["number"]]
        assert await desk(hadi) == []
        letter = await letter_of(case)
        assert letter.signer_name == "Ani Kurniasih"
        assert letter.signer_position.startswith("Plh. Kepala Dinas")
        assert (letter.capacity, letter.status) == ("plh", "ready")
        found = await deputy.ask("{ notices { edges { node { title url } } } }")
        first = found["notices"]["edges"][0]["node"]
        assert first["title"].startswith("Anda sekarang Plh. Kepala Dinas")
        assert first["url"] == f"/tanda-tangan?surat={case['number']}"
        assert (await city.work.hand_over()).handed == []
    with clock.at(NOW + DAY):
        assert (await city.work.hand_over()).redrawn == 1
        await city.drain()
        deputy, hadi = await city.login(DEPUTY), await city.login(HADI)
        assert await desk(hadi) == [case["number"]]
        assert await desk(deputy) == []
        assert (await letter_of(case)).signer_name == "Hadi Susanto Broto"
        assert "Surat kembali ke meja Anda" in await told(city, HADI)


async def test_the_head_returns_early_and_has_the_queue_at_once(city: City) -> None:
    with clock.at(NOW):
        await approved(city)
        hadi = await city.login(HADI)
        away = await hadi.act(
            "goAway",
            "... on AbsenceChanged { absences { id reason } }",
            reason="LEAVE",
            startsAt=NOW.isoformat(),
            endsAt=(NOW + 3 * DAY).isoformat(),
            standIn={
                "receiverId": await official(city, DEPUTY),
                "letterNumber": "800/0002/SETDA/2026",
                "letterDate": "2026-11-20",
            },
        )
        assert [a["reason"] for a in away["absences"]] == ["LEAVE"]
    with clock.at(NOW + MINUTE):
        await city.work.hand_over()
        assert await desk(await city.login(DEPUTY)) != []
        hadi = await city.login(HADI)
        assert await desk(hadi) == []
        back = await hadi.act(
            "comeBack", "... on AbsenceChanged { absences { id } }", absenceId=away["absences"][0]["id"]
        )
        assert back["absences"] == []
        assert await desk(await city.login(HADI)) != []
        assert await desk(await city.login(DEPUTY)) == []


@pytest.mark.parametrize("who", ["stranger", "deputy", "other_head", "officer"])
async def test_a_stand_in_is_named_only_by_who_may(city: City, who: str) -> None:
    phones = {"stranger": SARI, "deputy": DEPUTY, "other_head": HEAD_PTSP, "officer": RINA}
    with clock.at(NOW):
        visitor = await city.login(phones[who])
        before = await RecordedEvent.all().count()
        answer = await grant(city, visitor, NOW, NOW + DAY, receiver=DEPUTY_PTSP)
    assert answer["code"] == "not_yours"
    assert await Delegation.all().count() == 0
    assert await RecordedEvent.all().count() == before


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"kind": "PLT"}, "invalid_input"),
        ({"kind": "DEFINITIVE"}, "invalid_input"),
        ({"services": ["DUK-TIDAK-ADA"]}, "invalid_input"),
        ({"most": "banyak"}, "invalid_input"),
        ({"endsAt": NOW.isoformat()}, "invalid_input"),
        ({"kind": "UB"}, "invalid_input"),
    ],
)
async def test_an_unlawful_delegation_is_refused_and_nothing_recorded(
    city: City, over: dict[str, Any], code: str
) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        answer = await grant(city, secretary, NOW, NOW + DAY, **over)
    assert answer["code"] == code
    assert await Delegation.all().count() == 0


async def test_a_second_stand_in_for_the_same_days_is_refused(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        await grant(city, secretary, NOW, NOW + 2 * DAY)
        answer = await grant(city, secretary, NOW + DAY, NOW + 3 * DAY, receiver=HEAD_PTSP)
    assert answer["code"] == "overlap"
    assert await Delegation.all().count() == 1


async def test_a_step_that_fails_keeps_no_other_from_its_work(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an office whose head is away, and a round whose first step breaks
    with clock.at(NOW):
        hadi = await city.login(HADI)
        away = {"startsAt": NOW.isoformat(), "endsAt": (NOW + DAY).isoformat()}
        await hadi.act("goAway", "... on AbsenceChanged { absences { id } }", reason="SICK", **away)

        async def broken(_: object) -> list[str]:
            raise RuntimeError("a row that nobody foresaw")

        monkeypatch.setattr(handing, "turn", broken)
        # when the minute comes
        done = await city.work.hand_over()
    # then the gap is seen all the same
    assert (done.handed, done.without) == ([], [REGISTRY])
    assert await SignerGap.filter(until=None).count() == 1


async def test_an_office_without_a_signer_is_told_to_the_secretary_within_a_minute(city: City) -> None:
    with clock.at(NOW):
        hadi = await city.login(HADI)
        await hadi.act(
            "goAway",
            "... on AbsenceChanged { absences { id } }",
            reason="SICK",
            startsAt=(NOW + HOUR).isoformat(),
            endsAt=(NOW + DAY).isoformat(),
        )
        await city.drain()
        assert "Hadi Susanto Broto akan pergi tanpa pengganti" in await told(city, SECRETARY)
        assert (await city.work.hand_over()).without == []
    with clock.at(NOW + HOUR + MINUTE):
        assert (await city.work.hand_over()).without == [REGISTRY]
        assert (await city.work.hand_over()).without == [REGISTRY]
        await city.drain()
        titles = await told(city, SECRETARY)
        assert titles.count("Tidak ada penandatangan: Dinas Kependudukan dan Pencatatan Sipil") == 1
        board = (await city.nobody.ask("{ officeBoard { opd { code } head away signer } }"))["officeBoard"]
        line = next(b for b in board if b["opd"]["code"] == REGISTRY)
        assert (line["head"], line["away"], line["signer"]) == ("Hadi Susanto Broto", "SICK", None)
        await grant(city, await city.login(SECRETARY), NOW + HOUR + MINUTE, NOW + DAY)
        assert (await city.work.hand_over()).without == []
    assert await SignerGap.filter(until=None).count() == 0
    assert await SignerGap.all().count() == 1


async def test_a_letter_climbs_the_ladder_by_working_hours(city: City) -> None:
    with clock.at(NOW):
        case = await approved(city)
    # Monday 9.00: 6 office hours are left that day, 7.5 on each of the next.
    at = {5: 0, 6: 1, 24: 1, 25: 2, 48: 2, 50: 3, 72: 3, 74: 4}
    for hours, rung in at.items():
        with clock.at(NOW + hours * HOUR):
            await city.work.hand_over()
            await city.drain()
            assert await LadderRung.all().count() == rung, hours
    kinds = await RecordedEvent.filter(subject_kind="ladder").order_by("seq").values_list("kind", flat=True)
    assert list(map(str, kinds)) == ["letter_reminded", "letter_stand_in", "letter_secretary", "letter_mayor"]
    with clock.at(NOW + 74 * HOUR):
        assert "Surat tertahan: Dinas Kependudukan dan Pencatatan Sipil" in await told(city, MAYOR)
    row = await Delegation.get()
    assert (row.kind, row.receiver_name, row.reason) == ("an", "Ani Kurniasih", "ladder")
    with clock.at(NOW + 29 * HOUR):
        deputy = await city.login(DEPUTY)
        assert await desk(deputy) == [case["number"]]
        assert await desk(await city.login(HADI)) == [case["number"]]


async def test_a_revoked_a_n_takes_its_u_b_along(city: City) -> None:
    with clock.at(NOW):
        secretary = await city.login(SECRETARY)
        an = await grant(city, secretary, NOW, NOW + DAY, kind="AN")
        ub = await grant(city, secretary, NOW, NOW + DAY, kind="UB", receiver=RINA, parentId=an["id"])
        assert ub["title"].endswith("u.b. Petugas pelayanan Dispendukcapil")
        rina = await city.login(RINA)
        assert (await rina.ask("{ desk { title } }"))["desk"]["title"] == ub["title"]
        ended = await secretary.act("revokeDelegation", CHANGED, delegationId=an["id"], version=an["version"])
        assert ended["delegation"]["state"] == "REVOKED"
        again = await secretary.act("revokeDelegation", CHANGED, delegationId=an["id"], version=an["version"])
        assert again["code"] == "stale_version"
        assert (await (await city.login(RINA)).ask("{ desk { title } }"))["desk"] is None
    assert await Delegation.filter(stops_at__gt=NOW).count() == 0


async def test_everyone_reads_the_board_and_only_those_concerned_the_delegations(city: City) -> None:
    listed = "{ delegations { edges { node { receiver title } } } }"
    with clock.at(NOW):
        await grant(city, await city.login(SECRETARY), NOW, NOW + DAY)
        for phone in (HADI, DEPUTY, SECRETARY, MAYOR, RINA):
            found = (await (await city.login(phone)).ask(listed))["delegations"]["edges"]
            assert [e["node"]["receiver"] for e in found] == ["Ani Kurniasih"], phone
        other = await city.login(HEAD_PTSP)
        assert (await other.ask(listed))["delegations"]["edges"] == []
        board = (await city.nobody.ask("{ officeBoard { opd { code } signer capacityText } }"))["officeBoard"]
    line = next(b for b in board if b["opd"]["code"] == REGISTRY)
    assert (line["signer"], line["capacityText"]) == ("Ani Kurniasih", "pelaksana harian")
    assert await Absence.all().count() == 0
    assert await Notice.all().count() == 0


async def opened_by_deputy(city: City, case: dict[str, Any]) -> tuple[Visitor, dict[str, Any]]:
    """The deputy, after the minute's round, with the letter of a case open before them."""
    await city.work.hand_over()
    await city.drain()
    deputy = await city.login(DEPUTY)
    letter = "... on LetterOpened { letter { sha256 } application { version } }"
    opened = await deputy.act("openLetter", letter, applicationId=case["id"])
    return deputy, wish(case, opened["letter"]["sha256"], version=opened["application"]["version"])


async def test_a_stand_in_signs_with_their_own_name_and_the_letter_says_by_what_right(city: City) -> None:
    with clock.at(NOW):
        case = await approved(city)
        await grant(city, await city.login(SECRETARY), NOW, NOW + DAY)
        deputy, seen = await opened_by_deputy(city, case)
        assert [o["problem"] for o in await sign(deputy, seen)] == [None]
        await city.drain()
        row = await letter_of(case)
        found = await city.nobody.ask(
            "query Q($id: String!) { verifyLetter(id: $id) { verdict signedBy position } }", id=row.verify_id
        )
    assert row.status == "issued"
    assert (row.capacity, row.signer_name) == ("plh", "Ani Kurniasih")
    said = found["verifyLetter"]
    assert (said["verdict"], said["signedBy"]) == ("VALID", "Ani Kurniasih")
    assert said["position"].startswith("Plh. Kepala Dinas")


async def test_who_stands_in_no_more_signs_nothing(city: City) -> None:
    with clock.at(NOW):
        case = await approved(city)
        secretary = await city.login(SECRETARY)
        made = await grant(city, secretary, NOW, NOW + DAY)
        deputy, seen = await opened_by_deputy(city, case)
        prepared = await prepare(deputy, seen)
        await secretary.act(
            "revokeDelegation", CHANGED, delegationId=made["id"], version=(await Delegation.get()).version
        )
        done = await approve(deputy, prepared, seen)
    problem = done["outcomes"][0]["problem"] if "outcomes" in done else done
    assert problem["code"] in ("not_found", "not_yours")
    assert (await letter_of(case)).status == "ready"


async def test_a_letter_outside_the_scope_is_refused_where_the_key_is(city: City) -> None:
    # given a letter that the stand-in decided to sign
    with clock.at(NOW):
        case = await approved(city)
        await grant(city, await city.login(SECRETARY), NOW, NOW + DAY)
        deputy, seen = await opened_by_deputy(city, case)
        assert [o["problem"] for o in await sign(deputy, seen)] == [None]
        # when it turns out to be one that may never be passed on
        row = await letter_of(case)
        await Letter.filter(id=row.id).update(strategic=True)
        await city.drain()
    # then nothing is signed, and the letter is back with its reason
    after = await letter_of(case)
    assert (after.status, after.problem, after.signed_sha256) == ("failed", "no_capacity", None)
