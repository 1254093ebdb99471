"""Rate limits by cost: shared through the database, told in seconds, and nobody pays for a refused request."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from graphql import GraphQLError
from tortoise.connection import get_connection

from backend.core import clock, rates
from backend.core.actors import NOBODY, Actor
from backend.core.problems import Busy
from backend.core.rates import Meter, network_of, pour
from backend.settings import Bucket, Rates
from schema.documents import NEW_LEAST, NEW_MOST, Documents, price
from tests.apps import query, with_token
from tests.city import SARI, City

ANONYMOUS = Rates().anonymous
SMALL = Bucket(burst=10, per_second=2.0)
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


async def test_a_bucket_takes_its_burst_and_then_says_how_long_to_wait(city: City) -> None:
    with clock.at(clock.now()):
        assert await pour("t", 6, SMALL) == 0
        assert await pour("t", 4, SMALL) == 0
        assert await pour("t", 3, SMALL) == pytest.approx(1.5)
        # a refused cost was not added: the same question has the same answer
        assert await pour("t", 3, SMALL) == pytest.approx(1.5)


async def test_a_bucket_runs_dry_with_time(city: City) -> None:
    now = clock.now()
    with clock.at(now):
        assert await pour("t", 10, SMALL) == 0
    with clock.at(now + timedelta(seconds=2)):
        assert await pour("t", 4, SMALL) == 0
        assert await pour("t", 1, SMALL) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_callers_are_counted_by_network(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_network_over_its_rate_gets_429_with_retry_after_and_a_person_in_it_does_not(
    city: City,
) -> None:
    # given a network that has used up its burst
    sari = await city.login(SARI)
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst, ANONYMOUS)

        # when nobody and a signed-in resident ask from there
        refused = await city.nobody.post("{ vapidPublicKey }")
        heard = await sari.post("{ vapidPublicKey }")

    # then only nobody has to wait
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert refused.headers["retry-after"] == "1"
    assert heard.status_code == 200


async def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(city: City) -> None:
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst, ANONYMOUS)
        answer = await city.client.post(
            "/graphql", json={"query": "{ vapidPublicKey }"}, headers={"X-Forwarded-For": "198.51.100.9"}
        )
    assert answer.status_code == 429


async def level(name: str) -> float:
    rows = await get_connection("default").execute_query_dict(
        "SELECT level FROM rate_buckets WHERE name = $1", [name]
    )
    return float(rows[0]["level"]) if rows else 0.0


async def test_who_asks_now_and_then_is_charged_exactly(city: City) -> None:
    meter = Meter(Rates(leases=40))
    for second in range(5):
        with clock.at(NOON + timedelta(seconds=10 * second)):
            assert await meter.spend("t", 3, Bucket(4000, 0.001)) == 0
    assert await level("t") == pytest.approx(15, abs=0.1)


async def test_who_asks_often_is_charged_ahead_and_seldom_written_down(city: City) -> None:
    # given a caller that asks a thousand times within a second
    meter, bucket = Meter(Rates(leases=40)), Bucket(4000, 1.0)
    written = 0
    with clock.at(NOON):
        for asked in range(1, 1001):
            before = await level("t")
            assert await meter.spend("t", 1, bucket) == 0
            now = await level("t")
            written += now != before
            # what was let through was charged before, and never more than a fortieth ahead
            assert asked <= now <= asked + bucket.burst / 40
    assert written < 20


async def test_leases_of_many_processes_never_let_through_more_than_the_bucket_holds(city: City) -> None:
    meters, bucket, let_through = [Meter(Rates(leases=10)) for _ in range(3)], Bucket(100, 0.001), 0
    with clock.at(NOON):
        for n in range(150):
            let_through += await meters[n % 3].spend("t", 1, bucket) == 0
    # at most a tenth for each process is leased and unspent when the bucket is full
    assert 70 <= let_through <= 100


async def test_many_at_once_share_one_lease(city: City) -> None:
    # given a caller that is known to ask often
    meter, bucket = Meter(Rates(leases=40)), Bucket(4000, 0.001)
    with clock.at(NOON):
        for _ in range(20):
            await meter.spend("t", 1, bucket)
        before = await level("t")

        # when two hundred requests come in one moment
        waits = await asyncio.gather(*(meter.spend("t", 1, bucket) for _ in range(200)))

        # then all are let in, and no more is charged ahead than one at a time would be
        assert set(waits) == {0.0}
        assert before + 200 - 100 <= await level("t") <= 220 + bucket.burst / 40


async def test_a_lease_is_over_after_three_seconds(city: City) -> None:
    meter, bucket = Meter(Rates(leases=2)), Bucket(100, 0.001)
    with clock.at(NOON):
        for _ in range(8):
            await meter.spend("t", 1, bucket)
        held = await level("t")
        assert held == 15  # 1 + 2 + 4 + 8
    with clock.at(NOON + timedelta(seconds=4)):
        await meter.spend("t", 1, bucket)
    assert await level("t") == pytest.approx(16, abs=0.1)


async def test_the_person_pays_nothing_when_their_device_is_refused(city: City) -> None:
    actor = Actor(person=uuid4(), session=uuid4())
    meter = Meter(Rates(person=Bucket(1000, 1.0), device=Bucket(10, 1.0), leases=0))
    with clock.at(NOON):
        assert await meter.actor(actor, "", 10) == 0
        assert await meter.actor(actor, "", 10) == pytest.approx(10)
        assert await level(f"person:{actor.person}") == 10
        # another device of the same person may go on
        assert await meter.actor(replace(actor, session=uuid4()), "", 10) == 0


async def test_leases_are_remembered_for_no_more_than_ten_thousand_callers(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_LEASES", 5)
    meter = Meter(Rates(leases=40))
    for n in range(20):
        await meter.spend(f"t{n}", 1, SMALL)
    assert len(meter._leases) == 5


async def test_an_app_has_a_bucket_of_its_own(city: City) -> None:
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst - 50, ANONYMOUS)
        app = await with_token(city, "catalogue")
        await pour("network:127.0.0.0/24", 30, ANONYMOUS)
        assert (await query(city, app.token, "{ opds { code } }")).status_code == 200

        name = f"client:{app.id}"
        await pour(name, Rates().client.burst - await level(name), Rates().client)
        answer = await query(city, app.token, "{ opds { code } }")
    assert answer.status_code == 429


async def test_uploads_and_tokens_are_rated_too(city: City) -> None:
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst, ANONYMOUS)
        upload = await city.client.post("/documents/upload", files={"file": ("x", b"x")})
        token = await city.client.post("/oauth/token", data={"grant_type": "client_credentials"})
    assert (upload.status_code, upload.json()["code"], upload.headers["retry-after"]) == (
        429,
        "rate_limited",
        "1",
    )
    assert (token.status_code, token.headers["retry-after"]) == (429, "1")


async def test_guessed_tokens_are_paid_by_the_network(city: City) -> None:
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst - 7, ANONYMOUS)
        first = await query(city, "guess", "{ opds { code } }")
        second = await query(city, "guess", "{ opds { code } }")
    assert (first.status_code, second.status_code) == (401, 429)


async def test_who_was_refused_is_refused_again_before_anything_is_read_and_no_longer_than_needed(
    city: City,
) -> None:
    # given a bucket of ten that runs off by two a second, and is full
    meter = Meter(Rates(anonymous=SMALL, leases=0))
    with clock.at(NOON):
        assert meter.full(NOBODY, "203.0.113.7") == 0
        assert await meter.anonymous("203.0.113.7", 10) == 0
        assert await meter.anonymous("203.0.113.7", 5) == pytest.approx(2.5)
        # a cost of 1 fits after half a second
        assert meter.full(NOBODY, "203.0.113.7") == pytest.approx(0.5)
        assert meter.full(NOBODY, "198.51.100.7") == 0
    with clock.at(NOON + timedelta(seconds=0.6)):
        assert meter.full(NOBODY, "203.0.113.7") <= 0
        assert await meter.anonymous("203.0.113.7", 1) == 0


async def test_dear_work_is_paid_with_the_next_request_and_a_debt_runs_off(db: None) -> None:
    # given a bucket of 10 that runs off by 2 a second
    meter = Meter(Rates(anonymous=SMALL, leases=0))
    with clock.at(NOON):
        meter.owe(NOBODY, "203.0.113.7", 7)
        # then another network owes nothing, and this one pays once: 7 with 1, then 1, and 10 are full
        assert await meter.anonymous("198.51.100.7", 10) == 0
        assert await meter.anonymous("203.0.113.7", 1) == 0
        assert await meter.anonymous("203.0.113.7", 2) == 0
        assert await meter.anonymous("203.0.113.7", 1) == pytest.approx(0.5)
        # and however often somebody owes, it is never more than a whole bucket
        assert await meter.anonymous("192.0.2.1", 1) == 0
        for _ in range(5):
            meter.owe(NOBODY, "192.0.2.1", 7)
        assert await meter.anonymous("192.0.2.1", 1) == pytest.approx(1)
        # and a debt of 7 is one of 1 after three seconds
        meter.owe(NOBODY, "192.0.3.1", 7)
    with clock.at(NOON + timedelta(seconds=3)):
        assert await meter.anonymous("192.0.3.1", 9) == 0
        assert await meter.anonymous("192.0.3.1", 1) == pytest.approx(0.5)


async def test_a_debt_that_does_not_fit_stays_owed(db: None) -> None:
    # given a full bucket of 10 that runs off by 2 a second, and 8 owed on top
    meter = Meter(Rates(anonymous=SMALL, leases=0))
    with clock.at(NOON):
        assert await meter.anonymous("203.0.113.7", 10) == 0
        meter.owe(NOBODY, "203.0.113.7", 8)
        # then even the cheapest request waits until the debt and its own cost have run off
        assert await meter.anonymous("203.0.113.7", 1) == pytest.approx(4.5)
        assert meter.full(NOBODY, "203.0.113.7") == pytest.approx(4.5)
    with clock.at(NOON + timedelta(seconds=4)):
        assert await meter.anonymous("203.0.113.7", 1) == pytest.approx(0.5)
    with clock.at(NOON + timedelta(seconds=4.5)):
        assert await meter.anonymous("203.0.113.7", 1) == 0
        assert await meter.anonymous("203.0.113.7", 1) == pytest.approx(0.5)


async def test_a_debt_outlives_a_database_that_does_not_answer(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a caller who owes 7, and a database without room
    meter = Meter(Rates(anonymous=SMALL, leases=0))

    async def full(*_: object) -> None:
        raise Busy

    with clock.at(NOON):
        meter.owe(NOBODY, "203.0.113.7", 7)
        with monkeypatch.context() as short:
            short.setattr(rates, "overfill", full)
            with pytest.raises(Busy):
                await meter.anonymous("203.0.113.7", 1)
        # then the 7 are paid once there is room: with 3 more it is full
        assert await meter.anonymous("203.0.113.7", 3) == 0
        assert await meter.anonymous("203.0.113.7", 1) == pytest.approx(0.5)


@pytest.mark.parametrize("document", ["{", "{ ...A } fragment A on Query { ...A }"])
async def test_a_document_that_is_refused_is_paid_for(city: City, document: str) -> None:
    document += f"# {uuid4()}"  # seen by nobody
    with clock.at(clock.now()):
        await pour("network:127.0.0.0/24", ANONYMOUS.burst - price(document) - 15, ANONYMOUS)
        found = [(await city.nobody.post(document)).status_code for _ in range(3)]
    assert found == [400, 429, 429]


NETWORK = "network:127.0.0.0/24"
SEARCH = "query Paid($first: Int) { services(first: $first) { totalCount } }"


async def test_a_new_document_is_paid_for_before_it_is_read_and_a_known_one_is_not(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "schema.endpoint.dear", lambda _: 0
    )  # how long this machine takes for it is no matter here
    with clock.at(clock.now()):
        first = await city.nobody.post(SEARCH, first=5)
        paid = await level(NETWORK)
        second = await city.nobody.post(SEARCH, first=5)
        again = await level(NETWORK) - paid

        # a page size it never had is work anew
        await city.nobody.post(SEARCH, first=6)
        other = await level(NETWORK) - paid - again
    assert first.json() == second.json()
    assert paid >= price(SEARCH) == NEW_LEAST + len(SEARCH) // 4
    # the lease of a caller who asks often is at most twice what it was
    assert again < price(SEARCH) <= other


async def test_what_is_no_document_is_paid_for_too_and_read_only_once(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a network that can pay for no document but a request
    with clock.at(clock.now()):
        await pour(NETWORK, ANONYMOUS.burst - NEW_LEAST, ANONYMOUS)

        # when it sends one that is none, then nobody reads it
        with monkeypatch.context() as patched:
            patched.setattr("schema.documents.parse", lambda *_, **__: pytest.fail("was read"))
            refused = await city.nobody.post("{ opds { code ")
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (
            429,
            "RATE_LIMITED",
        )

    documents = Documents(1000)
    errors = []
    for _ in range(2):
        with pytest.raises(GraphQLError) as raised:
            documents.learn("{ opds { code ")
        errors.append(raised.value.formatted)
        monkeypatch.setattr("schema.documents.parse", lambda *_, **__: pytest.fail("was read again"))
    assert errors[0] == errors[1]
    assert documents.price("{ opds { code ") == 0


def test_the_apps_own_documents_never_pay_for_being_read() -> None:
    documents = Documents(1000, ["{ trusted(first: 1) }", SEARCH])
    assert documents.price("{ trusted(first: 1) }") == 0
    assert documents.price("{ foreign }") == NEW_LEAST + 2
    assert documents.price("#" * 60_000) == NEW_MOST
    known = documents.learn(SEARCH)
    assert documents.price_of_switches(known, (("first", 7),)) == 0


async def test_who_sends_new_documents_all_the_time_waits_while_other_networks_are_served(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a server behind a proxy, so that networks can be told apart
    monkeypatch.setattr("schema.endpoint.address_of", lambda request, **_: request.headers["x-from"])

    async def ask(document: str, network: str) -> int:
        headers = {"X-From": network}
        return (await city.client.post("/graphql", json={"query": document}, headers=headers)).status_code

    with clock.at(clock.now()):
        assert await ask("{ opds { code } }", "198.51.100.7") == 200
        # when one of them sends two hundred different ones in a moment
        found = [await ask(f"{{ x{n} {'y ' * 500} }}", "203.0.113.7") for n in range(200)]

        # then it was heard about as often as its bucket holds the price, and then refused
        assert found.count(429) >= 200 - ANONYMOUS.burst // price("y " * 500)
        assert set(found[-150:]) == {429}
        # and the other is served
        assert await ask("{ opds { code } }", "198.51.100.7") == 200


async def test_a_refusal_is_known_without_asking_for_as_long_as_the_cost_cannot_fit(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a bucket of ten that runs off by two a second, with room for one
    meter = Meter(Rates(anonymous=SMALL, leases=0))
    with clock.at(NOON):
        assert await meter.anonymous("203.0.113.7", 9) == 0
        assert await meter.anonymous("203.0.113.7", 5) == pytest.approx(2)
        with monkeypatch.context() as patched:
            patched.setattr(rates, "pour", lambda *_: pytest.fail("asked"))
            assert await meter.anonymous("203.0.113.7", 3) == pytest.approx(1)
        # what fits is asked for and let in
        assert meter.full(NOBODY, "203.0.113.7") == 0
        assert await meter.anonymous("203.0.113.7", 1) == 0
