"""Telling who follows: when a file comes into force, each followed place whose figure moved has its event."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind
from backend.core.actors import SYSTEM
from backend.core.events import Event
from backend.core.models import RecordedEvent
from backend.core.outbox import record
from backend.core.reads import fetch
from backend.database import transaction
from backend.participation.events import MOVEMENT, MovementKind

PLACES_MOST = 20_000
_BEFORE = {
    # The file whose place this one took; without one, the stage that counts before it.
    ImportKind.EXPENDITURE: """
SELECT id FROM (
    SELECT i.id, 0 AS rank, i.at AS newest FROM budget_imports i WHERE i.superseded_by = $1
    UNION ALL
    SELECT s.import_id, 1, s.effective_on FROM budget_stages s JOIN budget_imports n ON n.id = $1
    WHERE s.year = n.year AND s.import_id <> n.id AND s.effective_on <= n.effective_on
) found ORDER BY rank, newest DESC LIMIT 1""",
    # Or the table of the newest day before.
    ImportKind.REALISATION: """
SELECT id FROM (
    SELECT i.id, 0 AS rank, i.stage AS newest FROM budget_imports i WHERE i.superseded_by = $1
    UNION ALL
    SELECT i.id, 1, i.stage FROM budget_imports i JOIN budget_imports n ON n.id = $1
    WHERE i.kind = n.kind AND i.state = 'in_force' AND i.year = n.year AND i.stage < n.stage
) found ORDER BY rank, newest DESC LIMIT 1""",
}
_AMOUNT = {
    ImportKind.EXPENDITURE: """
CASE WHEN p.code = ''
     THEN (SELECT sum(t.amount) FROM budget_totals t WHERE t.import_id = {file} AND t.opd = p.opd)
     ELSE (SELECT sum(n.amount) FROM budget_nodes n WHERE n.import_id = {file} AND n.opd = p.opd AND n.code = p.code)
END""",
    ImportKind.REALISATION: """
CASE WHEN p.code = ''
     THEN (SELECT sum(r.realised) FROM realisation_sums r
           WHERE r.import_id = {file} AND r.opd = p.opd AND left(r.account, 2) = '5.')
     ELSE (SELECT sum(n.realised) FROM realisation_nodes n
           WHERE n.import_id = {file} AND n.opd = p.opd AND n.code = p.code)
END""",
}
_MOVED = """
SELECT opd, code, coalesce(before, 0)::numeric(20,2), coalesce(after, 0)::numeric(20,2),
       coalesce((SELECT b.name FROM budget_names b
                 WHERE b.classification = $3 AND b.code = m.code
                   AND b.kind IN ('programme', 'activity', 'sub_activity') LIMIT 1), '')
FROM (SELECT p.opd, p.code, {before} AS before, {after} AS after
      FROM (SELECT DISTINCT opd, code FROM budget_follows WHERE opd <> '') p) m
WHERE coalesce(before, 0) <> coalesce(after, 0) ORDER BY opd, code LIMIT $4
"""
_KINDS = {
    ImportKind.EXPENDITURE: MovementKind.BUDGET,
    ImportKind.REALISATION: MovementKind.REALISATION,
}


async def heard(import_id: UUID) -> int:
    """Make the events of a file that came into force; returns how many. Hearing of it again makes no more."""
    file = await BudgetImport.get(id=import_id)
    kind = ImportKind(file.kind)
    if kind not in _KINDS:
        return 0
    async with transaction():
        # Whoever hears of the same file at the same time waits here, and then finds its events.
        await BudgetImport.filter(id=file.id).select_for_update().get()
        moved = {uuid5(file.id, f"{m.opd}/{m.code}"): m for m in await _moved(file, kind)}
        before = RecordedEvent.filter(subject_kind=MOVEMENT, subject_id__in=list(moved))
        told = set(await before.values_list("subject_id", flat=True))
        new = {subject: m for subject, m in moved.items() if subject not in told}
        for subject, m in new.items():
            data = {
                **{"opd": m.opd, "code": m.code, "name": m.name, "year": file.year},
                **{"before": str(m.before), "after": str(m.after)},
                "until": file.stage if kind is ImportKind.REALISATION else "",
            }
            await record(Event(_KINDS[kind], MOVEMENT, subject, 1, data), SYSTEM)
    return len(new)


@dataclass(frozen=True)
class _Moved:
    """A followed place whose figure moved, in rupiah."""

    opd: str
    code: str
    before: Decimal
    after: Decimal
    name: str


async def _moved(file: BudgetImport, kind: ImportKind) -> list[_Moved]:
    before = await fetch(_BEFORE[kind], [file.id])
    amount = _AMOUNT[kind]
    sql = _MOVED.format(before=amount.format(file="$1::uuid"), after=amount.format(file="$2::uuid"))
    nothing = UUID(int=0)
    rows = await fetch(sql, [before[0][0] if before else nothing, file.id, file.classification, PLACES_MOST])
    return [_Moved(*row) for row in rows]
