"""Official trips: asked for, approved by the right hand, a stand-in asked for, reported within the ceiling."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.core import clock
from backend.core.models import RecordedEvent
from backend.delegation.models import Absence, Delegation
from backend.signing.models import Letter
from backend.travel.models import Trip
from schema.ids import encode
from tests.authenticator import sign
from tests.city import HADI, RINA, SARI, City, Visitor
from tests.standins import DEPUTY, HEAD_PTSP, INSPECTOR, MAYOR, REGISTRY, SECRETARY, grant, official

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 9.00
DAY = timedelta(days=1)
TRIP = """... on TripChanged { trip { id version state days daily representation ceiling headTravels mayApprove
 reportDue costTotal letters { title number status } } }"""


async def ask(who: Visitor, **over: Any) -> dict[str, Any]:
    given = {
        "purpose": "Rapat koordinasi pelayanan kependudukan",
        "place": "Surabaya",
        "region": "JATIM",
        "kind": "OUT",
        "transport": "Kereta api",
        "startsAt": (NOW + DAY).isoformat(),
        "endsAt": (NOW + 3 * DAY).isoformat(),
        "other": "1500000",
        "budgetCode": "5.1.02.04.01.0001",
    }
    return await act(who, "requestTrip", **(given | over))


async def act(who: Visitor, name: str, **given: Any) -> dict[str, Any]:
    answer = await who.act(name, TRIP, **given)
    found: dict[str, Any] = answer.get("trip") or answer
    return found


def seen(trip: dict[str, Any]) -> dict[str, Any]:
    return {"tripId": trip["id"], "version": trip["version"]}


async def stand_in(city: City) -> dict[str, Any]:
    return {
        "receiverId": await official(city, DEPUTY),
        "letterNumber": "800/0003/SETDA/2026",
        "letterDate": "2026-11-23",
    }


async def test_a_heads_trip_gets_its_orders_and_its_stand_in_in_one_act(city: City) -> None:
    with clock.at(NOW):
        hadi, secretary = await city.login(HADI), await city.login(SECRETARY)
        trip = await ask(hadi)
        assert (trip["state"], trip["days"], trip["headTravels"]) == ("REQUESTED", 3, True)
        assert (trip["daily"], trip["representation"], trip["ceiling"]) == ("410000", "150000", "3180000")
        done = await act(secretary, "approveTrip", **seen(trip), standIn=await stand_in(city))
        assert (done["state"], done["reportDue"]) == ("APPROVED", "2026-12-03")
        titles = [row["title"] for row in done["letters"]]
        assert titles == ["Surat Perintah Tugas", "Surat Perintah Perjalanan Dinas"]
        await city.drain()
        rows = await Letter.filter(subject_kind__in=["trip", "sppd"]).order_by("seq")
        assert [(r.status, r.opd, r.signer_name) for r in rows] == [("ready", "SETDA", "Indah Setyowati")] * 2
    delegation = await Delegation.get()
    assert (delegation.kind, delegation.reason, delegation.receiver_name) == (
        "plh",
        "travel",
        "Ani Kurniasih",
    )
    with clock.at(NOW + DAY + timedelta(minutes=1)):
        assert (await city.work.hand_over()).handed == [REGISTRY]
        board = (await city.nobody.ask("{ officeBoard { opd { code } away signer } }"))["officeBoard"]
    line = next(b for b in board if b["opd"]["code"] == REGISTRY)
    assert (line["away"], line["signer"]) == ("TRIP", "Ani Kurniasih")


async def test_approving_a_heads_trip_asks_for_a_stand_in_and_never_makes_one_alone(city: City) -> None:
    with clock.at(NOW):
        trip = await ask(await city.login(HADI))
        secretary = await city.login(SECRETARY)
        answer = await act(secretary, "approveTrip", **seen(trip))
        assert (answer["code"], answer["fields"][0]["path"]) == ("invalid_input", "standIn")
        assert (
            await Absence.all().count() == await Delegation.all().count() == await Letter.all().count() == 0
        )
        done = await act(secretary, "approveTrip", **seen(trip), withoutStandIn=True)
        assert done["state"] == "APPROVED"
        await city.drain()
    assert await Delegation.all().count() == 0
    told = await RecordedEvent.get(kind="absence_recorded")
    assert told.data["opd"] == REGISTRY
    with clock.at(NOW + DAY + timedelta(minutes=1)):
        assert (await city.work.hand_over()).without == [REGISTRY]


async def test_a_trip_on_days_off_needs_no_stand_in(city: City) -> None:
    saturday = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
    with clock.at(NOW):
        trip = await ask(
            await city.login(HADI), startsAt=saturday.isoformat(), endsAt=(saturday + DAY).isoformat()
        )
        done = await act(await city.login(SECRETARY), "approveTrip", **seen(trip))
    assert done["state"] == "APPROVED"


# Who travels, where to, and who alone may approve.
RIGHT = {
    "officer": (RINA, "JATIM", HADI),
    "officer far": (RINA, "DKI", HADI),
    "deputy": (DEPUTY, "JATIM", HADI),
    "head": (HADI, "JATIM", SECRETARY),
    "head far": (HADI, "DKI", MAYOR),
    "secretary": (SECRETARY, "JATIM", MAYOR),
}


@pytest.mark.parametrize("case", RIGHT)
async def test_a_trip_is_approved_by_the_right_hand_alone(city: City, case: str) -> None:
    traveller, region, approver = RIGHT[case]
    with clock.at(NOW):
        trip = await ask(await city.login(traveller), region=region)
        for phone in {HADI, SECRETARY, MAYOR, HEAD_PTSP, RINA, SARI, INSPECTOR} - {approver}:
            answer = await act(await city.login(phone), "approveTrip", **seen(trip), withoutStandIn=True)
            assert answer["code"] in ("not_yours", "own_trip", "not_found"), phone
        assert (await Trip.get()).state == "requested"
        done = await act(await city.login(approver), "approveTrip", **seen(trip), withoutStandIn=True)
    assert done["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("over", "path"),
    [
        ({"purpose": "Rapat"}, "purpose"),
        ({"region": "MARS"}, "region"),
        ({"endsAt": NOW.isoformat()}, "endsAt"),
        ({"startsAt": (NOW - 2 * DAY).isoformat()}, "startsAt"),
        ({"endsAt": (NOW + 70 * DAY).isoformat()}, "endsAt"),
        ({"kind": "IN_TOWN", "region": "BALI"}, "region"),
        ({"other": "-1"}, "other"),
        ({"other": "banyak"}, "other"),
    ],
)
async def test_a_wrong_wish_names_its_fault_and_nothing_is_recorded(
    city: City, over: dict[str, Any], path: str
) -> None:
    with clock.at(NOW):
        answer = await ask(await city.login(RINA), **over)
    assert (answer["code"], answer["fields"][0]["path"]) == ("invalid_input", path)
    assert await Trip.all().count() == 0
    assert await RecordedEvent.filter(subject_kind="trip").count() == 0


async def test_two_trips_of_one_person_never_overlap(city: City) -> None:
    with clock.at(NOW):
        rina = await city.login(RINA)
        trip = await ask(rina)
        again = await ask(rina, startsAt=(NOW + 2 * DAY).isoformat(), endsAt=(NOW + 5 * DAY).isoformat())
        assert again["code"] == "trip_overlap"
        await act(rina, "cancelTrip", **seen(trip))
        assert (await ask(rina))["state"] == "REQUESTED"


@pytest.mark.parametrize(("hours", "daily"), [(7, "0"), (9, "160000")])
async def test_a_short_trip_in_town_is_worth_no_day_rate(city: City, hours: int, daily: str) -> None:
    with clock.at(NOW):
        until = NOW + DAY + timedelta(hours=hours)
        trip = await ask(await city.login(RINA), kind="IN_TOWN", endsAt=until.isoformat(), other="0")
    assert (trip["daily"], trip["ceiling"], trip["days"]) == (daily, daily, 1)


async def test_a_report_stays_within_the_ceiling(city: City) -> None:
    with clock.at(NOW):
        rina = await city.login(RINA)
        trip = await ask(rina)
        await Trip.all().update(state="ordered")
        text = "Rapat selesai, hasilnya kami bagikan kepada semua petugas."
        over = [{"what": "Hotel", "amount": "2730001"}]
        answer = await act(rina, "reportTrip", **seen(trip), report=text, costs=over)
        assert (answer["code"], answer["fields"][0]["path"]) == ("invalid_input", "costs")
        costs = [{"what": "Uang harian", "amount": "1230000"}, {"what": "Hotel", "amount": "1500000"}]
        done = await act(rina, "reportTrip", **seen(trip), report=text, costs=costs)
    assert (done["state"], done["costTotal"]) == ("REPORTED", "2730000")


async def test_a_trip_that_is_not_made_gives_the_desk_back(city: City) -> None:
    with clock.at(NOW):
        hadi = await city.login(HADI)
        trip = await ask(hadi)
        secretary = await city.login(SECRETARY)
        trip = await act(secretary, "approveTrip", **seen(trip), standIn=await stand_in(city))
        done = await act(await city.login(HADI), "cancelTrip", **seen(trip))
        assert done["state"] == "CANCELLED"
    assert await Delegation.filter(stops_at__gt=NOW + DAY).count() == 0
    assert await Absence.filter(stops_at__gt=NOW + DAY).count() == 0
    assert {row.status for row in await Letter.all()} == {"void"}


async def test_trips_are_seen_by_those_concerned_only(city: City) -> None:
    listed = "{ trips(filter: ALL) { edges { node { traveller } } } }"
    with clock.at(NOW):
        await ask(await city.login(RINA))
        for phone, found in {RINA: 1, HADI: 1, SECRETARY: 1, MAYOR: 1, INSPECTOR: 1, HEAD_PTSP: 0}.items():
            edges = (await (await city.login(phone)).ask(listed))["trips"]["edges"]
            assert len(edges) == found, phone


async def test_the_orders_are_signed_with_one_approval_and_the_trip_may_begin(city: City) -> None:
    with clock.at(NOW):
        trip = await ask(await city.login(HADI))
        secretary = await city.login(SECRETARY)
        trip = await act(secretary, "approveTrip", **seen(trip), standIn=await stand_in(city))
        await city.drain()
        rows = await Letter.filter(subject_kind__in=["trip", "sppd"]).order_by("seq")
        wishes = []
        for row in rows:
            letter_id = str(encode("Letter", row.id))
            opened = await secretary.act(
                "openOrder",
                "... on OrderOpened { ticket { url } letter { sha256 } }",
                letterId=letter_id,
            )
            file = await city.client.get(opened["ticket"]["url"])
            assert hashlib.sha256(file.content).hexdigest() == opened["letter"]["sha256"]
            wishes.append(
                {"letterId": letter_id, "sha256": opened["letter"]["sha256"], "version": trip["version"]}
            )
        assert [o["problem"] for o in await sign(secretary, *wishes)] == [None, None]
        await city.drain()
        assert (await Trip.get()).state == "ordered"
        assert await Letter.filter(status="issued").count() == 2
        kinds = await RecordedEvent.filter(subject_kind="trip").order_by("seq").values_list("kind", flat=True)
        assert list(map(str, kinds)) == ["trip_requested", "trip_approved", "trip_signing", "trip_ordered"]
        again = await sign(secretary, wishes[0])
    assert again[0]["problem"] is not None


async def ordered(city: City, **over: Any) -> tuple[dict[str, Any], Visitor]:
    """Rina's trip with both orders signed by her head, and the head."""
    trip = await ask(await city.login(RINA), **over)
    hadi = await city.login(HADI)
    trip = await act(hadi, "approveTrip", **seen(trip))
    await city.drain()
    await signed(city, hadi, trip)
    return trip, hadi


