"""Carries follows over where the codes' decree changes: each followed place learns its namesake's code, by name."""

from collections.abc import Sequence
from uuid import UUID

from backend.budget import exploring
from backend.budget.comparing import Namesakes
from backend.budget.exploring import StageOf
from backend.budget.proofs import proof
from backend.core.reads import fetch

PLACES_MOST = 20_000
# Followed places whose follows have no code under a decree ($1) yet, each with the newest file that has it.
_UNKNOWN = """
SELECT p.opd, p.code, p.classification, last.id
FROM (SELECT DISTINCT f.opd, f.code, f.classification FROM budget_follows f
      WHERE f.code <> '' AND f.classification NOT IN ('', $1::text) AND ($2::uuid IS NULL OR f.person_id = $2)
        AND NOT EXISTS (SELECT FROM budget_follows k WHERE k.first_id = f.first_id AND k.classification = $1::text)) p
CROSS JOIN LATERAL (
    SELECT i.id, i.year, i.effective_on FROM budget_imports i
    WHERE i.kind = 'expenditure' AND i.state IN ('in_force', 'superseded') AND i.classification = p.classification
      AND EXISTS (SELECT FROM budget_nodes n WHERE n.import_id = i.id AND n.opd = p.opd AND n.code = p.code)
    ORDER BY i.year DESC, i.effective_on DESC, i.done_at DESC LIMIT 1) last
ORDER BY last.year DESC, last.effective_on DESC, p.opd, p.code LIMIT $3
"""
_PAIRS = """
WITH p AS (SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
           AS p (opd, code, classification, there, rank))
"""
# Of a follow that has codes under several decrees, the newest one's namesake counts.
_LEARN = """
INSERT INTO budget_follows (id, person_id, opd, code, kelurahan, classification, year, since, first_id)
SELECT gen_random_uuid(), f.person_id, f.opd, f.there, '', $1::text, f.year, f.since, f.first_id
FROM (SELECT DISTINCT ON (f.first_id) f.*, p.there FROM budget_follows f JOIN p USING (opd, code, classification)
      WHERE ($2::uuid IS NULL OR f.person_id = $2)
        AND NOT EXISTS (SELECT FROM budget_follows k WHERE k.first_id = f.first_id AND k.classification = $1::text)
      ORDER BY f.first_id, p.rank) f
ON CONFLICT DO NOTHING
"""
# Whoever follows the namesake already: what is left without it is the same follow, and joins the other.
_MEET = """,
met AS (
    SELECT DISTINCT ON (f.first_id) f.first_id AS one, k.first_id AS other, f.year, f.since
    FROM budget_follows f JOIN p USING (opd, code, classification)
    JOIN budget_follows k ON (k.person_id, k.opd, k.code, k.classification) = (f.person_id, f.opd, p.there, $1::text)
    WHERE ($2::uuid IS NULL OR f.person_id = $2)
      AND NOT EXISTS (SELECT FROM budget_follows o WHERE o.first_id = f.first_id AND o.classification = $1::text)
    ORDER BY f.first_id, p.rank)
UPDATE budget_follows f SET first_id = m.other, year = least(f.year, m.year), since = least(f.since, m.since)
FROM met m WHERE f.first_id IN (m.one, m.other)
"""


async def decree_of(stage: StageOf | None) -> str:
    """The decree in which a stage's codes are meant; empty without a stage."""
    return (await proof(stage.import_id)).classification if stage else ""


async def carry(stage: StageOf, person: UUID | None = None) -> None:
    """Give every follow (or a person's) that has none the code of its place under the decree of a stage, in a transaction.

    A place without a namesake there gets none, and is tried again with the next file. Two follows of one person that
    meet in one place become one. At most PLACES_MOST places; doing it again changes nothing.
    """
    decree = await decree_of(stage)
    pairs = await _paired(stage, await fetch(_UNKNOWN, [decree, person, PLACES_MOST]))
    if pairs:
        values = [decree, person, *map(list, zip(*pairs, strict=True))]
        await fetch(_PAIRS + _LEARN, values)
        await fetch(_PAIRS.rstrip() + _MEET, values)


async def _paired(stage: StageOf, places: Sequence[tuple[str, str, str, UUID]]) -> list[tuple[str, ...]]:
    """OPD, code, decree, and the code of the namesake in a stage, of the places that have one, in their order."""
    held = {file: await exploring.stage_of(file) for file in {file for *_, file in places}}
    by_file = {file: Namesakes(mine, stage) for file, mine in held.items() if mine}
    found: list[tuple[str, ...]] = []
    for opd, code, decree, file in places:
        there = await by_file[file].of(opd, code) if file in by_file else None
        if there is not None:
            found.append((opd, code, decree, there))
    return found


_ELSEWHERE = """
SELECT DISTINCT ON (i.classification) i.id FROM budget_stages s JOIN budget_imports i ON i.id = s.import_id
WHERE s.year >= $1 AND i.classification <> $2::text ORDER BY i.classification, s.year DESC, s.effective_on DESC, s.id DESC
"""


async def carry_on(person: UUID, decree: str, since: int) -> None:
    """Carry what a person follows under a decree over to the newest stage of every other, from a year on."""
    for (file,) in await fetch(_ELSEWHERE, [since, decree]):
        stage = await exploring.stage_of(file)
        if stage:
            await carry(stage, person)
