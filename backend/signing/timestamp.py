"""Asks a time-stamping authority for the time (RFC 3161), so that a signature outlives its certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from asn1crypto import pem, tsp, x509
from pyhanko.sign.timestamps import TimeStamper

from backend.signing.signer import SignerUnavailable

_MOST_BYTES = 64 * 1024
_TYPE = "application/timestamp-query"


class Authority(TimeStamper):
    """A time-stamping authority over HTTP; the times it gives are its own, not this machine's."""

    def __init__(self, url: str, *, timeout: float = 10.0, tries: int = 2) -> None:
        """`timeout` in seconds for one request."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tries = tries

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """One answer; SignerUnavailable after bounded tries. Asking twice does no harm: a time stamp decides nothing."""
        reason = ""
        for _ in range(self._tries):
            try:
                # Each signature runs in a loop of its own, so the session cannot outlive it.
                async with (
                    aiohttp.ClientSession(timeout=self._timeout) as session,
                    session.post(
                        self._url, data=req.dump(), headers={"Content-Type": _TYPE}, allow_redirects=False
                    ) as answer,
                ):
                    body = await answer.content.read(_MOST_BYTES)
                    if answer.status == 200:
                        return tsp.TimeStampResp.load(body)
                    reason = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
                reason = type(problem).__name__
        raise SignerUnavailable(f"the time-stamping authority: {reason}")


@dataclass(frozen=True)
class Finish:
    """What a signature gets beyond B-B: the level, who tells the time, and the roots of that authority (DER)."""

    level: str = "B-B"
    authority: Any = None
    roots: tuple[bytes, ...] = ()

    @property
    def lasting(self) -> bool:
        """B-LT and B-LTA carry what is needed to check them when nobody answers any more."""
        return self.level in ("B-LT", "B-LTA")

    async def stamp_certificates(self) -> tuple[bytes, ...]:
        """The authority's own certificates (DER): it is asked for a first stamp, and known after that."""
        await self.authority.async_dummy_response("sha256")
        return tuple(each.dump() for each in self.authority.cert_registry)


PLAIN = Finish()


def finish(level: str, url: str, roots: Path | None) -> Finish:
    """What the settings say; ValueError for a file of roots that cannot be read."""
    if level == "B-B":
        return PLAIN
    return Finish(level, Authority(url), tuple(c.dump() for c in read_roots(roots)) if roots else ())


def read_roots(path: Path) -> Sequence[x509.Certificate]:
    """The certificates of a PEM file; ValueError when it cannot be read."""
    try:
        blocks: Any = pem.unarmor(path.read_bytes(), multiple=True)
        return [x509.Certificate.load(der) for _, _, der in blocks]
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror}") from problem
