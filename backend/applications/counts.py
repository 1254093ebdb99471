"""How many cases stand where: summed per OPD, service and state by the transactions that move them.

Counting a million cases takes most of a second, so a trigger notes each move as two rows (one less here,
one more there) that nobody has to wait for; a reader sums a few hundred rows, and folding makes them few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.core.reads import fetch

OPEN = ("start", "working", "waiting_resident", "waiting_signer")


WITH_US = ("start", "working")


async def total(offices: Sequence[str], kinds: Sequence[str]) -> int:
    """Cases of some OPDs whose state is of some kinds."""
    rows = await fetch(
        "SELECT coalesce(sum(n), 0) FROM case_counts WHERE opd = ANY($1) AND state_kind = ANY($2)",
        [list(offices), list(kinds)],
    )
    return int(rows[0][0])


async def waiting(offices: Sequence[str], officer: UUID | None) -> int:
    """Cases of some OPDs that wait for an officer: nobody has taken them, or this one has."""
    rows = await fetch(
        """
        SELECT (SELECT coalesce(sum(n), 0) FROM case_counts
                WHERE opd = ANY($1) AND state_kind = ANY($2) AND NOT taken)
             + (SELECT count(*) FROM applications WHERE opd = ANY($1) AND state_kind = ANY($2)
                AND closed_at IS NULL AND taken_by = $3)
        """,
        [list(offices), list(WITH_US), officer],
    )
    return int(rows[0][0])


async def open_by_service() -> Mapping[str, int]:
    """Open cases by service code."""
    rows = await fetch(
        "SELECT service_code, sum(n)::int FROM case_counts WHERE state_kind = ANY($1) GROUP BY service_code",
        [list(OPEN)],
    )
    return dict(rows)


@dataclass(frozen=True)
class Workload:
    """Cases of one OPD by what their state means."""

    opd: str
    with_office: int
    with_resident: int
    to_sign: int
    closed: int


async def workloads() -> list[Workload]:
    """What stands where in every OPD that has or had a case."""
    rows = await fetch(
        """
        SELECT opd, coalesce(sum(n) FILTER (WHERE state_kind IN ('start', 'working')), 0)::int,
               coalesce(sum(n) FILTER (WHERE state_kind = 'waiting_resident'), 0)::int,
               coalesce(sum(n) FILTER (WHERE state_kind = 'waiting_signer'), 0)::int,
               coalesce(sum(n) FILTER (WHERE state_kind = 'final'), 0)::int
        FROM case_counts GROUP BY opd ORDER BY opd LIMIT 200
        """,
        [],
    )
    return [Workload(*row) for row in rows]


async def fold() -> None:
    """Make the noted moves few: one statement, so readers see the same sums before and after."""
    await fetch(
        """
        WITH gone AS (DELETE FROM case_counts RETURNING opd, service_code, state, state_kind, taken, n)
        INSERT INTO case_counts (opd, service_code, state, state_kind, taken, n)
        SELECT opd, service_code, state, state_kind, taken, sum(n) FROM gone GROUP BY 1, 2, 3, 4, 5
        HAVING sum(n) <> 0
        """,
        [],
    )


@dataclass(frozen=True)
class Difference:
    """A sum that does not say what the cases say."""

    where: str
    summary: int
    counted: int


async def differences() -> list[Difference]:
    """Recount every case and compare; empty when the summary is right. Reads the whole table once."""
    rows = await fetch(
        """
        SELECT concat_ws(' ', opd, service_code, state, state_kind, CASE WHEN taken THEN 'taken' END) AS place,
               coalesce(s.n, 0)::int, coalesce(c.n, 0)::int
        FROM (SELECT opd, service_code, state, state_kind, taken, sum(n) AS n FROM case_counts GROUP BY 1, 2, 3, 4, 5) s
        FULL JOIN (SELECT opd, service_code, state, state_kind, taken_by IS NOT NULL AS taken, count(*) AS n
                   FROM applications GROUP BY 1, 2, 3, 4, 5) c
        USING (opd, service_code, state, state_kind, taken)
        WHERE coalesce(s.n, 0) <> coalesce(c.n, 0) ORDER BY 1
        """,
        [],
    )
    return [Difference(*row) for row in rows]
