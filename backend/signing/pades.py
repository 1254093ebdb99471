"""Puts one signature into a PDF: PAdES B-B, invisible, forbidding any later change; whoever holds the key."""

import hashlib
import io
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError

from backend.signing.signer import SignerRefused, SigningAct

_FIELD = "TandaTangan"


def check(pdf: bytes, act: SigningAct) -> None:
    """SignerRefused unless these are the very bytes of the decision, which has a time with its zone."""
    if act.at.tzinfo is None:
        raise SignerRefused("no_time_zone")
    if hashlib.sha256(pdf).hexdigest() != act.document_sha256:
        raise SignerRefused("document_changed")


def apply(pdf: bytes, act: SigningAct, key: signers.Signer) -> bytes:
    """The PDF with the signature appended. Blocking: run it in a thread. Raises SignerRefused."""
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        signed = next(iter(writer.prev.embedded_signatures), None)
    except (PdfError, ValueError) as problem:
        raise SignerRefused("not_a_pdf", str(problem)) from problem
    if signed is not None:
        raise SignerRefused("already_signed")
    try:
        out = _PdfSigner(key, act).sign_pdf(writer)
    except (PdfError, SigningError, ValueError) as problem:
        raise SignerRefused("not_a_pdf", str(problem)) from problem
    return bytes(out.getbuffer())


class _PdfSigner(signers.PdfSigner):
    """A PdfSigner that writes the time of the decision instead of the time of the machine."""

    def __init__(self, key: signers.Signer, act: SigningAct) -> None:
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
        )
        place = SigFieldSpec(_FIELD, readable_field_name=f"Tanda tangan {act.signer_name}, {act.position}")
        super().__init__(about, key, new_field_spec=place)

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session