async def signed(city: City, who: Visitor, trip: dict[str, Any]) -> None:
    """Open and sign whatever of a trip waits."""
    rows = await Letter.filter(subject_kind__in=["trip", "sppd"], status="ready").order_by("seq")
    version = (await Trip.get()).version
    wishes = []
    for row in rows:
        said = "... on OrderOpened { letter { sha256 } }"
        opened = await who.act("openOrder", said, letterId=str(encode("Letter", row.id)))
        sha256 = opened["letter"]["sha256"]
        wishes.append({"letterId": str(encode("Letter", row.id)), "sha256": sha256, "version": version})
    assert [o["problem"] for o in await sign(who, *wishes)] == [None] * len(rows)
    await city.drain()


TO_END = "query L($i: String!) { letterToEnd(id: $i) { applicationId version number letterId } }"
WHY = "Tujuan perjalanan salah tulis di surat."


async def end(who: Visitor, name: str, letter: Letter, reason: str = WHY) -> dict[str, Any]:
    said = "... on LetterEnded { application { id } }"
    return await who.act(name, said, letterId=str(encode("Letter", letter.id)), reason=reason)


async def test_a_wrong_order_is_replaced_and_signed_anew(city: City) -> None:
    with clock.at(NOW):
        _, hadi = await ordered(city)
        old = await Letter.get(subject_kind="trip")
        found = (await hadi.ask(TO_END, i=old.verify_id))["letterToEnd"]
        assert (found["applicationId"], found["letterId"]) == (None, encode("Letter", old.id))
        done = await end(hadi, "replaceOrder", old)
        assert done["__typename"] == "LetterEnded"
        assert (await Trip.get()).state == "approved"
        await city.drain()
        await signed(city, hadi, {})
        new = await Letter.get(subject_kind="trip")
        verdict = "query V($i: String!) { verifyLetter(id: $i) { verdict revokeReason replacedBy } }"
        said = (await city.nobody.ask(verdict, i=old.verify_id))["verifyLetter"]
    assert (await Trip.get()).state == "ordered"
    assert (said["verdict"], said["revokeReason"], said["replacedBy"]) == ("REPLACED", WHY, new.number)
    assert new.number != old.number


