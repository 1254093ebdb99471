"""Holds a place in one stage against the same place in another: what grew, what shrank, what is new or gone."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from backend.budget.exploring import DEPTH, Level, Part, Spot, StageOf, below_of, parts, spot
from backend.budget.proofs import kept_rows, proof


@dataclass(frozen=True)
class Compared:
    """One part of a place in both stages, in rupiah: `before` is None for what is new, `after` for what is gone.

    `code` is the later stage's; the earlier one's where the part is only there.
    """

    opd: str
    code: str
    name: str
    before: Decimal | None
    after: Decimal | None

    @property
    def difference(self) -> Decimal:
        """After less before, in rupiah; what is not there counts as nothing."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Comparison:
    """A place in two stages; a spot is None where there is no such place in that stage.

    `same_codes`: both stages use one decree, so that the same code means the same thing. Where they do not, places
    and parts below an OPD are paired by their names, and what has no namesake need be neither new nor gone.
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
SELECT $3::text, m.code, coalesce(x.name, m.code), m.before, m.after
FROM (SELECT code, b.amount AS before, a.amount AS after FROM (SELECT * FROM n WHERE import_id = $1) b
      FULL JOIN (SELECT * FROM n WHERE import_id = $2) a USING (code)) m
LEFT JOIN budget_names x ON (x.classification, x.kind, x.code) = ($8, $7, m.code)
ORDER BY abs(coalesce(m.after, 0) - coalesce(m.before, 0)) DESC, m.code LIMIT 200
"""
# Names are written with other capitals, spaces and commas from one decree to the next.
_WORD = re.compile(r"\w+")
Named: TypeAlias = dict[tuple[str, str], Part]


def by_name(old: Sequence[Part], new: Sequence[Part]) -> tuple[Named, Named]:
    """Parts of two decrees, each under the words of its name: what stands under one key in both is one thing.

    A name that stands twice on a side tells nothing by itself: there the code must be the same too.
    """
    twice = {name for side in (old, new) for name, count in Counter(map(_said, side)).items() if count > 1}

    def keyed(side: Sequence[Part]) -> Named:
        return {(_said(part), part.code if _said(part) in twice else ""): part for part in side}

    return keyed(old), keyed(new)


def _said(part: Part) -> str:
    return " ".join(_WORD.findall(part.name.casefold()))


def _amount(part: Part | None) -> Decimal | None:
    return part.amount if part else None


class Namesakes:
    """Which places of a stage are which of one under another decree: same name, as all above them up to their OPD.

    What lies below a place is read once, however many places are asked for.
    """

    def __init__(self, mine: StageOf, other: StageOf) -> None:
        self._mine, self._other = mine, other
        self._below: dict[tuple[str, str], dict[str, str]] = {}

    async def of(self, opd: str, code: str) -> str | None:
        """The code of a place's namesake, empty for an OPD; None without one."""
        here = there = ""
        for step in (code[:7], code[:12], code)[: sum(len(code) > above for above in (0, 7, 12))]:
            found = (await self._paired(opd, here, there)).get(step)
            if found is None:
                return None
            here, there = step, found
        return there

    async def _paired(self, opd: str, here: str, there: str) -> dict[str, str]:
        """The codes directly below two places that are one, each with its namesake's."""
        if (opd, here) not in self._below:
            mine, other = await spot(self._mine, opd, here), await spot(self._other, opd, there)
            ours, theirs = by_name(await parts(mine) if mine else [], await parts(other) if other else [])
            # Where no file has named a code it stands for its name, and that is no name.
            self._below[opd, here] = {
                part.code: theirs[key].code
                for key, part in ours.items()
                if key in theirs and part.name != part.code
            }
        return self._below[opd, here]


async def namesake(place: Spot, stage: StageOf) -> Spot | None:
    """The place of a stage of another decree that bears the same name, as do all above it up to the OPD."""
    code = await Namesakes(place.stage, stage).of(place.opd, place.code) if place.opd else ""
    return None if code is None else await spot(stage, place.opd, code)


async def _places(
    before: StageOf, after: StageOf, opd: str | None, code: str, *, same_codes: bool
) -> tuple[Spot | None, Spot | None]:
    """The place in both; of two decrees, the code is the later stage's, or the earlier one's where only it has it."""
    then, now = await spot(before, opd, code), await spot(after, opd, code)
    if same_codes:
        return then, now
    if now is not None:
        return await namesake(now, before), now
    return then, await namesake(then, after) if then else None


async def compare(before: StageOf, after: StageOf, opd: str | None, code: str) -> Comparison:
    """The parts of a place in both stages, the largest change first, at most 200. InvalidInput for an impossible code."""
    old, new = await proof(before.import_id), await proof(after.import_id)
    same = old.classification == new.classification
    then, now = await _places(before, after, opd, code, same_codes=same)
    return Comparison(
        then, now, same, await _parts(before, after, then, now, new.classification if same else None)
    )


async def _parts(
    before: StageOf, after: StageOf, then: Spot | None, now: Spot | None, decree: str | None
) -> list[Compared]:
    """What lies directly below either place: departments as they are, codes by their decree, names where there are two."""
    place = now or then
    below = below_of(place.level) if place else None
    ids = (before.import_id, after.import_id)
    if place is None or below is None:
        return []
    if below is Level.OPD:
        return [Compared(*row) for row in await kept_rows(_OPDS, *ids)]
    if decree is not None:
        where = (place.opd, DEPTH[below], len(place.code), place.code, below.value, decree)
        return [Compared(*row) for row in await kept_rows(_NODES, *ids, *where)]
    old, new = by_name(await parts(then) if then else [], await parts(now) if now else [])
    found = [
        Compared(part.opd, part.code, part.name, _amount(old.get(key)), _amount(new.get(key)))
        for key, part in (old | new).items()
    ]
    return sorted(found, key=lambda one: (-abs(one.difference), one.code))[:200]
