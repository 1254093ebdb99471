"""What can happen to who may sign; each kind has its sentence in notifications/offices.py."""

from enum import StrEnum

SUBJECT = "delegation"
ABSENCE = "absence"
GAP = "gap"
LADDER = "ladder"


class DelegationKind(StrEnum):
    """What happens to a delegation: its order is asked for and signed, and from `granted` on it counts."""

    ASKED = "delegation_asked"
    SIGNING = "delegation_signing"
    SIGN_FAILED = "delegation_sign_failed"
    GRANTED = "delegation_granted"
    BEGAN = "delegation_began"
    REVOKED = "delegation_revoked"
    OVER = "delegation_over"


class AbsenceKind(StrEnum):
    """What happens to an absence; `began` tells who should see to a stand-in when there is none."""

    RECORDED = "absence_recorded"
    BEGAN = "absence_began"
    ENDED = "absence_ended"


class GapKind(StrEnum):
    """An office without a signer, and that it has one again."""

    OPENED = "office_without_signer"
    CLOSED = "office_has_signer"


class LadderKind(StrEnum):
    """A letter waits for its signature, rung by rung."""

    REMINDED = "letter_reminded"
    STAND_IN = "letter_stand_in"
    SECRETARY = "letter_secretary"
    MAYOR = "letter_mayor"