@pytest.mark.parametrize("who", [HADI, INSPECTOR])
async def test_a_revoked_order_calls_the_trip_off(city: City, who: str) -> None:
    with clock.at(NOW):
        await ordered(city)
        order = await Letter.get(subject_kind="trip")
        done = await end(await city.login(who), "revokeOrder", order)
        assert done["__typename"] == "LetterEnded"
    assert (await Letter.get(id=order.id)).status == "revoked"
    assert (await Trip.get()).state == "cancelled"
    assert await Absence.filter(stops_at__gt=NOW + DAY).count() == 0


@pytest.mark.parametrize("who", [RINA, DEPUTY, HEAD_PTSP, SARI])
async def test_an_order_is_ended_by_nobody_else(city: City, who: str) -> None:
    with clock.at(NOW):
        await ordered(city)
        order = await Letter.get(subject_kind="trip")
        before = await RecordedEvent.all().count()
        visitor = await city.login(who)
        for name in ("revokeOrder", "replaceOrder"):
            assert (await end(visitor, name, order))["code"] in ("not_yours", "not_found")
        short = await end(await city.login(HADI), "revokeOrder", order, "salah")
        assert short["fields"][0]["path"] == "reason"
    assert await RecordedEvent.all().count() == before
    assert (await Letter.get(id=order.id)).status == "issued"


