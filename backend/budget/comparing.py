"""Holds a place in one stage against the same place in another: what grew, what shrank, what is new or gone."""

from dataclasses import dataclass
from decimal import Decimal

from backend.budget.exploring import DEPTH, Level, Spot, StageOf, below_of, spot
from backend.budget.proofs import kept_rows, proof


@dataclass(frozen=True)
class Compared:
    """One part of a place in both stages, in rupiah: `before` is None for what is new, `after` for what is gone."""

    opd: str
    code: str
    name: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Comparison:
    """A place in two stages; a spot is None where there is no such place in that stage.

    `same_codes`: both stages use one decree, so that the same code means the same thing.
    """

    before: Spot | None
    after: Spot | None
    same_codes: bool
    parts: list[Compared]


_OPDS = """
SELECT opd, '', o.name, b.amount, a.amount
FROM (SELECT opd, sum(amount)::numeric(20,2) AS amount FROM budget_totals WHERE import_id = $1 GROUP BY opd) b
FULL JOIN (SELECT opd, sum(amount)::numeric(20,2) AS amount FROM budget_totals WHERE import_id = $2 GROUP BY opd) a
     USING (opd)
JOIN opds o ON o.code = opd
ORDER BY abs(coalesce(a.amount, 0) - coalesce(b.amount, 0)) DESC, opd LIMIT 200
"""
_NODES = """
WITH n AS (
    SELECT import_id, code, sum(amount)::numeric(20,2) AS amount FROM budget_nodes
    WHERE import_id IN ($1, $2) AND opd = $3 AND level = $4 AND left(code, $5) = $6 GROUP BY import_id, code
)
SELECT $3::text, m.code, coalesce(x.name, y.name, m.code), m.before, m.after
FROM (SELECT code, b.amount AS before, a.amount AS after FROM (SELECT * FROM n WHERE import_id = $1) b
      FULL JOIN (SELECT * FROM n WHERE import_id = $2) a USING (code)) m
LEFT JOIN budget_names x ON (x.classification, x.kind, x.code) = ($8, $7, m.code)
LEFT JOIN budget_names y ON (y.classification, y.kind, y.code) = ($9, $7, m.code)
ORDER BY abs(coalesce(m.after, 0) - coalesce(m.before, 0)) DESC, m.code LIMIT 200
"""


async def compare(before: StageOf, after: StageOf, opd: str | None, code: str) -> Comparison:
    """The parts of a place in both stages, the largest change first, at most 200. InvalidInput for an impossible code."""
    then, now = await spot(before, opd, code), await spot(after, opd, code)
    old, new = await proof(before.import_id), await proof(after.import_id)
    place = now or then
    below = below_of(place.level) if place else None
    ids = (before.import_id, after.import_id)
    if place is None or below is None:
        rows = []
    elif below is Level.OPD:
        rows = list(await kept_rows(_OPDS, *ids))
    else:
        where = (place.opd, DEPTH[below], len(code), code, below.value)
        rows = list(await kept_rows(_NODES, *ids, *where, new.classification, old.classification))
    same = old.classification == new.classification
    return Comparison(then, now, same, [Compared(*row) for row in rows])
