"""What is recorded about a registered app."""

from enum import StrEnum


class Kind(StrEnum):
    """Past-tense facts; `subject_kind` is "client"."""

    REGISTERED = "client_registered"
    KEYS_CHANGED = "client_keys_changed"
    REVOKED = "client_revoked"


SUBJECT = "client"
