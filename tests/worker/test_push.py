"""A push reaches the browser that asked for it, nothing else, and every fault has a known outcome."""

import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from backend.core import clock
from backend.notifications.push import (
    MAX_PLAINTEXT,
    Kind,
    Outcome,
    PushSender,
    Subscription,
    next_try,
    topic_of,
)
from backend.notifications.vapid import VapidHeaders, VapidKeys
from tests.worker.push_endpoint import PushEndpoint, running

SUBJECT = "mailto:lugas@malang.example"
PAYLOAD = json.dumps({"title": "Surat Anda sudah jadi"}).encode()
TOPIC = topic_of("MLG-2026-000123-7")
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> VapidKeys:
    return VapidKeys.load_or_make(tmp_path_factory.mktemp("vapid"))


@pytest.fixture
async def service() -> AsyncIterator[PushEndpoint]:
    async with running() as endpoint:
        yield endpoint


@pytest.fixture
async def sender(keys: VapidKeys) -> AsyncIterator[PushSender]:
    async with PushSender(keys, subject=SUBJECT, allow_loopback=True, seconds=5) as opened:
        yield opened


@pytest.fixture
def browser(service: PushEndpoint, keys: VapidKeys) -> Subscription:
    return service.subscribe(keys.public_key)


async def test_a_push_arrives_decrypted_with_its_day_to_live_topic_and_urgency(
    service: PushEndpoint, sender: PushSender, browser: Subscription
) -> None:
    outcome = await sender.send(browser, PAYLOAD, topic=TOPIC, urgency="high")

    assert outcome == Outcome(Kind.SENT, status=201)
    (received,) = service.received
    assert received.plaintext == PAYLOAD
    assert (received.ttl, received.topic, received.urgency) == (86400, TOPIC, "high")
    assert service.refused == []


async def test_the_largest_payload_fits_and_one_byte_more_is_not_sent(
    service: PushEndpoint, sender: PushSender, browser: Subscription
) -> None:
    fits = await sender.send(browser, b"x" * MAX_PLAINTEXT, topic=TOPIC)
    too_large = await sender.send(browser, b"x" * (MAX_PLAINTEXT + 1), topic=TOPIC)

    assert fits.kind is Kind.SENT
    assert too_large == Outcome(Kind.REFUSED, "payload_too_large")
    assert [len(each.plaintext) for each in service.received] == [3993]


async def test_one_signature_serves_every_push_to_one_service(
    service: PushEndpoint, sender: PushSender, browser: Subscription, keys: VapidKeys
) -> None:
    for subscription in (browser, service.subscribe(keys.public_key)):
        await sender.send(subscription, PAYLOAD, topic=TOPIC)

    assert len({each.authorization for each in service.received}) == 1


async def test_two_services_each_get_a_header_made_for_them(sender: PushSender, keys: VapidKeys) -> None:
    async with running() as first, running() as second:
        for service in (first, second, first):
            outcome = await sender.send(service.subscribe(keys.public_key), PAYLOAD, topic=TOPIC)
            assert outcome.kind is Kind.SENT

        assert (len(first.received), len(second.received)) == (2, 1)
        assert first.received[0].authorization != second.received[0].authorization


async def test_an_unknown_or_ended_subscription_is_gone(
    service: PushEndpoint, sender: PushSender, browser: Subscription
) -> None:
    unknown = await sender.send(replace(browser, endpoint=f"{service.origin}/push/x"), PAYLOAD, topic=TOPIC)
    service.forget(browser)
    ended = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert unknown == Outcome(Kind.GONE, "http_404", 404)
    assert ended == Outcome(Kind.GONE, "http_410", 410)
    assert service.received == []


async def test_a_key_the_browser_did_not_subscribe_with_is_refused(
    service: PushEndpoint, browser: Subscription, tmp_path: Path
) -> None:
    others = VapidKeys.load_or_make(tmp_path)
    async with PushSender(others, subject=SUBJECT, allow_loopback=True) as sender:
        outcome = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, "http_403", 403)
    assert service.refused == ["another key than the subscribed one"]


