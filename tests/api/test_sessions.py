"""Sessions on devices: listed, ended one by one, over in time, and never taken from another page."""

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.core import clock
from backend.core.models import IdempotencyKey
from backend.identity import rules
from backend.identity.models import PostHeld, Session
from backend.identity.queries import actor_of
from tests.city import BUDI, ORIGIN, RINA, SARI, City, Visitor

ME = "{ me { name devices { id label current } } }"


async def name_of(visitor: Visitor) -> str | None:
    data = await visitor.ask("{ me { name } }")
    return data["me"] and str(data["me"]["name"])


async def test_devices_are_listed_newest_first_and_this_one_is_marked(city: City) -> None:
    start = clock.now()
    with clock.at(start):
        first = await city.login(SARI)
    with clock.at(start + timedelta(minutes=1)):
        second = await city.login(SARI)
        await city.login(BUDI)
        devices = (await first.ask(ME))["me"]["devices"]
    assert [d["current"] for d in devices] == [False, True]
    assert [d["current"] for d in (await second.ask(ME))["me"]["devices"]] == [True, False]


async def test_an_ended_device_is_nobody_at_once_and_the_others_stay(city: City) -> None:
    first, second = await city.login(SARI), await city.login(SARI)
    other = next(d for d in (await first.ask(ME))["me"]["devices"] if not d["current"])

    answer = await first.act(
        "revokeDevice", "... on DeviceRevoked { viewer { devices { current } } }", deviceId=other["id"]
    )

    assert answer["viewer"]["devices"] == [{"current": True}]
    assert (await name_of(second), await name_of(first)) == (None, "Sari Wulandari")
    again = await first.act("revokeDevice", "", deviceId=other["id"])
    assert again["__typename"] == "NotFound"


async def test_nobody_ends_the_device_of_another_person(city: City) -> None:
    sari, budi = await city.login(SARI), await city.login(BUDI)
    (device,) = (await sari.ask(ME))["me"]["devices"]
    answers = [
        await visitor.act("revokeDevice", "", deviceId=device["id"]) for visitor in (budi, city.nobody)
    ]
    assert [a["__typename"] for a in answers] == ["NotFound", "NotAllowed"]
    assert await name_of(sari) == "Sari Wulandari"


@pytest.mark.parametrize("device", ["", "x", "RGV2aWNlOng", "T3BkOkRMSA", "é", "x" * 3000])
async def test_an_id_that_is_no_device_is_not_found(city: City, device: str) -> None:
    sari = await city.login(SARI)
    assert (await sari.act("revokeDevice", "", deviceId=device))["__typename"] == "NotFound"


async def test_log_out_ends_the_session_and_clears_the_cookie(city: City) -> None:
    sari = await city.login(SARI)
    document = "mutation M($i: LogOutInput!) { logOut(input: $i) { ... on LoggedOut { ok } } }"

    answer = await sari.post(document, i={"idempotencyKey": str(uuid4())})

    assert answer.json()["data"] == {"logOut": {"ok": True}}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-sid=; Path=/; Max-Age=0; ")
    assert await name_of(sari) is None
    repeated = await sari.act("logOut", "")
    assert (repeated["__typename"], repeated["code"]) == ("NotAllowed", "sign_in")


async def test_a_session_is_over_when_its_time_is_up(city: City) -> None:
    start = clock.now()
    with clock.at(start):
        sari, rina = await city.login(SARI), await city.login(RINA)
    with clock.at(start + rules.STAFF_SESSION_LIFETIME):
        assert (await name_of(sari), await name_of(rina)) == ("Sari Wulandari", None)
    with clock.at(start + rules.SESSION_LIFETIME):
        assert await name_of(sari) is None


async def test_a_post_counts_only_while_it_is_held(city: City) -> None:
    rina = await city.login(RINA)
    actor = await city.actor(rina)
    assert [p.opd for p in actor.posts] == ["DISPENDUKCAPIL"]
    for change in (
        {"until": clock.today() - timedelta(days=1)},
        {"until": None, "since": clock.today() + timedelta(days=1)},
    ):
        await PostHeld.filter(person_id=actor.person).update(**change)
        assert (await city.actor(rina)).posts == ()
        errors = await rina.errors("{ inbox { totalCount } }")
        assert errors[0]["extensions"]["code"] == "FORBIDDEN"
    await PostHeld.filter(person_id=actor.person).update(since=clock.today(), until=clock.today())
    assert len((await city.actor(rina)).posts) == 1


async def test_the_database_holds_only_the_hash_of_a_token(city: City) -> None:
    sari = await city.login(SARI)
    row = await Session.get()
    assert sari.token is not None
    assert sari.token not in (row.token_hash, row.label)
    assert (await actor_of(row.token_hash, None)).person is None
    assert (await actor_of(str(row.id), None)).person is None


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", f"{ORIGIN}.evil.example"])
async def test_another_page_can_do_nothing_with_somebody_s_cookie(city: City, origin: str | None) -> None:
    sari = await city.login(SARI)
    headers = {k: v for k, v in sari.headers().items() if k != "Origin"}
    body = {
        "query": "mutation M($i: LogOutInput!) { logOut(input: $i) { __typename } }",
        "variables": {"i": {"idempotencyKey": str(uuid4())}},
    }

    answer = await city.client.post(
        "/graphql", json=body, headers=headers | ({"Origin": origin} if origin else {})
    )

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FOREIGN_ORIGIN"
    assert await name_of(sari) == "Sari Wulandari"
    assert await IdempotencyKey.all().count() == 0


async def test_when_a_device_was_last_seen_is_kept_to_five_minutes(city: City) -> None:
    start = clock.now()
    with clock.at(start):
        sari = await city.login(SARI)
    for minutes, seen in ((4, 0), (6, 6), (8, 6)):
        with clock.at(start + timedelta(minutes=minutes)):
            await name_of(sari)
        assert (await Session.get()).seen_at == start + timedelta(minutes=seen)
