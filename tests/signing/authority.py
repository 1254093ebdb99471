"""A time-stamping authority (RFC 3161) of openssl's own making and a server of revocation lists, on 127.0.0.1."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from backend.signing.certificates import Credential, _authority, _builder, _name, _usage, make_crl

_CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """What it was asked, whether it answers, and its root (DER)."""

    folder: Path
    root: Credential
    url: str = ""
    lists_url: str = ""
    stamps: int = 0
    lists: int = 0
    up: bool = True
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def root_der(self) -> bytes:
        return self.root.certificate.public_bytes(Encoding.DER)

    async def stamp(self, request: web.Request) -> web.Response:
        if not self.up:
            return web.Response(status=503)
        async with self._turn:
            self.stamps += 1
            (self.folder / "query.tsq").write_bytes(await request.read())
            await asyncio.to_thread(self._reply)
            body = (self.folder / "reply.tsr").read_bytes()
        return web.Response(body=body, content_type="application/timestamp-reply")

    def _reply(self) -> None:
        command = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-queryfile",
            "query.tsq",
            "-out",
            "reply.tsr",
        ]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    async def list(self, _: web.Request) -> web.Response:
        self.lists += 1
        return web.Response(body=make_crl(self.root, ()))


def _make(folder: Path, root: Credential, lists_url: str) -> None:
    """The authority's own certificate, with the one purpose that openssl and pyHanko ask for."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists_url)], None, None, None)
    certificate = (
        _builder(_name("TSA uji"), root.certificate.subject, key.public_key(), root.key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .sign(root.key, hashes.SHA256())
    )
    (folder / "tsa.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(private)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Authority]:
    """The authority on a port of its own."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("TSA uji, akar")
    authority = Authority(folder, Credential(key, _authority(name, name, key, key, path_length=1)))
    app = web.Application()
    app.add_routes([web.post("/stamp", authority.stamp), web.get("/list", authority.list)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    authority.url, authority.lists_url = f"http://{host}:{port}/stamp", f"http://{host}:{port}/list"
    _make(folder, authority.root, authority.lists_url)
    try:
        yield authority
    finally:
        await runner.cleanup()
