"""What can happen to a case; each kind has its sentence in notifications/messages.py."""

from enum import StrEnum

SUBJECT = "application"
DRAFT = "draft"
ASSISTANCE = "assistance"
# The job that tells a resident on their own phone that somebody applied for them.
TELL_RESIDENT = "tell_resident"
# What waits in a resident's outbox however long: the answer to a repeat is kept as long as the case.
LASTING = ("submit", "submit_assisted", "answer", "withdraw")


class Kind(StrEnum):
    """Past-tense facts, in the order a case usually meets them."""

    SUBMITTED = "application_submitted"
    TAKEN = "application_taken"
    RELEASED = "application_released"
    RETURNED = "application_returned"
    ANSWERED = "application_answered"
    FORWARDED = "application_forwarded"
    APPROVED = "application_approved"
    SENT_BACK = "application_sent_back"
    WAITS_FOR_HEAD = "application_waits_for_head"
    SIGNING = "application_signing"
    SIGNER_AWAY = "application_signer_away"
    SIGNER_BACK = "application_signer_back"
    SIGN_FAILED = "application_sign_failed"
    ISSUED = "application_issued"
    LETTER_REVOKED = "application_letter_revoked"
    LETTER_REPLACED = "application_letter_replaced"
    REJECTED = "application_rejected"
    WITHDRAWN = "application_withdrawn"


class DraftKind(StrEnum):
    """What happens to a half-filled form; nobody is told."""

    SAVED = "draft_saved"
    DROPPED = "draft_dropped"


class AssistanceKind(StrEnum):
    """What is kept for the inspectorate about helpers; nobody else is told."""

    OVER_LIMIT = "assistance_over_limit"
