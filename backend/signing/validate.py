"""Checks a signed letter as a stranger would: the mathematics, the chain to given roots, the whole file."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True)
class Validation:
    """What the check found; `reason` is "" for a good letter, else the first thing that is wrong.

    valid: the signature fits the bytes it covers and nothing it forbids was added. trusted: its
    certificate leads to one of the roots. covers_whole_file: not one byte stands outside it. Only all
    three make a letter; `at` is the time the signer's machine wrote. Reasons: broken, no_signature,
    several_signatures, changed, untrusted, appended. A reader that shows "valid" may ignore the last
    two, so the register's SHA-256 of the whole file stays the final word.
    """

    valid: bool = False
    trusted: bool = False
    signer_name: str = ""
    subject_number: str = ""
    serial: str = ""
    issuer: str = ""
    at: datetime | None = None
    covers_whole_file: bool = False
    reason: str = ""

    @property
    def good(self) -> bool:
        """All three hold."""
        return self.valid and self.trusted and self.covers_whole_file


async def validate(pdf: bytes, roots: Sequence[bytes]) -> Validation:
    """Check the one signature of a PDF against root certificates (DER), in a thread; never raises."""
    return await asyncio.to_thread(_validate, pdf, roots)


def _validate(pdf: bytes, roots: Sequence[bytes]) -> Validation:
    try:
        signatures = list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures)
        if len(signatures) != 1:
            return Validation(reason="several_signatures" if signatures else "no_signature")
        return _check(signatures[0], roots)
    except Exception:  # a hostile file must not find the one error that nobody listed
        return Validation(reason="broken")


def _check(signature: EmbeddedPdfSignature, roots: Sequence[bytes]) -> Validation:
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots],
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    usage = KeyUsageConstraints(key_usage={"non_repudiation"})
    status = validate_pdf_signature(signature, context, key_usage_settings=usage)
    certificate = status.signing_cert
    found = Validation(
        valid=bool(status.intact and status.valid and status.docmdp_ok),
        trusted=bool(status.trusted),
        signer_name=str(certificate.subject.native.get("common_name", "")),
        subject_number=str(certificate.subject.native.get("serial_number", "")),
        serial=f"{certificate.serial_number:x}",
        issuer=str(certificate.issuer.native.get("common_name", "")),
        at=status.signer_reported_dt,
        covers_whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )
    return replace(found, reason=_reason(found))


def _reason(found: Validation) -> str:
    if not found.valid:
        return "changed"
    if not found.trusted:
        return "untrusted"
    return "" if found.covers_whole_file else "appended"
