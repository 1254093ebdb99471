"""Signs through the BSrE e-sign client that an agency runs in its own network, versions 1 and 2 of its HTTP API.

Shapes after public descriptions (title page of "Petunjuk Teknis API Esign Client Service" v2.2.1 and agencies'
own clients); the provider publishes no sandbox, so tests run against a server of the same shapes.
"""

import asyncio
import base64
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from asn1crypto import pem, x509

from backend.signing import pades
from backend.signing.revocation import Lists
from backend.signing.signer import OutcomeUnknown, SignerRefused, SignerUnavailable, SigningAct
from backend.signing.validate import Validation, validate

MOST_BYTES = 10 * 1024 * 1024
_NOT_REGISTERED, _WRONG_PASSPHRASE = 2011, 2031
_MAY_SIGN = "ISSUE"


@dataclass(frozen=True)
class Client:
    """Where the e-sign client is: address, API version, user with a file for the password, files of roots (PEM).

    `authority` is a PEM of who certified the server's TLS, where the agency has its own. `by_totp` sends what
    the signer typed as a one-time code instead of as a passphrase (version 2 only).
    """

    url: str
    version: int
    user: str
    password_file: Path
    roots_file: Path
    authority: Path | None = None
    by_totp: bool = False


class BsreSigner:
    """A `Signer` at BSrE: the person is their NIK, the passphrase is typed for each batch.

    Only what surely was not signed is tried again: a refused connection, and an answer that says so.
    """

    name = "bsre"
    remote = True
    passphrase_needed = True

    def __init__(
        self, client: Client, *, certified: bool = False, timeout: float = 30.0, tries: int = 2
    ) -> None:
        """`timeout` in seconds for one call. Nothing is opened before the first act."""
        self.certified = certified
        self._lists = Lists()
        self._client = client
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 5.0))
        self._tries = tries

    async def roots(self) -> tuple[bytes, ...]:
        """See `Signer.roots`; SignerUnavailable when the file cannot be read."""
        return await asyncio.to_thread(self._read_roots)

    def _read_roots(self) -> tuple[bytes, ...]:
        try:
            blocks: Any = pem.unarmor(self._client.roots_file.read_bytes(), multiple=True)
            return tuple(x509.Certificate.load(der).dump() for _, _, der in blocks)
        except (OSError, ValueError) as problem:
            raise SignerUnavailable(f"the file of roots: {type(problem).__name__}") from None

    async def crls(self, certificates: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """See `Signer.crls`; SignerUnavailable when a list cannot be fetched."""
        return await self._lists.of(certificates)

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        """See `Signer.sign`; the answer begins with the approved bytes and bears the person's own certificate."""
        pades.check(pdf, act)
        if not act.nik:
            raise SignerRefused("no_nik")
        async with self._session() as session:
            if act.reference:
                signed = await self._fetch(session, act.reference)
            elif act.passphrase is None:
                raise SignerRefused("passphrase_needed")
            else:
                signed = await self._ask(session, pdf, act)
        await self._require_own(signed, pdf, act)
        return signed

    def _session(self) -> aiohttp.ClientSession:
        try:
            password = self._client.password_file.read_text(encoding="utf-8").strip()
            # The default context checks name and chain; there is no setting that turns this off.
            context = ssl.create_default_context(
                cafile=str(self._client.authority) if self._client.authority else None
            )
        except OSError as problem:
            raise SignerUnavailable(f"a file of the setting: {type(problem).__name__}") from None
        return aiohttp.ClientSession(
            timeout=self._timeout,
            headers={"Authorization": aiohttp.encode_basic_auth(self._client.user, password)},
            connector=aiohttp.TCPConnector(ssl=context),
        )

    async def _ask(self, session: aiohttp.ClientSession, pdf: bytes, act: SigningAct) -> bytes:
        for attempt in range(self._tries):
            try:
                return await self._ask_once(session, pdf, act)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.2 * (attempt + 1))
        raise SignerUnavailable("no connection")

    async def _ask_once(self, session: aiohttp.ClientSession, pdf: bytes, act: SigningAct) -> bytes:
        first = self._client.version == 1
        path = "/api/sign/pdf" if first else "/api/v2/sign/pdf"
        given: dict[str, Any] = {"data": _form(pdf, act)} if first else {"json": self._body(pdf, act)}
        reference = ""
        try:
            async with session.post(self._client.url + path, allow_redirects=False, **given) as answer:
                reference = answer.headers.get("id_dokumen", "")[:120]
                body = await _read(answer)
                status = answer.status
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientError, TimeoutError) as problem:
            # Its words hold the address, and that may hold a NIK.
            raise OutcomeUnknown(type(problem).__name__, reference) from None
        if status != 200:
            await self._refuse(session, status, body, act)
        return body if first else _only_file(body)

    def _body(self, pdf: bytes, act: SigningAct) -> dict[str, Any]:
        secret = "totp" if self._client.by_totp else "passphrase"
        about = {"tampilan": "INVISIBLE", "location": act.location, "reason": act.reason}
        return {
            "nik": act.nik,
            secret: act.passphrase,
            "signatureProperties": [about],
            "file": [base64.b64encode(pdf).decode()],
        }

    async def _fetch(self, session: aiohttp.ClientSession, reference: str) -> bytes:
        """What an earlier try made: the same document, not a second signature."""
        if self._client.version != 1:
            raise SignerRefused("outcome_unknown", "version 2 has no download")
        url = f"{self._client.url}/api/sign/download/{reference}"
        try:
            async with session.get(url, allow_redirects=False) as answer:
                body = await _read(answer)
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise SignerUnavailable(type(problem).__name__) from None
        if answer.status == 404:
            raise SignerRefused("outcome_unknown", "the provider has no such document")
        if answer.status != 200:
            raise SignerUnavailable(f"status {answer.status}")
        return body

    async def _refuse(
        self, session: aiohttp.ClientSession, status: int, body: bytes, act: SigningAct
    ) -> None:
        """Say why there is no signature. The provider's own words may repeat what was sent: they are not kept."""
        if status == 504:
            raise OutcomeUnknown("status 504")
        code = _code(body)
        if code == _WRONG_PASSPHRASE:
            raise SignerRefused("wrong_passphrase")
        if code == _NOT_REGISTERED:
            raise SignerRefused("not_registered")
        if status >= 500:
            raise SignerUnavailable(f"status {status}")
        standing = await self._standing(session, act.nik)
        if standing not in ("", _MAY_SIGN):
            raise SignerRefused(
                "certificate_expired" if standing == "EXPIRED" else "not_registered", standing[:40]
            )
        raise SignerRefused("refused", f"status {status}, code {code}")

    async def _standing(self, session: aiohttp.ClientSession, nik: str) -> str:
        """What the provider says of the person's certificate; "" when it does not answer."""
        first = self._client.version == 1
        try:
            call = (
                session.get(f"{self._client.url}/api/user/status/{nik}", allow_redirects=False)
                if first
                else session.post(
                    f"{self._client.url}/api/v2/user/check/status", json={"nik": nik}, allow_redirects=False
                )
            )
            async with call as answer:
                said = orjson.loads(await _read(answer))
        except (aiohttp.ClientError, TimeoutError, ValueError, SignerRefused):
            return ""
        return str(said.get("status", "")) if isinstance(said, dict) else ""

    async def _require_own(self, signed: bytes, pdf: bytes, act: SigningAct) -> None:
        if not signed.startswith(pdf):
            raise SignerRefused("document_changed", "the answer does not begin with what was approved")
        found = await validate(signed, await self.roots())
        if not found.good:
            raise SignerRefused("not_valid", found.reason)
        if not belongs(found, act):
            raise SignerRefused("not_yours", "the certificate is another person's")


