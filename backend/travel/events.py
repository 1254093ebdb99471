"""What can happen to a trip; each kind has its sentence in notifications/offices.py."""

from enum import StrEnum

SUBJECT = "trip"
SHEET = "sppd"


class TripKind(StrEnum):
    """Past-tense facts, in the order a trip usually meets them."""

    REQUESTED = "trip_requested"
    APPROVED = "trip_approved"
    REFUSED = "trip_refused"
    CANCELLED = "trip_cancelled"
    SIGNING = "trip_signing"
    SIGN_FAILED = "trip_sign_failed"
    ORDERED = "trip_ordered"
    REPORT_ASKED = "trip_report_asked"
    REPORT_SOON = "trip_report_soon"
    REPORT_LATE = "trip_report_late"
    REVOKED = "trip_order_revoked"
    REPLACED = "trip_order_replaced"
    REPORTED = "trip_reported"
