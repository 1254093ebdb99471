"""What a file is to the register of letters: the one that was issued, another file with our signature, or not ours."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.signing.models import Letter
from backend.signing.validate import Validation, validate


class Verdict(StrEnum):
    """SAME: to the byte what was issued. OTHER_FILE: our signature is in it, but the register knows other bytes.

    NOT_OURS: no signature of ours holds in it.
    """

    SAME = "same"
    OTHER_FILE = "other_file"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Judged:
    """The verdict, the letter of the register where the file is the same, and what the check of the signature said."""

    verdict: Verdict
    letter: Letter | None
    checked: Validation


async def judge(file: bytes, roots: Sequence[bytes]) -> Judged:
    """Compare a file with the register by its SHA-256, which has the last word, and check its signature."""
    checked = await validate(file, roots)
    letter = await Letter.get_or_none(signed_sha256=hashlib.sha256(file).hexdigest(), status="issued")
    if letter is not None and checked.good:
        return Judged(Verdict.SAME, letter, checked)
    ours = checked.valid and checked.trusted
    return Judged(Verdict.OTHER_FILE if ours else Verdict.NOT_OURS, None, checked)
