"""From an act to a phone that wakes: subscribe by the API, act, and the push service decrypts the words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from aiohttp import web
from tortoise.connection import get_connection

from backend.app import create_app
from backend.core import clock
from backend.core.ids import number_text
from backend.notifications.models import PushDelivery, PushSubscription
from backend.notifications.push import PushSender, Subscription, topic_of
from backend.notifications.vapid import VapidKeys
from backend.settings import Settings
from schema.ids import uuid_of
from tests.city import BUDI, RINA, SARI, City, Visitor
from tests.worker.push_endpoint import PushEndpoint, running

SERVICE = "DUK-KK-HILANG"


@pytest.fixture
async def service() -> AsyncIterator[PushEndpoint]:
    async with running() as endpoint:
        yield endpoint


@pytest.fixture
async def pushed(city: City, settings: Settings) -> AsyncIterator[City]:
    """The city with a sender that may also reach this machine."""
    keys = VapidKeys.load_or_make(settings.home / "secrets")
    async with PushSender(
        keys, subject="mailto:lugas@malang.example", allow_loopback=True, seconds=5
    ) as push:
        parts = replace(city.parts, push=push)
        transport = httpx.ASGITransport(app=create_app(settings, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            yield City(client, parts, city.work._signer)


async def subscribe(visitor: Visitor, browser: Subscription) -> dict[str, Any]:
    return await visitor.act(
        "subscribePush",
        "... on PushChanged { devices }",
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
    )


async def woken(pushed: City, service: PushEndpoint) -> tuple[Visitor, Subscription]:
    """Sari with one browser that may be woken."""
    sari = await pushed.login(SARI)
    browser = service.subscribe(pushed.parts.vapid_public_key)
    assert (await subscribe(sari, browser))["devices"] == 1
    return sari, browser


async def deliveries() -> list[tuple[str, str]]:
    return [(d.state, d.reason) for d in await PushDelivery.all().order_by("first_at", "id")]


async def test_an_act_wakes_the_phone_with_words_and_nothing_personal(
    pushed: City, service: PushEndpoint
) -> None:
    sari, _ = await woken(pushed, service)

    case = await pushed.apply(sari, SERVICE)
    ran = await pushed.drain()

    assert ran.count("push") == 1
    (received,) = service.received
    said = orjson.loads(received.plaintext)
    assert said["title"].endswith(": kami terima")
    assert said["url"] == f"/permohonan/{case['number']}"
    assert number_text(case["number"]) in said["body"]
    assert said["tag"] == case["number"]
    assert said["unread"] == 1
    assert (received.ttl, received.topic) == (86400, topic_of(str(uuid_of(case["id"], "Application"))))
    for personal in ("Sari", "3573", "8110"):
        assert personal not in received.plaintext.decode()
    assert await deliveries() == [("sent", "")]
    assert (await PushSubscription.get()).last_sent_at is not None


async def test_the_push_speaks_the_language_of_the_person(pushed: City, service: PushEndpoint) -> None:
    sari, _ = await woken(pushed, service)
    await sari.act("updateProfile", "", locale="EN")
    await pushed.apply(sari, SERVICE)
    await pushed.drain()
    assert orjson.loads(service.received[0].plaintext)["title"].endswith(": received")


async def test_every_browser_of_the_person_is_woken_and_nobody_else_s(
    pushed: City, service: PushEndpoint
) -> None:
    sari, _ = await woken(pushed, service)
    assert (await subscribe(sari, service.subscribe(pushed.parts.vapid_public_key)))["devices"] == 2
    budi = await pushed.login(BUDI)
    await subscribe(budi, service.subscribe(pushed.parts.vapid_public_key))
    await pushed.apply(sari, SERVICE)
    await pushed.drain()
    assert len({r.subscription for r in service.received}) == len(service.received) == 2


async def test_a_browser_that_unsubscribed_is_forgotten(pushed: City, service: PushEndpoint) -> None:
    sari, browser = await woken(pushed, service)
    service.forget(browser)
    await pushed.apply(sari, SERVICE)
    await pushed.drain()
    assert await deliveries() == [("gone", "http_410")]
    assert await PushSubscription.all().count() == 0
    await pushed.apply(sari, SERVICE)
    assert "push" not in await pushed.drain()


async def test_a_busy_push_service_is_tried_again_after_it_said(pushed: City, service: PushEndpoint) -> None:
    sari, _ = await woken(pushed, service)
    service.answer = web.Response(status=429, headers={"Retry-After": "120"})
    await pushed.apply(sari, SERVICE)

    assert "push later" in await pushed.drain()
    assert await deliveries() == [("waiting", "http_429")]

    service.answer = None
    (row,) = await PushDelivery.all()
    await pushed.work.handlers["push"]({"delivery": str(row.id)})
    assert await deliveries() == [("sent", "")]
    assert (await PushDelivery.get()).attempts == 2
    # and once sent it is not sent again
    await pushed.work.handlers["push"]({"delivery": str(row.id)})
    assert len(service.received) == 1


async def test_after_three_days_of_failures_it_ends_where_an_operator_sees_it(
    pushed: City, service: PushEndpoint
) -> None:
    sari, _ = await woken(pushed, service)
    service.answer = web.Response(status=503)
    await pushed.apply(sari, SERVICE)
    await pushed.drain()
    (row,) = await PushDelivery.all()
    with clock.at(clock.now() + timedelta(hours=73)):
        await pushed.work.handlers["push"]({"delivery": str(row.id)})
    assert await deliveries() == [("expired", "http_503")]


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_a_push_the_service_refuses_for_good_is_not_repeated(
    pushed: City, service: PushEndpoint, status: int
) -> None:
    sari, _ = await woken(pushed, service)
    service.answer = web.Response(status=status)
    await pushed.apply(sari, SERVICE)
    assert "push" in await pushed.drain()
    assert await deliveries() == [("refused", f"http_{status}")]


async def test_a_subscription_taken_back_before_the_push_leaves_is_not_used(
    pushed: City, service: PushEndpoint
) -> None:
    sari, browser = await woken(pushed, service)
    await pushed.apply(sari, SERVICE)
    await run_only(pushed, "announce")
    left = await sari.act("unsubscribePush", "... on PushChanged { devices }", endpoint=browser.endpoint)
    assert left["devices"] == 0
    await pushed.drain()
    assert await deliveries() == [("gone", "subscription removed")]
    assert service.received == []


async def run_only(city: City, entrypoint: str) -> None:
    rows = await get_connection("default").execute_query_dict(
        "DELETE FROM pgqueuer WHERE entrypoint = $1 RETURNING payload", [entrypoint]
    )
    for row in rows:
        await city.work.handlers[entrypoint](orjson.loads(row["payload"]))


async def test_a_shared_phone_wakes_only_for_who_subscribed_last(pushed: City, service: PushEndpoint) -> None:
    sari, browser = await woken(pushed, service)
    budi = await pushed.login(BUDI)
    await subscribe(budi, browser)
    await pushed.apply(sari, SERVICE)
    await pushed.drain()
    assert service.received == []
    await pushed.apply(budi, SERVICE)
    await pushed.drain()
    assert len(service.received) == 1


async def test_many_returns_with_long_reasons_still_fit_into_a_push(
    pushed: City, service: PushEndpoint
) -> None:
    sari, rina = await pushed.login(SARI), await pushed.login(RINA)
    case = await rina.move("takeApplication", await pushed.apply(sari, "DUK-KK-UBAH"))
    await pushed.drain()
    await woken(pushed, service)
    items = [{"requirement": r["code"], "reason": "Foto buram sekali. " * 31} for r in case["returnable"]]
    assert len(items) >= 5
    await rina.move("returnApplication", case, returns=items)
    await pushed.drain()
    (received,) = service.received
    assert orjson.loads(received.plaintext)["body"].endswith("…")
    assert await deliveries() == [("sent", "")]


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "http://fcm.googleapis.com/x",
            "https://evil.example/x",
            "https://fcm.googleapis.com.evil.example/x",
        ),
        *(
            "https://169.254.169.254/latest",
            "https://user@fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/",
        ),
        *("file:///etc/passwd", "", "x" * 3000, "https://[::1/", "http://127.0.0.1:5432/"),
    ],
)
async def test_an_address_that_is_no_push_service_is_refused(city: City, endpoint: str) -> None:
    sari = await city.login(SARI)
    found = await subscribe(sari, Subscription(endpoint, "x" * 87, "x" * 22))
    assert [f["path"] for f in found["fields"]] == ["endpoint"]
    assert await PushSubscription.all().count() == 0


@pytest.mark.parametrize(("p256dh", "auth"), [("", "x" * 22), ("x" * 200, "x" * 22), ("x" * 87, "")])
async def test_keys_that_cannot_be_are_refused(city: City, p256dh: str, auth: str) -> None:
    sari = await city.login(SARI)
    found = await subscribe(sari, Subscription("https://fcm.googleapis.com/x", p256dh, auth))
    assert found["__typename"] == "InvalidInput"


async def test_a_person_has_at_most_ten_browsers(city: City) -> None:
    sari = await city.login(SARI)
    for n in range(10):
        browser = Subscription(f"https://fcm.googleapis.com/{n}", "x" * 87, "x" * 22)
        assert (await subscribe(sari, browser))["devices"] == n + 1
    found = await subscribe(sari, Subscription("https://fcm.googleapis.com/11", "x" * 87, "x" * 22))
    assert (found["__typename"], found["limit"]) == ("TooLarge", 10)
    again = await subscribe(sari, Subscription("https://fcm.googleapis.com/3", "x" * 87, "x" * 22))
    assert again["devices"] == 10
