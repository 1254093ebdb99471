"""Rate limits by cost: shared through the database, told in seconds, and nobody pays for a refused request."""

from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.rates import network_of, pour
from backend.settings import Bucket, Rates
from tests.city import SARI, City

ANONYMOUS = Rates().anonymous
SMALL = Bucket(burst=10, per_second=2.0)


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
