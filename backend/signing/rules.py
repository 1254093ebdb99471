"""How a letter moves from draft to issued, how it is numbered, and what its public fragment says."""

import base64
import hashlib
from datetime import date
from enum import StrEnum

import orjson

from backend.core.problems import Conflict
from backend.core.texts import Text


class LetterStatus(StrEnum):
    """preparing: the draft is being drawn; ready: it may be opened; signing: decided, the key is at work.

    revoked and replaced: it was issued, and is out of force (signing.ending).
    """

    PREPARING = "preparing"
    READY = "ready"
    SIGNING = "signing"
    ISSUED = "issued"
    FAILED = "failed"
    VOID = "void"
    REVOKED = "revoked"
    REPLACED = "replaced"


_NEXT = {
    LetterStatus.PREPARING: {LetterStatus.READY, LetterStatus.VOID, LetterStatus.PREPARING},
    LetterStatus.READY: {LetterStatus.SIGNING, LetterStatus.VOID, LetterStatus.PREPARING},
    LetterStatus.SIGNING: {LetterStatus.ISSUED, LetterStatus.FAILED},
    LetterStatus.FAILED: {LetterStatus.PREPARING, LetterStatus.VOID, LetterStatus.SIGNING},
    LetterStatus.ISSUED: {LetterStatus.REVOKED, LetterStatus.REPLACED},
    LetterStatus.REVOKED: {LetterStatus.REPLACED},
    LetterStatus.REPLACED: set(),
    LetterStatus.VOID: {LetterStatus.PREPARING},
}

NOT_NOW = Text("Surat ini sudah berubah. Buka lagi.", "This letter has changed. Open it again.")


def move(current: LetterStatus, wanted: LetterStatus) -> LetterStatus:
    """The wanted status, or Conflict when it cannot follow."""
    if wanted not in _NEXT[current]:
        raise Conflict("letter_moved", NOT_NOW, state=current.value)
    return wanted


def number(classification: str, seq: int, opd: str, year: int) -> str:
    """Archive code / running number / OPD / year, e.g. 470/0012/DISPENDUKCAPIL/2026."""
    return f"{classification}/{seq:04d}/{opd}/{year}"


def fragment(letter_number: str, day: date, kind: str, holder_masked: str, signer: str, position: str) -> str:
    """96 bits over the letter's canonical data; printed in the QR, so a copied address with other words shows.

    The hash cannot be the signed file's, since the QR stands inside the file.
    """
    data = orjson.dumps([letter_number, day.isoformat(), kind, holder_masked, signer, position])
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:12]).decode()
