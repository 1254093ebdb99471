"""Fetches the lists of revoked certificates that certificates themselves name (RFC 5280), once for many letters."""

import time
from collections.abc import Iterable

import aiohttp
from asn1crypto import crl, x509

from backend.signing.signer import SignerUnavailable

KEPT_SECONDS = 600.0
_MOST_BYTES = 20 * 1024 * 1024
_MOST_LISTS = 16


class Lists:
    """Revocation lists by address, kept for ten minutes: a batch fetches each once."""

    def __init__(self, *, timeout: float = 10.0, tries: int = 2) -> None:
        """`timeout` in seconds for one list."""
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tries = tries
        self._kept: dict[str, tuple[float, bytes]] = {}

    async def of(self, certificates: Iterable[bytes]) -> tuple[bytes, ...]:
        """The lists (DER) that these certificates name; only ask for certificates that lead to a known root."""
        urls = sorted({url for each in certificates for url in addresses(each)})[:_MOST_LISTS]
        return tuple([await self._get(url) for url in urls])

    async def _get(self, url: str) -> bytes:
        known = self._kept.get(url)
        if known and known[0] > time.monotonic():
            return known[1]
        body = await self._fetch(url)
        self._kept[url] = (time.monotonic() + KEPT_SECONDS, body)
        return body

    async def _fetch(self, url: str) -> bytes:
        reason = ""
        for _ in range(self._tries):
            try:
                async with (
                    aiohttp.ClientSession(timeout=self._timeout) as session,
                    session.get(url, allow_redirects=False) as answer,
                ):
                    body = await answer.content.read(_MOST_BYTES)
                    if answer.status == 200:
                        return bytes(crl.CertificateList.load(body, strict=True).dump())
                    reason = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
                reason = type(problem).__name__
        raise SignerUnavailable(f"a list of revoked certificates: {reason}")


def addresses(certificate: bytes) -> list[str]:
    """Where a certificate (DER) says its list is, over plain HTTP as RFC 5280 wants it."""
    parsed = x509.Certificate.load(certificate)
    return [
        point.url
        for point in parsed.crl_distribution_points
        if point.url and point.url.startswith(("http://", "https://"))
    ]
