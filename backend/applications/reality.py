"""Promise and reality: how long cases really took, measured from their own rows over the last 90 days."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from tortoise.connection import get_connection

from backend.core import clock
from backend.services import queries as services

DAYS = 90
LEAST = 5
NEWEST = 200


@dataclass(frozen=True)
class Measured:
    """Cases counted, the median in minutes of office time from submission to issue, and the pace."""

    cases: int
    median_minutes: int
    per_working_day: float


async def measured() -> Mapping[str, Measured]:
    """By service code; a service is absent until five cases were issued in 90 days.

    Fewer would say more about people than about the city. Of a busy service the newest 200 count.
    """
    since = clock.now() - timedelta(days=DAYS)
    rows = await get_connection("default").execute_query_dict(
        """
        SELECT service_code, submitted_at, closed_at, total FROM (
            SELECT service_code, submitted_at, closed_at,
                   count(*) OVER (PARTITION BY service_code) AS total,
                   row_number() OVER (PARTITION BY service_code ORDER BY closed_at DESC) AS place
            FROM applications WHERE state = 'issued' AND closed_at >= $1) c
        WHERE total >= $2 AND place <= $3
        """,
        [since, LEAST, NEWEST],
    )
    calendar = await services.calendar()
    days = calendar.working_days_between(since.date(), clock.today()) or 1
    minutes: dict[str, list[int]] = defaultdict(list)
    totals: dict[str, int] = {}
    for row in rows:
        spent = calendar.office_minutes_between(row["submitted_at"], row["closed_at"])
        minutes[row["service_code"]].append(spent)
        totals[row["service_code"]] = row["total"]
    return {
        code: Measured(totals[code], sorted(found)[len(found) // 2], round(totals[code] / days, 2))
        for code, found in minutes.items()
    }
