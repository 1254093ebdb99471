"""Reading what became of the budget: its plan by month, what was paid for each part, revenue by kind."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from backend.budget.queries import TOPIC
from backend.core import clock
from backend.core.kept import Kept
from backend.core.reads import fetch

# Kinds of revenue (FACTS 2.3), own revenue (PAD) first.
REVENUE_NAMES = {
    "4.1.01": "Pajak Daerah",
    "4.1.02": "Retribusi Daerah",
    "4.1.03": "Hasil Pengelolaan Kekayaan Daerah yang Dipisahkan",
    "4.1.04": "Lain-lain PAD yang Sah",
    "4.2.01": "Transfer Pemerintah Pusat",
    "4.2.02": "Transfer Antar Daerah",
    "4.3.01": "Hibah",
    "4.3.02": "Dana Darurat",
    "4.3.03": "Lain-lain Pendapatan yang Sah",
}
OWN_REVENUE = "4.1"
_DEPTH = {7: 1, 12: 2, 15: 3, 17: 3}


@dataclass(frozen=True)
class Plan:
    """Planned spending of the city or an OPD: rupiah of January to December, and the import they come from."""

    stage: str
    effective_on: date
    import_id: UUID
    months: tuple[Decimal, ...]

    @property
    def cumulative(self) -> tuple[Decimal, ...]:
        """Rupiah planned up to the end of each month."""
        return tuple(sum(self.months[: month + 1], Decimal(0)) for month in range(12))


@dataclass(frozen=True)
class PaidFor:
    """What was paid (net, spending alone) for a place up to a day, beside the budget that the same table names."""

    day: date
    budget: Decimal
    realised: Decimal
    import_id: UUID


@dataclass(frozen=True)
class RevenueKind:
    """One kind of revenue, such as 4.1.01: target, received up to the day, and received by then last year."""

    code: str
    name: str
    target: Decimal
    received: Decimal
    last_year: Decimal

    @property
    def is_own(self) -> bool:
        """Whether it is the city's own revenue (PAD)."""
        return self.code.startswith(OWN_REVENUE + ".")


@dataclass(frozen=True)
class Revenue:
    """The city's revenue up to a day, by kind in the order of their codes."""

    day: date
    import_id: UUID
    kinds: tuple[RevenueKind, ...]


_plans: Kept[Plan | None] = Kept(TOPIC, most=500)
_paid: Kept[PaidFor | None] = Kept(TOPIC, most=5000)
_revenues: Kept[Revenue | None] = Kept(TOPIC, most=100)

_PLAN = """
SELECT * FROM (SELECT i.stage, i.effective_on, i.id, ARRAY(
    SELECT coalesce(sum(s.amount), 0)::numeric(20,2) FROM generate_series(1, 12) m (month)
    LEFT JOIN cash_plan_sums s ON s.import_id = i.id AND s.month = m.month AND s.account LIKE '5.%'
                              AND ($3::text IS NULL OR s.opd = $3)
    GROUP BY m.month ORDER BY m.month)
FROM budget_imports i WHERE i.kind = 'cash_plan' AND i.state = 'in_force' AND i.year = $1 AND i.effective_on <= $2
ORDER BY i.effective_on DESC, i.at DESC LIMIT 1) p
WHERE EXISTS (SELECT FROM cash_plan_sums s WHERE s.import_id = p.id AND s.account LIKE '5.%'
              AND ($3::text IS NULL OR s.opd = $3))
"""
_PAID = """
SELECT i.stage, n.budget, n.realised, i.id FROM budget_imports i JOIN realisation_nodes n ON n.import_id = i.id
WHERE i.kind = 'realisation' AND i.state = 'in_force' AND i.year = $1 AND i.stage <= $2
  AND n.opd = $3 AND n.level = $4 AND n.code = $5 ORDER BY i.stage DESC LIMIT 1
"""
_REVENUE = """
SELECT i.stage, i.id, s.account, sum(s.budget)::numeric(20,2), sum(s.realised)::numeric(20,2),
       sum(s.last_year)::numeric(20,2)
FROM budget_imports i JOIN realisation_sums s ON s.import_id = i.id AND s.account LIKE '4.%'
WHERE i.id = (SELECT t.id FROM budget_imports t WHERE t.kind = 'realisation' AND t.state = 'in_force' AND t.year = $1
              AND t.stage <= $2
              AND EXISTS (SELECT FROM realisation_sums x WHERE x.import_id = t.id AND x.account LIKE '4.%')
              ORDER BY t.stage DESC LIMIT 1)
GROUP BY i.stage, i.id, s.account ORDER BY s.account LIMIT 50
"""


async def plan(year: int, opd: str | None = None, day: date | None = None) -> Plan | None:
    """The cash plan of spending that counts on a day (by default today); None without one, or where it does not name the OPD."""
    on = day or clock.today()

    async def read() -> Plan | None:
        rows = await fetch(_PLAN, [year, on, opd])
        return next((Plan(stage, since, its, tuple(months)) for stage, since, its, months in rows), None)

    return await _plans.get(read, (year, opd, on))


async def paid_for(year: int, opd: str, code: str, day: date | None = None) -> PaidFor | None:
    """What was paid for a programme, activity or sub-activity of an OPD, in the newest table up to a day.

    None where the city's tables do not say by sub-activity.
    """
    level, until = _DEPTH.get(len(code)), (day or clock.today()).isoformat()
    if level is None:
        return None

    async def read() -> PaidFor | None:
        rows = await fetch(_PAID, [year, until, opd, level, code])
        return PaidFor(date.fromisoformat(rows[0][0]), *rows[0][1:]) if rows else None

    return await _paid.get(read, (year, opd, code, until))


async def revenue(year: int, day: date | None = None) -> Revenue | None:
    """Revenue by kind in the newest realisation table up to a day that tells of revenue (4); None without one."""
    until = (day or clock.today()).isoformat()

    async def read() -> Revenue | None:
        rows = await fetch(_REVENUE, [year, until])
        if not rows:
            return None
        kinds = (
            RevenueKind(str(code), REVENUE_NAMES.get(str(code), str(code)), target, received, last)
            for _, _, code, target, received, last in rows
        )
        return Revenue(date.fromisoformat(rows[0][0]), rows[0][1], tuple(kinds))

    return await _revenues.get(read, (year, until))