def belongs(found: Validation, act: SigningAct) -> bool:
    """The certificate is the signer's: by the NIK where it bears one, else by the name without titles."""
    if found.subject_number.isdigit() and len(found.subject_number) == 16:
        return found.subject_number == act.nik
    return _plain(found.signer_name) == _plain(act.signer_name)


_BEFORE = frozenset(("dr", "drs", "dra", "ir", "h", "hj", "prof", "r", "rr", "kh", "st"))


def _plain(name: str) -> str:
    """A name without degrees, in small letters: degrees stand behind the first comma or before, with a dot."""
    words = name.split(",")[0].replace(".", ". ").casefold().split()
    while len(words) > 1 and words[0].endswith(".") and words[0].rstrip(".") in _BEFORE:
        words.pop(0)
    return " ".join(word.rstrip(".") for word in words)


def _form(pdf: bytes, act: SigningAct) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", pdf, filename="surat.pdf", content_type="application/pdf")
    for name, value in (
        ("nik", act.nik),
        ("passphrase", act.passphrase or ""),
        ("tampilan", "invisible"),
        ("reason", act.reason),
        ("location", act.location),
    ):
        form.add_field(name, value)
    return form


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, bounded. A server that sends more than any letter needs is not believed."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MOST_BYTES * 2:
            raise SignerRefused("refused", "the answer is too large")
    return bytes(body)


def _only_file(body: bytes) -> bytes:
    try:
        said: Mapping[str, Any] = orjson.loads(body)
        (file,) = said["file"]
        return base64.b64decode(file, validate=True)
    except (ValueError, KeyError, TypeError):
        raise OutcomeUnknown("the answer is not what version 2 sends") from None


def _code(body: bytes) -> int | None:
    try:
        code = orjson.loads(body)["status_code"]
        return int(code)
    except (ValueError, KeyError, TypeError):
        return None
