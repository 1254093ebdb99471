"""A BSrE e-sign client of both versions on 127.0.0.1: real HTTP, a CA of its own, and every way to fail that is known."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from aiohttp import encode_basic_auth, web
from cryptography.hazmat.primitives.serialization import Encoding

from backend.core import clock
from backend.signing import pades
from backend.signing.bsre import BsreSigner, Client
from backend.signing.certificates import Credential, make_issuer, make_root, make_signer
from backend.signing.keystore import _KeptKey
from backend.signing.signer import SigningAct

USER, PASSWORD = "lugas", "sandi-layanan"


@dataclass
class Account:
    """A person at the provider."""

    name: str
    passphrase: str
    standing: str = "ISSUE"
    number: str = ""


@dataclass
class FakeBsre:
    """What the server knows, what it does next (`mood`), and what it was asked; `signed` counts real signatures.

    Moods: honest, down (503), broken (500), gateway (504), stalls (signs, sends the headers, never the body),
    silent (signs, answers nothing), rewrites (signs other bytes), another (signs as somebody else), garbage.
    """

    url: str = ""
    accounts: dict[str, Account] = field(default_factory=dict)
    mood: str = "honest"
    signed: int = 0
    asked: list[str] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)
    issuer: Credential = field(default_factory=lambda: make_issuer(make_root()))
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    _keys: dict[str, Credential] = field(default_factory=dict)

    @property
    def root(self) -> bytes:
        return self.issuer.chain[-1].public_bytes(Encoding.PEM)

    def signer(
        self, folder: Path, version: int, *, timeout: float = 5.0, by_totp: bool = False
    ) -> BsreSigner:
        """An adapter that talks to this server."""
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "roots.pem").write_bytes(self.root)
        client = Client(self.url, version, USER, folder / "password", folder / "roots.pem", by_totp=by_totp)
        return BsreSigner(client, certified=True, timeout=timeout)

    def make(self, pdf: bytes, nik: str, reason: str, location: str) -> bytes:
        """Sign as the provider does: with the person's certificate, whatever the caller says."""
        self.signed += 1
        account = self.accounts["9999999999999999" if self.mood == "another" else nik]
        if self.mood == "rewrites":
            pdf = pdf.replace(b"PDF-1.7", b"PDF-1.6", 1)
        if nik not in self._keys or self.mood == "another":
            self._keys[nik] = make_signer(self.issuer, account.name, account.number)
        at: datetime = clock.now()
        act = SigningAct(UUID(int=0), account.name, "", reason, location, at, UUID(int=0), _digest(pdf))
        return pades.apply(pdf, act, _KeptKey(self._keys[nik]))

    def refusal(self, nik: str, secret: str | None) -> tuple[int, dict[str, Any]] | None:
        """What keeps this person from signing."""
        if self.mood == "down":
            return 503, {"error": "maintenance"}
        if self.mood == "broken":
            return 500, {"error": "java.lang.NullPointerException"}
        account = self.accounts.get(nik)
        if account is None:
            return 400, {"status_code": 2011, "error": "User tidak terdaftar"}
        if account.passphrase != secret:
            return 400, {"status_code": 2031, "error": f"Passphrase {secret} anda salah"}
        if account.standing != "ISSUE":
            return 400, {"status_code": 2021, "error": "Sertifikat tidak berlaku"}
        return None


FAKE = web.AppKey("fake", FakeBsre)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@asynccontextmanager
async def running() -> AsyncIterator[FakeBsre]:
    """The server on a port of its own."""
    fake = FakeBsre()
    app = web.Application(client_max_size=20 * 1024 * 1024, middlewares=[_basic])
    app[FAKE] = fake
    app.add_routes(
        [
            web.post("/api/sign/pdf", _sign_1),
            web.get("/api/sign/download/{id}", _download),
            web.get("/api/user/status/{nik}", _status_1),
            web.post("/api/v2/sign/pdf", _sign_2),
            web.post("/api/v2/user/check/status", _status_2),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}"
    try:
        yield fake
    finally:
        fake.hold.set()
        await runner.cleanup()


@web.middleware
async def _basic(request: web.Request, handler: Any) -> web.StreamResponse:
    fake: FakeBsre = request.app[FAKE]
    fake.asked.append(f"{request.method} {request.path}")
    if request.headers.get("Authorization") != encode_basic_auth(USER, PASSWORD):
        return web.json_response({"error": "Unauthorized"}, status=401)
    answer: web.StreamResponse = await handler(request)
    return answer


async def _sign_1(request: web.Request) -> web.StreamResponse:
    fake: FakeBsre = request.app[FAKE]
    given: Any = await request.post()
    assert given["tampilan"] == "invisible"
    refused = fake.refusal(given["nik"], given["passphrase"])
    if refused:
        return web.json_response(refused[1], status=refused[0])
    about = (given["nik"], given["reason"], given["location"])
    signed = await asyncio.to_thread(fake.make, given["file"].file.read(), *about)
    name = uuid4().hex
    fake.documents[name] = signed
    headers = {"id_dokumen": name, "Content-Type": "application/pdf"}
    if fake.mood == "stalls":
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        await answer.write(signed[:100])
        await fake.hold.wait()
        return answer
    if fake.mood == "silent":
        await fake.hold.wait()
    if fake.mood == "gateway":
        return web.Response(status=504)
    return web.Response(body=b"<html>" if fake.mood == "garbage" else signed, headers=headers)


async def _sign_2(request: web.Request) -> web.StreamResponse:
    fake: FakeBsre = request.app[FAKE]
    given = await request.json()
    (about,) = given["signatureProperties"]
    assert about["tampilan"] == "INVISIBLE"
    refused = fake.refusal(given["nik"], given.get("passphrase", given.get("totp")))
    if refused:
        return web.json_response(refused[1], status=refused[0])
    (file,) = given["file"]
    signed = await asyncio.to_thread(
        fake.make, base64.b64decode(file), given["nik"], about["reason"], about["location"]
    )
    if fake.mood in ("stalls", "silent"):
        await fake.hold.wait()
    if fake.mood == "gateway":
        return web.Response(status=504)
    if fake.mood == "garbage":
        return web.Response(text="<html>")
    return web.json_response({"time": 12, "file": [base64.b64encode(signed).decode()]})


async def _download(request: web.Request) -> web.StreamResponse:
    fake: FakeBsre = request.app[FAKE]
    found = fake.documents.get(request.match_info["id"])
    return web.Response(body=found) if found else web.json_response({"error": "?"}, status=404)


async def _status_1(request: web.Request) -> web.StreamResponse:
    return _standing(request.app[FAKE], request.match_info["nik"])


async def _status_2(request: web.Request) -> web.StreamResponse:
    return _standing(request.app[FAKE], (await request.json())["nik"])


def _standing(fake: FakeBsre, nik: str) -> web.StreamResponse:
    account = fake.accounts.get(nik)
    return web.json_response({"status": account.standing if account else "NOT_REGISTERED"})
