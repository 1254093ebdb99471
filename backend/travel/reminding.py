"""Reminders of the report: when a trip has ended, the day before the report is due, and when it is late."""

from datetime import timedelta
from uuid import UUID

from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.reads import fetch
from backend.database import transaction
from backend.travel.actions import note
from backend.travel.events import SUBJECT, TripKind
from backend.travel.models import Trip
from backend.travel.rules import State

MOST = 200
# Made, over, not reported, due between two days (null: no bound), and not yet told so.
_UNTOLD = """
SELECT t.id FROM trips t
WHERE t.state = 'ordered' AND t.ends_at <= $1 AND ($3::date IS NULL OR t.report_due >= $3)
  AND ($4::date IS NULL OR t.report_due <= $4)
  AND NOT EXISTS (SELECT FROM recorded_events e WHERE e.subject_kind = $2 AND e.subject_id = t.id AND e.kind = $5)
ORDER BY t.ends_at, t.id LIMIT $6
"""


async def remind() -> int:
    """Tell every traveller whose report is missing, once at each step; draws nothing anew and returns 0."""
    today, day = clock.today(), timedelta(days=1)
    steps = (
        (TripKind.REPORT_ASKED, None, None),
        (TripKind.REPORT_SOON, today, today + day),
        (TripKind.REPORT_LATE, None, today - day),
    )
    for kind, first, last in steps:
        for (trip,) in await fetch(_UNTOLD, [clock.now(), SUBJECT, first, last, kind.value, MOST]):
            await _tell(trip, kind)
    return 0


async def _tell(trip_id: UUID, kind: TripKind) -> None:
    async with transaction():
        trip = await Trip.filter(id=trip_id, state=State.ORDERED).select_for_update().get_or_none()
        if trip is not None:
            await note(SYSTEM, trip, kind, due=trip.report_due.isoformat() if trip.report_due else "")
