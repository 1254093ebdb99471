"""Whether those who stay connected may still be: their sessions and posts, read for many at once."""

from collections.abc import Collection
from uuid import UUID

from tortoise.connection import get_connection

from backend.core import clock

_PRESENT = """
SELECT s.id, coalesce(array_agg(DISTINCT p.opd) FILTER (WHERE p.opd IS NOT NULL), '{}') AS offices
FROM sessions s LEFT JOIN posts_in_force($3, $2) p ON p.person_id = s.person_id
    AND (s.opened_by = 'passkey' OR NOT EXISTS (
        SELECT 1 FROM passkeys k WHERE k.person_id = s.person_id AND k.revoked_at IS NULL))
WHERE s.id = ANY($1::uuid[]) AND s.revoked_at IS NULL AND s.expires_at > $3
GROUP BY s.id
"""


async def present(sessions: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Of these sessions those that are neither over nor revoked, each with the OPD codes of today's posts."""
    if not sessions:
        return {}
    rows = await get_connection("default").execute_query_dict(
        _PRESENT, [list(sessions), clock.today(), clock.now()]
    )
    return {row["id"]: frozenset(row["offices"]) for row in rows}
