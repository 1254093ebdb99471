"""The port to whoever holds a signer's key: the development key store, an HSM, or BSrE's own service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.core.actors import Capacity


@dataclass(frozen=True)
class SigningAct:
    """One decision to sign one document: who, in which post and by what right, why, where, when, which bytes.

    `signer_id` is the person, so that two people of one name have two keys; `at` has a time zone. `nik` and
    `passphrase` are for a provider that asks for them, and are never shown; `reference` is the provider's
    name for what an earlier try of the same decision may have made.
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
    nik: str = field(default="", repr=False)
    passphrase: str | None = field(default=None, repr=False)
    reference: str = ""


class SignerUnavailable(Exception):
    """The key cannot be reached now; the same act may be tried again later."""


class OutcomeUnknown(SignerUnavailable):
    """The provider may have signed, but its answer was lost; `reference`, if known, is where to fetch it."""

    def __init__(self, detail: str, reference: str = "") -> None:
        super().__init__(detail)
        self.reference = reference


class SignerRefused(Exception):
    """The act is refused for good; `reason` is a code, `detail` words for the log.

    Codes: document_changed, already_signed, not_a_pdf, wrong_passphrase, passphrase_needed, no_time_zone, no_key,
    no_nik, not_registered, certificate_expired, not_yours, not_valid, outcome_unknown, no_capacity, refused.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Signer(Protocol):
    """Signs documents; `certified` tells whether its certificates come from a provider the law knows.

    PP 71/2019, article 60: certified means a certificate of an Indonesian provider (PSrE). `remote`: the key is
    with somebody else, who asks for the signer's NIK and `passphrase_needed`, and whose answer can be lost.
    """

    name: str
    certified: bool
    remote: bool
    passphrase_needed: bool

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        """Give the PDF with the signature appended; raises `SignerUnavailable` or `SignerRefused`."""
        ...

    async def roots(self) -> tuple[bytes, ...]:
        """The root certificates (DER) that this signer's signatures are to be checked against."""
        ...

    async def crls(self, certificates: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """The lists (DER) that tell which of these certificates, which lead to our roots, no longer hold."""
        ...
