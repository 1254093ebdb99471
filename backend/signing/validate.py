"""Checks a signed letter as a stranger would: the mathematics, the chain to given roots, every stamp, the whole file."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)


@dataclass(frozen=True)
class Trust:
    """What a check rests on, all DER: roots of signers, roots of time-stamping authorities, lists of revoked ones."""

    roots: Sequence[bytes]
    stamp_roots: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()


@dataclass(frozen=True)
class Validation:
    """What the check found; `reason` is "" for a good letter, else the first thing that is wrong.

    valid: the signature fits the bytes it covers and nothing it forbids was added. trusted: its
    certificate leads to one of the roots and holds. covers_whole_file: not one byte stands outside it and the
    time stamps. Only all three make a letter; `at` is the time the signer's machine wrote, `stamped_at` the one an
    authority gave. Reasons: broken, no_signature, several_signatures, changed, revoked (since `revoked_at`),
    untrusted, stamp, appended. A reader that shows "valid" may ignore some of them, so the register's SHA-256 of
    the whole file stays the final word. `level` is B-B, B-T, B-LT or B-LTA by what the file really holds.
    """

    valid: bool = False
    trusted: bool = False
    signer_name: str = ""
    subject_number: str = ""
    serial: str = ""
    issuer: str = ""
    at: datetime | None = None
    stamped_at: datetime | None = None
    covers_whole_file: bool = False
    level: str = "B-B"
    revoked_at: datetime | None = None
    reason: str = ""

    @property
    def good(self) -> bool:
        """Nothing is wrong."""
        return self.valid and self.trusted and self.covers_whole_file and not self.reason


async def validate(pdf: bytes, roots: Sequence[bytes] | Trust) -> Validation:
    """Check the one signature of a PDF, in a thread; never raises."""
    trust = roots if isinstance(roots, Trust) else Trust(roots)
    return await asyncio.to_thread(_validate, pdf, trust)


def certificates_in(pdf: bytes) -> tuple[bytes, ...]:
    """The certificates (DER) that a signed PDF brings along; none when it is no such file."""
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        return tuple(
            certificate.dump()
            for each in signatures
            for certificate in (each.signer_cert, *each.other_embedded_certs)
        )
    except Exception:  # as below
        return ()


def _validate(pdf: bytes, trust: Trust) -> Validation:
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        signatures = list(reader.embedded_regular_signatures)
        if len(signatures) != 1:
            return Validation(reason="several_signatures" if signatures else "no_signature")
        return _check(pdf, reader, signatures[0], trust)
    except Exception:  # a hostile file must not find the one error that nobody listed
        return Validation(reason="broken")


def _check(pdf: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature, trust: Trust) -> Validation:
    stamps = list(reader.embedded_timestamp_signatures)
    dss = DocumentSecurityStore.read_dss(reader) if "/DSS" in reader.root else None
    status = validate_pdf_signature(
        signature,
        _context(trust.roots, trust.crls, dss, listed=_is_listed(signature.signer_cert, trust.crls)),
        _context(trust.stamp_roots, trust.crls, dss) if trust.stamp_roots else None,
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    certificate, stamped, revoked = status.signing_cert, status.timestamp_validity, status.revocation_details
    found = Validation(
        valid=bool(status.intact and status.valid and status.docmdp_ok),
        trusted=bool(status.trusted),
        signer_name=str(certificate.subject.native.get("common_name", "")),
        subject_number=str(certificate.subject.native.get("serial_number", "")),
        serial=f"{certificate.serial_number:x}",
        issuer=str(certificate.issuer.native.get("common_name", "")),
        at=status.signer_reported_dt,
        stamped_at=stamped.timestamp if stamped else None,
        covers_whole_file=_whole(pdf, status.coverage, stamps, lasting=dss is not None),
        level=_level(stamped=stamped is not None, lasting=dss is not None, archived=bool(stamps)),
        revoked_at=revoked.revocation_date if revoked else None,
    )
    if found.valid and trust.stamp_roots and not _stamps_hold(stamped, stamps, trust, dss):
        return replace(found, reason="stamp")
    return replace(found, reason=_reason(found))


# A list that is there for the signer's authority must be asked even where the certificate does not name it.
_SOFT = RevocationCheckingPolicy.from_legacy("soft-fail")
_LISTED = RevocationCheckingPolicy(
    ee_certificate_rule=RevocationCheckingRule.CRL_REQUIRED,
    intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED_SOFT,
)


def _is_listed(certificate: x509.Certificate, crls: Sequence[bytes]) -> bool:
    return any(crl.CertificateList.load(each).issuer == certificate.issuer for each in crls)


def _context(
    roots: Sequence[bytes], crls: Sequence[bytes], dss: Any, *, listed: bool = False
) -> ValidationContext:
    given: dict[str, Any] = {
        "trust_roots": [x509.Certificate.load(root) for root in roots],
        "crls": [crl.CertificateList.load(each) for each in crls],
        "allow_fetching": False,
        "revinfo_policy": CertRevTrustPolicy(_LISTED if listed else _SOFT),
    }
    context: ValidationContext = dss.as_validation_context(given) if dss else ValidationContext(**given)
    return context


def _stamps_hold(stamped: Any, stamps: Sequence[EmbeddedPdfSignature], trust: Trust, dss: Any) -> bool:
    """Every time stamp fits what it covers and comes from a known authority: the signature's own says nothing of them."""
    if stamped is not None and not (stamped.intact and stamped.valid and stamped.trusted):
        return False
    for each in stamps:
        status = validate_pdf_timestamp(each, _context(trust.stamp_roots, trust.crls, dss))
        if not (status.intact and status.valid and status.trusted):
            return False
    return True


def _whole(
    pdf: bytes,
    coverage: SignatureCoverageLevel | None,
    stamps: Sequence[EmbeddedPdfSignature],
    *,
    lasting: bool,
) -> bool:
    """No byte stands outside: the signature covers the file, or the last stamp does.

    What is appended for later checks is covered by nothing yet; there the file must at least end with it.
    """
    if stamps:
        coverage = stamps[-1].evaluate_signature_coverage()
    return coverage == SignatureCoverageLevel.ENTIRE_FILE or (lasting and pdf.rstrip().endswith(b"%%EOF"))


def _level(*, stamped: bool, lasting: bool, archived: bool) -> str:
    if not stamped:
        return "B-B"
    if not lasting:
        return "B-T"
    return "B-LTA" if archived else "B-LT"


def _reason(found: Validation) -> str:
    if not found.valid:
        return "changed"
    if found.revoked_at is not None:
        return "revoked"
    if not found.trusted:
        return "untrusted"
    return "" if found.covers_whole_file else "appended"
