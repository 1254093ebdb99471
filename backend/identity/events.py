"""What is kept of passkeys for the audit; nobody is told."""

from enum import StrEnum

PASSKEY = "passkey"


class PasskeyKind(StrEnum):
    """A passkey begins to count, and no longer does."""

    ADDED = "passkey_added"
    REMOVED = "passkey_removed"
