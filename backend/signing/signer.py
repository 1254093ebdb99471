"""The port to whoever holds a signer's key: the development key store, an HSM, or BSrE's own service."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.core.actors import Capacity


@dataclass(frozen=True)
class SigningAct:
    """One decision to sign one document: who, in which post and by what right, why, where, when, and exactly which bytes.

    `signer_id` is the person, so that two people of one name have two keys; `at` has a time zone.
    """

    signer_id: UUID
    signer_name: str
    position: str
    reason: str
    location: str
    at: datetime
    letter_id: UUID
    document_sha256: str
    capacity: Capacity = Capacity.DEFINITIVE


class SignerUnavailable(Exception):
    """The key cannot be reached now; the same act may be tried again later."""


class SignerRefused(Exception):
    """The act is refused for good; `reason` is a code, `detail` words for the log.

    Codes: document_changed, already_signed, not_a_pdf, wrong_passphrase, no_time_zone.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Signer(Protocol):
    """Signs documents; `certified` tells whether its certificates come from a provider the law knows.

    PP 71/2019, article 60: certified means a certificate of an Indonesian provider (PSrE).
    """

    name: str
    certified: bool

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        """Give the PDF with the signature appended; raises `SignerUnavailable` or `SignerRefused`."""
        ...

    async def roots(self) -> tuple[bytes, ...]:
        """The root certificates (DER) that this signer's signatures are to be checked against."""
        ...
