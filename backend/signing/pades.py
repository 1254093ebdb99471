"""Puts one signature into a PDF: PAdES B-B to B-LTA, invisible, forbidding any later change; whoever holds the key."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator import ValidationContext

from backend.signing.signer import SignerRefused, SignerUnavailable, SigningAct
from backend.signing.timestamp import PLAIN, Finish

_FIELD = "TandaTangan"


@dataclass(frozen=True)
class Evidence:
    """What a lasting signature carries along: the roots it leads to and who was revoked (both DER)."""

    roots: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def context(self, finish: Finish) -> ValidationContext:
        """Everything is at hand already: nothing is fetched while a letter is being signed."""
        return ValidationContext(
            trust_roots=[x509.Certificate.load(each) for each in (*self.roots, *finish.roots)],
            crls=[crl.CertificateList.load(each) for each in self.crls],
            allow_fetching=False,
            revocation_mode="hard-fail",
        )


NOTHING = Evidence()


def check(pdf: bytes, act: SigningAct) -> None:
    """SignerRefused unless these are the very bytes of the decision, which has a time with its zone."""
    if act.at.tzinfo is None:
        raise SignerRefused("no_time_zone")
    if hashlib.sha256(pdf).hexdigest() != act.document_sha256:
        raise SignerRefused("document_changed")


def apply(
    pdf: bytes,
    act: SigningAct,
    key: signers.Signer,
    finish: Finish = PLAIN,
    evidence: Evidence = NOTHING,
) -> bytes:
    """The PDF with the signature appended. Blocking: run it in a thread. Raises SignerRefused, SignerUnavailable."""
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signed = next(iter(writer.prev.embedded_signatures), None)
    except (PdfError, ValueError) as problem:
        raise SignerRefused("not_a_pdf", str(problem)) from problem
    if signed is not None:
        raise SignerRefused("already_signed")
    try:
        out = _PdfSigner(key, act, finish, evidence).sign_pdf(writer)
    except OSError as problem:
        # pyHanko raises it for a time stamp that is not what was asked for.
        raise SignerUnavailable(f"the time-stamping authority: {type(problem).__name__}") from problem
    except (PdfError, SigningError, ValueError) as problem:
        raise SignerRefused("not_a_pdf", str(problem)) from problem
    return bytes(out.getbuffer())


class _PdfSigner(signers.PdfSigner):
    """A PdfSigner that writes the time of the decision instead of the time of the machine."""

    def __init__(self, key: signers.Signer, act: SigningAct, finish: Finish, evidence: Evidence) -> None:
        self._at = act.at
        about = signers.PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            name=act.signer_name,
            reason=act.reason,
            location=act.location,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            embed_validation_info=finish.lasting,
            use_pades_lta=finish.level == "B-LTA",
            validation_context=evidence.context(finish) if finish.lasting else None,
        )
        place = SigFieldSpec(_FIELD, readable_field_name=f"Tanda tangan {act.signer_name}, {act.position}")
        super().__init__(about, key, timestamper=finish.authority, new_field_spec=place)

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session
