"""A strict push service on 127.0.0.1: it checks what RFC 8030, 8188, 8291 and 8292 ask, and decrypts."""

import asyncio
import base64
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import http_ece
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.notifications.push import Subscription

_URGENCIES = {"very-low", "low", "normal", "high"}
_MAX_BODY = 4096
_DAY = 24 * 3600


@dataclass(frozen=True)
class Received:
    """One accepted message, decrypted."""

    subscription: str
    plaintext: bytes
    ttl: int
    topic: str
    urgency: str
    authorization: str


@dataclass
class Browser:
    """A subscribed browser: its private key and secret, and the server key it subscribed with."""

    private: ec.EllipticCurvePrivateKey
    secret: bytes
    server_key: str
    gone: bool = False


@dataclass
class PushEndpoint:
    """The push service; set `answer` to make the next answers something else than the rules say."""

    origin: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answer: web.Response | None = None
    hang: bool = False
    drop: bool = False
    elsewhere: int = 0

    def subscribe(self, server_key: str) -> Subscription:
        """A new browser subscribes with the server's public key."""
        name, secret = os.urandom(9).hex(), os.urandom(16)
        private = ec.generate_private_key(ec.SECP256R1())
        self.browsers[name] = Browser(private, secret, server_key)
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(f"{self.origin}/push/{name}", _text(point), _text(secret))

    def forget(self, subscription: Subscription) -> None:
        """The browser unsubscribes: from now on the service answers 410."""
        self.browsers[subscription.endpoint.rsplit("/", 1)[1]].gone = True

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Take one push message."""
        if self.hang:
            await asyncio.sleep(60)
        if self.drop and request.transport is not None:
            request.transport.abort()
        if self.answer is not None:
            return web.Response(status=self.answer.status, headers=self.answer.headers)
        name = request.match_info["name"]
        browser = self.browsers.get(name)
        if browser is None:
            return self._refuse(404, "unknown subscription")
        if browser.gone:
            return self._refuse(410, "subscription gone")
        body = await request.content.read(_MAX_BODY + 1)
        fault = self._fault_in_headers(request, len(body)) or self._fault_in_key(request, browser)
        if fault is not None:
            return self._refuse(*fault)
        return self._accept(name, browser, request, body)

    async def handle_elsewhere(self, _request: web.Request) -> web.Response:
        """Where a redirect would lead; nobody may come here."""
        self.elsewhere += 1
        return web.Response(status=201)

    def _accept(self, name: str, browser: Browser, request: web.Request, body: bytes) -> web.Response:
        try:
            plaintext = http_ece.decrypt(body, private_key=browser.private, auth_secret=browser.secret)
        except (http_ece.ECEException, ValueError) as problem:
            return self._refuse(400, f"cannot be decrypted: {problem}")
        headers = request.headers
        self.received.append(
            Received(
                name,
                cast("bytes", plaintext),
                int(headers["TTL"]),
                headers.get("Topic", ""),
                headers.get("Urgency", ""),
                headers["Authorization"],
            )
        )
        return web.Response(status=201, headers={"Location": f"{self.origin}/message/{len(self.received)}"})

    def _refuse(self, status: int, why: str) -> web.Response:
        self.refused.append(why)
        return web.Response(status=status, text=why)

    def _fault_in_headers(self, request: web.Request, size: int) -> tuple[int, str] | None:
        headers = request.headers
        checks = [
            (re.fullmatch(r"[0-9]{1,10}", headers.get("TTL", "")) is None, 400, "TTL"),
            (headers.get("Urgency", "normal") not in _URGENCIES, 400, "Urgency"),
            (re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("Topic", "x")) is None, 400, "Topic"),
            (size > _MAX_BODY, 413, "body larger than 4096 bytes"),
            (headers.get("Content-Encoding") != "aes128gcm", 415, "Content-Encoding"),
        ]
        return next(((status, why) for wrong, status, why in checks if wrong), None)

    def _fault_in_key(self, request: web.Request, browser: Browser) -> tuple[int, str] | None:
        """RFC 8292: vapid t=<JWT>, k=<key>; ES256, aud is us, exp within a day, sub, the subscribed key."""
        header = request.headers.get("Authorization", "")
        found = re.fullmatch(r"vapid t=([^,\s]+),\s*k=([A-Za-z0-9_-]+)", header)
        if found is None:
            return 401, "Authorization"
        token, key = found.groups()
        if key != browser.server_key:
            return 403, "another key than the subscribed one"
        return self._fault_in_claims(token, key)

    def _fault_in_claims(self, token: str, key: str) -> tuple[int, str] | None:
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        required: Any = {"require": ["exp", "aud", "sub"]}
        try:
            claims = jwt.decode(token, public, ["ES256"], audience=self.origin, options=required)
        except jwt.PyJWTError as problem:
            return 403, f"token: {problem}"
        if claims["exp"] > time.time() + _DAY:
            return 403, "exp more than a day away"
        if not str(claims["sub"]).startswith(("mailto:", "https://")):
            return 403, "sub"
        return None


@asynccontextmanager
async def running() -> AsyncIterator[PushEndpoint]:
    """A push service on a free port of 127.0.0.1."""
    endpoint = PushEndpoint()
    app = web.Application()
    app.router.add_post("/push/{name}", endpoint.handle)
    app.router.add_route("*", "/elsewhere", endpoint.handle_elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    endpoint.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield endpoint
    finally:
        await runner.cleanup()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
