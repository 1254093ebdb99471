"""What signing asks the worker to do, and what it records: the names of its jobs and events."""

from enum import StrEnum

RENDER = "render_letter"
SIGN = "sign_letter"
INTENT = "signing"


class Kind(StrEnum):
    """Facts about an approval, kept for the audit; nobody is told."""

    REFUSED = "signing_refused"
