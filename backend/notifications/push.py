"""Sends one Web Push (RFC 8030, 8188, 8291, 8292) and tells what became of it; remote faults never raise."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from pywebpush import WebPusher

from backend.core import clock
from backend.notifications.vapid import VapidHeaders, VapidKeys

PUSH_HOSTS = (
    *("fcm.googleapis.com", "updates.push.services.mozilla.com"),
    *("web.push.apple.com", "*.push.apple.com", "*.notify.windows.com"),
)
MAX_PLAINTEXT = 3993  # 4096 of RFC 8030, 7.2, less the header, the padding byte and the tag of RFC 8188
_TTL_SECONDS = 24 * 3600
_SECONDS = 10.0
_URGENCIES = {"very-low", "low", "normal", "high"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_FIRST_DELAY = 30.0
_LONGEST_DELAY = 2 * 3600.0
_GIVE_UP = timedelta(hours=72)


@dataclass(frozen=True)
class Subscription:
    """What a browser's `PushSubscription` holds: the address, and its keys as base64url."""

    endpoint: str
    p256dh: str
    auth: str


class Kind(StrEnum):
    """SENT: the push service took it. GONE: forget the subscription. RETRY: later. REFUSED: never again."""

    SENT = "sent"
    GONE = "gone"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of a push; `reason` is a code for the log, `retry_after` seconds the service asked for."""

    kind: Kind
    reason: str = ""
    status: int | None = None
    retry_after: int | None = None


class PushSender:
    """Sends pushes over one shared session; used as `async with PushSender(...) as sender`."""

    def __init__(
        self,
        keys: VapidKeys,
        *,
        subject: str,
        hosts: tuple[str, ...] = PUSH_HOSTS,
        allow_loopback: bool = False,
        seconds: float = _SECONDS,
    ) -> None:
        """Sign as `subject` (`mailto:` or `https:`) and give each push `seconds`.

        Send to `hosts` only; "*." in front means every host below.
        `allow_loopback` also admits plain http to this machine, for tests and demonstrations.
        """
        self._vapid = VapidHeaders(keys, subject)
        self._hosts = hosts
        self._allow_loopback = allow_loopback
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=50, limit_per_host=20),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(
        self, subscription: Subscription, payload: bytes, *, topic: str, urgency: str = "normal"
    ) -> Outcome:
        """Send up to 3,993 bytes; a later push of the same topic replaces one not yet delivered.

        Needs an open session (RuntimeError otherwise); everything else comes back as the outcome.
        """
        if self._session is None:
            raise RuntimeError("a PushSender is used inside `async with`")
        reason = _wrong_message(payload, topic, urgency) or self._wrong_subscription(subscription)
        if reason:
            return Outcome(Kind.REFUSED, reason)
        headers = {
            "Authorization": self._vapid.header(_origin(subscription.endpoint)),
            "Topic": topic,
            "Urgency": urgency,
            "TTL": str(_TTL_SECONDS),
        }
        about = {
            "endpoint": subscription.endpoint,
            "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
        }
        session: Any = _CarefulSession(self._session)
        try:
            answer: Any = await WebPusher(about, aiohttp_session=session).send_async(
                payload, headers, timeout=self._timeout
            )
        except TimeoutError:
            return Outcome(Kind.RETRY, "timeout")
        except (aiohttp.ClientError, OSError) as problem:
            return Outcome(Kind.RETRY, type(problem).__name__)
        return _outcome(answer.status, answer.headers)

    def _wrong_subscription(self, subscription: Subscription) -> str:
        if not self.accepts(subscription.endpoint):
            return "endpoint_not_allowed"
        try:
            point, secret = _base64url(subscription.p256dh), _base64url(subscription.auth)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except (ValueError, binascii.Error):
            return "bad_subscription"
        return "" if len(point) == 65 and len(secret) == 16 else "bad_subscription"

    def accepts(self, endpoint: str) -> bool:
        """Tell whether this is a push service's address.

        It comes from a browser and could name our own network: https, a listed host, the usual port.
        """
        try:
            address = urlsplit(endpoint)
            port = address.port
        except ValueError:
            return False
        host = address.hostname or ""
        if address.username is not None or address.password is not None or len(endpoint) > 2048:
            return False
        if self._allow_loopback and host in _LOOPBACK:
            return address.scheme in {"http", "https"}
        return address.scheme == "https" and port in {None, 443} and self._listed(host)

    def _listed(self, host: str) -> bool:
        return any(
            host == listed or (listed.startswith("*.") and host.endswith(listed[1:]))
            for listed in self._hosts
        )


class _Answer:
    """A push service's answer, with the little of its body that a log can use."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self._body = body

    async def text(self) -> str:
        return self._body.decode(errors="replace")


class _CarefulSession:
    """What pywebpush posts through: it would follow redirects, and read a body of any size."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: str, **options: Any) -> _Answer:
        async with self._session.post(url, allow_redirects=False, **options) as answer:
            body = await answer.content.read(1000)
            return _Answer(answer.status, answer.headers, body)


def topic_of(case: str) -> str:
    """The push topic of a case: 32 base64url characters that tell a push service nothing about it."""
    return base64.urlsafe_b64encode(hashlib.sha256(case.encode()).digest()[:24]).decode()


def next_try(attempts: int, retry_after: int | None, first_at: datetime, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures, None when 72 hours have passed since the first.

    The wait doubles from 30 seconds to two hours, and never ends before the service said. A fraction of
    up to a half is taken off so that pushes that failed together do not come back together; it follows
    from `first_at` and `attempts`, so the same question has the same answer.
    """
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(max(attempts, 1) - 1, 20))
    seed = hashlib.sha256(f"{first_at.isoformat()} {attempts}".encode()).digest()
    fraction = int.from_bytes(seed[:4]) / 2**32
    seconds = max(longest * (1 - fraction / 2), float(min(retry_after or 0, 2**31)))
    when = now + timedelta(seconds=seconds)
    return when if when <= first_at + _GIVE_UP else None


def _wrong_message(payload: bytes, topic: str, urgency: str) -> str:
    if not payload:
        return "payload_empty"
    if len(payload) > MAX_PLAINTEXT:
        return "payload_too_large"
    if not _TOPIC.fullmatch(topic):
        return "bad_topic"
    return "" if urgency in _URGENCIES else "bad_urgency"


def _outcome(status: int, headers: Mapping[str, str]) -> Outcome:
    if 200 <= status < 300:
        return Outcome(Kind.SENT, status=status)
    if status in {404, 410}:
        return Outcome(Kind.GONE, f"http_{status}", status)
    if status in {408, 425, 429} or status >= 500:
        wait = _seconds(headers.get("Retry-After", ""), clock.now())
        return Outcome(Kind.RETRY, f"http_{status}", status, wait)
    return Outcome(Kind.REFUSED, f"http_{status}", status)


def _seconds(value: str, now: datetime) -> int | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date."""
    if re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0, int((when - now).total_seconds()))


def _origin(endpoint: str) -> str:
    address = urlsplit(endpoint)
    return f"{address.scheme}://{address.netloc}"


def _base64url(value: str) -> bytes:
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
