"""What a file is to the register of letters: the one that was issued, another file with our signature, or not ours."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.signing.models import Letter
from backend.signing.queries import PUBLISHED, Verified, verified
from backend.signing.rules import LetterStatus
from backend.signing.signer import Signer, SignerUnavailable
from backend.signing.validate import Trust, Validation, certificates_in, validate


class Verdict(StrEnum):
    """SAME: to the byte what was issued, and in force. REVOKED, REPLACED: to the byte, and out of force.

    OTHER_FILE: our signature is in it, but the register knows other bytes. NOT_OURS: no signature of ours holds in it.
    """

    SAME = "same"
    REVOKED = "revoked"
    REPLACED = "replaced"
    OTHER_FILE = "other_file"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Judged:
    """The verdict, what the register knows where the file is the same, and what the check of the signature said."""

    verdict: Verdict
    found: Verified | None
    checked: Validation

    @property
    def letter(self) -> Letter | None:
        """The letter of the register where the file is the same."""
        return self.found.letter if self.found else None


_OUT_OF_FORCE = {LetterStatus.REVOKED: Verdict.REVOKED, LetterStatus.REPLACED: Verdict.REPLACED}


async def judge(file: bytes, roots: Sequence[bytes] | Trust) -> Judged:
    """Compare a file with the register by its SHA-256, which has the last word, and check its signature."""
    checked = await validate(file, roots)
    digest = hashlib.sha256(file).hexdigest()
    letter = await Letter.filter(signed_sha256=digest, status__in=PUBLISHED).first()
    if letter is not None and _holds(checked, letter):
        verdict = _OUT_OF_FORCE.get(LetterStatus(letter.status), Verdict.SAME)
        return Judged(verdict, await verified(letter), checked)
    ours = checked.valid and checked.trusted
    return Judged(Verdict.OTHER_FILE if ours else Verdict.NOT_OURS, None, checked)


def _holds(checked: Validation, letter: Letter) -> bool:
    """A certificate that was revoked after the register saw the signature takes nothing from it."""
    if checked.reason == "revoked" and checked.revoked_at and letter.signed_at:
        return checked.valid and checked.covers_whole_file and checked.revoked_at > letter.signed_at
    return checked.good


async def trust_for(file: bytes, signer: Signer, stamp_roots: Sequence[bytes]) -> tuple[Trust, bool]:
    """What to check a file against, and whether the lists of revoked certificates could be asked.

    Lists are only fetched for certificates that lead to our roots: a stranger's file sends us nowhere.
    """
    trust = Trust(await signer.roots(), stamp_roots)
    if not (await validate(file, trust)).trusted:
        return trust, True
    try:
        return Trust(trust.roots, trust.stamp_roots, await signer.crls(certificates_in(file))), True
    except SignerUnavailable:
        return trust, False