async def test_waiting_orders_follow_the_post_of_their_signer(city: City) -> None:
    with clock.at(NOW):
        trip = await ask(await city.login(RINA))
        await act(await city.login(HADI), "approveTrip", **seen(trip))
        await city.drain()
        await grant(city, await city.login(SECRETARY), NOW + timedelta(hours=1), NOW + DAY)
    with clock.at(NOW + timedelta(hours=1, minutes=1)):
        assert (await city.work.hand_over()).redrawn == 2
        await city.drain()
        assert {r.signer_name for r in await Letter.all()} == {"Ani Kurniasih"}
        await signed(city, await city.login(DEPUTY), {})
    assert (await Trip.get()).state == "ordered"
    assert {(r.status, r.capacity) for r in await Letter.all()} == {("issued", "plh")}


async def test_a_missing_report_is_asked_for_before_and_after_it_is_due(city: City) -> None:
    with clock.at(NOW):
        await ordered(city)
    # back on Thursday 26 November, due on Thursday 3 December
    told = {2: [], 4: ["asked"], 8: ["asked"], 9: ["asked", "soon"], 11: ["asked", "soon", "late"]}
    for day, kinds in told.items():
        with clock.at(NOW + day * DAY):
            await city.work.hand_over()
            await city.work.hand_over()
        found = await RecordedEvent.filter(kind__startswith="trip_report_").order_by("seq")
        assert [r.kind.removeprefix("trip_report_") for r in found] == kinds, day
    with clock.at(NOW + 11 * DAY):
        await city.drain()
        rina = await city.login(RINA)
        notices = (await rina.ask("{ notices { edges { node { title } } } }"))["notices"]["edges"]
        assert notices[0]["node"]["title"] == "Laporan perjalanan ke Surabaya terlambat"
        trip = await Trip.get()
        costs = [{"what": "Uang harian", "amount": "1230000"}]
        text = "Rapat selesai, hasilnya kami bagikan kepada semua petugas."
        ids = {"tripId": str(encode("Trip", trip.id)), "version": trip.version}
        assert (await act(rina, "reportTrip", **ids, report=text, costs=costs))["state"] == "REPORTED"