async def test_a_message_for_another_browser_cannot_be_read_and_is_not_counted(
    service: PushEndpoint, sender: PushSender, browser: Subscription, keys: VapidKeys
) -> None:
    other = service.subscribe(keys.public_key)

    outcome = await sender.send(replace(browser, p256dh=other.p256dh), PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, "http_400", 400)
    assert service.received == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_or_broken_service_is_asked_again(
    service: PushEndpoint, sender: PushSender, browser: Subscription, status: int
) -> None:
    service.answer = web.Response(status=status, headers={"Retry-After": "120"})

    outcome = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.RETRY, f"http_{status}", status, 120)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("0", 0), ("Sat, 21 Nov 2026 05:02:00 GMT", 120), ("Sat, 21 Nov 2026 04:00:00 GMT", 0)),
        *(("soon", None), ("-5", None), ("9" * 40, None), ("", None)),
    ],
)
async def test_the_wait_a_service_asks_for_is_read_in_both_forms(
    service: PushEndpoint, sender: PushSender, browser: Subscription, header: str, seconds: int | None
) -> None:
    service.answer = web.Response(status=429, headers={"Retry-After": header})

    with clock.at(NOON):
        outcome = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome.retry_after == seconds


@pytest.mark.parametrize("status", [400, 401, 403, 413, 415])
async def test_a_final_refusal_names_its_status(
    service: PushEndpoint, sender: PushSender, browser: Subscription, status: int
) -> None:
    service.answer = web.Response(status=status)

    outcome = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, f"http_{status}", status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    service: PushEndpoint, sender: PushSender, browser: Subscription, status: int
) -> None:
    service.answer = web.Response(status=status, headers={"Location": f"{service.origin}/elsewhere"})

    outcome = await sender.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, f"http_{status}", status)
    assert service.elsewhere == 0


async def test_a_service_that_hangs_is_left_after_the_time_out(
    service: PushEndpoint, keys: VapidKeys, browser: Subscription
) -> None:
    service.hang = True
    async with PushSender(keys, subject=SUBJECT, allow_loopback=True, seconds=0.2) as hurried:
        outcome = await hurried.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.RETRY, "timeout")


async def test_a_dropped_connection_and_a_service_that_is_down_are_tried_again(
    service: PushEndpoint, sender: PushSender, browser: Subscription
) -> None:
    service.drop = True
    dropped = await sender.send(browser, PAYLOAD, topic=TOPIC)
    down = await sender.send(replace(browser, endpoint="http://127.0.0.1:9/push/x"), PAYLOAD, topic=TOPIC)

    assert (dropped.kind, dropped.reason) == (Kind.RETRY, "ServerDisconnectedError")
    assert (down.kind, down.reason) == (Kind.RETRY, "ClientConnectorError")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"p256dh": ""}, "bad_subscription"),
        ({"p256dh": "BBBB"}, "bad_subscription"),
        ({"p256dh": "B" + "A" * 86}, "bad_subscription"),
        ({"p256dh": "é" * 87}, "bad_subscription"),
        ({"auth": "AAAA"}, "bad_subscription"),
        ({"auth": "a"}, "bad_subscription"),
    ],
)
async def test_keys_that_are_none_are_refused_without_a_request(
    service: PushEndpoint, sender: PushSender, browser: Subscription, change: dict[str, str], reason: str
) -> None:
    outcome = await sender.send(replace(browser, **change), PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, reason)
    assert (service.received, service.refused) == ([], [])


@pytest.mark.parametrize(
    ("topic", "urgency", "payload", "reason"),
    [
        ("x" * 33, "normal", PAYLOAD, "bad_topic"),
        ("", "normal", PAYLOAD, "bad_topic"),
        ("a b", "normal", PAYLOAD, "bad_topic"),
        ("a\r\nX: y", "normal", PAYLOAD, "bad_topic"),
        (TOPIC, "urgent", PAYLOAD, "bad_urgency"),
        (TOPIC, "normal", b"", "payload_empty"),
    ],
)
async def test_a_message_no_service_takes_is_refused_without_a_request(
    service: PushEndpoint,
    sender: PushSender,
    browser: Subscription,
    topic: str,
    urgency: str,
    payload: bytes,
    reason: str,
) -> None:
    outcome = await sender.send(browser, payload, topic=topic, urgency=urgency)

    assert outcome == Outcome(Kind.REFUSED, reason)
    assert (service.received, service.refused) == ([], [])


ALLOWED = [
    "https://fcm.googleapis.com/fcm/send/abc",
    "https://updates.push.services.mozilla.com:443/wpush/v2/abc",
    "https://web.push.apple.com/abc",
    "https://api.push.apple.com/abc",
    "https://wns2-sg2p.notify.windows.com/w/?token=abc",
]
FORBIDDEN = [
    *("http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x", "https://evil.example/x"),
    *("https://fcm.googleapis.com.evil.example/x", "https://evil.example/fcm.googleapis.com"),
    *("https://fcm.googleapis.com@evil.example/x", "https://user@fcm.googleapis.com/x"),
    *("https://evilpush.apple.com/x", "https://push.apple.com/x", "https://notify.windows.com.evil.example"),
    *("http://127.0.0.1:8000/x", "https://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/x"),
    *("http://localhost/x", "file:///etc/passwd", "ftp://fcm.googleapis.com/x", "", "x", "https://"),
    *("https://fcm.googleapis.com:99999/x", "https://[x/", f"https://fcm.googleapis.com/{'x' * 2048}"),
]


async def test_only_push_services_are_reached(keys: VapidKeys) -> None:
    async with PushSender(keys, subject=SUBJECT) as strict:
        assert [address for address in ALLOWED if not strict.accepts(address)] == []
        assert [address for address in FORBIDDEN if strict.accepts(address)] == []


async def test_an_address_of_our_own_network_is_refused_without_a_request(
    service: PushEndpoint, keys: VapidKeys, browser: Subscription
) -> None:
    async with PushSender(keys, subject=SUBJECT) as strict:
        outcome = await strict.send(browser, PAYLOAD, topic=TOPIC)

    assert outcome == Outcome(Kind.REFUSED, "endpoint_not_allowed")
    assert (service.received, service.refused) == ([], [])


async def test_a_sender_that_is_not_open_says_so(keys: VapidKeys, browser: Subscription) -> None:
    closed = PushSender(keys, subject=SUBJECT, allow_loopback=True)

    with pytest.raises(RuntimeError, match="async with"):
        await closed.send(browser, PAYLOAD, topic=TOPIC)


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = VapidKeys.load_or_make(tmp_path / "secrets")
    second = VapidKeys.load_or_make(tmp_path / "secrets")

    assert first.public_key == second.public_key
    assert len(first.public_key) == 87
    files = list((tmp_path / "secrets").iterdir())
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in files] == [("vapid.pem", 0o600)]


def test_a_damaged_key_is_not_silently_replaced(tmp_path: Path) -> None:
    (tmp_path / "vapid.pem").write_text("not a key")

    with pytest.raises(ValueError, match="PEM"):
        VapidKeys.load_or_make(tmp_path)

    assert (tmp_path / "vapid.pem").read_text() == "not a key"


def test_a_header_is_signed_anew_an_hour_before_it_ends(keys: VapidKeys) -> None:
    headers = VapidHeaders(keys, SUBJECT)

    with clock.at(NOON):
        first = headers.header("https://a.example")
    with clock.at(NOON + timedelta(hours=10, minutes=59)):
        assert headers.header("https://a.example") == first
    with clock.at(NOON + timedelta(hours=11)):
        assert headers.header("https://a.example") != first


def test_a_subject_that_is_no_address_is_refused(keys: VapidKeys) -> None:
    with pytest.raises(ValueError, match="subject"):
        VapidHeaders(keys, "lugas")


def test_a_topic_is_32_characters_that_do_not_show_the_case() -> None:
    assert len(TOPIC) == 32
    assert topic_of("a") != topic_of("b")
    assert "MLG" not in TOPIC


def test_the_wait_doubles_to_two_hours_and_obeys_the_service() -> None:
    waits = [(next_try(n, None, NOON, NOON) or NOON) - NOON for n in range(1, 13)]

    for n, wait in enumerate(waits):
        longest = min(30 * 2**n, 7200)
        assert longest / 2 <= wait.total_seconds() <= longest
    assert next_try(1, 3600, NOON, NOON) == NOON + timedelta(hours=1)


def test_pushes_that_failed_together_do_not_come_back_together() -> None:
    again = {next_try(5, None, NOON + timedelta(milliseconds=n), NOON) for n in range(100)}

    assert len(again) == 100


def test_after_72_hours_nobody_tries_again() -> None:
    assert next_try(1, 72 * 3600, NOON, NOON) == NOON + timedelta(hours=72)
    assert next_try(1, 72 * 3600 + 1, NOON, NOON) is None
    assert next_try(50, None, NOON, NOON + timedelta(hours=72)) is None
    assert next_try(1, 2**63, NOON, NOON) is None


@given(
    attempts=st.integers(-5, 10**9),
    retry_after=st.none() | st.integers(-(10**9), 10**12),
    passed=st.integers(0, 80 * 3600),
)
def test_the_next_try_is_later_and_within_72_hours_or_never(
    attempts: int, retry_after: int | None, passed: int
) -> None:
    now = NOON + timedelta(seconds=passed)

    when = next_try(attempts, retry_after, NOON, now)

    assert when is None or now < when <= NOON + timedelta(hours=72)
    if when is not None and retry_after is not None:
        assert when - now >= timedelta(seconds=retry_after)
