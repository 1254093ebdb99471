"""The city's revenue: its own (PAD) by kind and what others transfer, against target and last year."""

from datetime import date as Day  # noqa: N812 - a field is called day
from decimal import Decimal
from uuid import UUID

import strawberry

from backend.budget import outcomes, proofs
from schema.city_year import BudgetProof
from schema.fields import field, object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped


@scoped(Scope.BUDGET)
@object_type
class RevenueKind:
    """One kind of revenue (jenis)."""

    code: str
    """Such as 4.1.01."""
    name: str
    """What it is called."""
    is_own: bool
    """The city's own revenue (PAD)."""
    target: Decimal
    """Rupiah that the budget counts on."""
    received: Decimal
    """Rupiah received up to the day."""
    last_year: Decimal
    """Rupiah received up to the same day of the year before."""
    share: float | None
    """Received over target, 0 to 1 and above; null without a target."""


@scoped(Scope.BUDGET)
@object_type
class Revenue:
    """Revenue up to a day, from the newest realisation table of the city."""

    year: int
    """The fiscal year."""
    day: Day
    """The day its figures are of."""
    part_of_year: bool
    """The figures end before the year does."""
    kinds: list[RevenueKind]
    """In the order of their codes, own revenue first."""
    import_id: strawberry.Private[UUID]

    @field
    async def proof(self) -> BudgetProof:
        """The file behind the figures."""
        return BudgetProof.of(await proofs.proof(self.import_id))


@scoped(Scope.BUDGET)
@strawberry.type
class RevenueQuery:
    """What the city receives; nobody needs to sign in."""

    @query(Need.NOTHING)
    async def revenue(self, year: int) -> Revenue | None:
        """Revenue of a year by kind; null where no realisation table holds revenue."""
        found = await outcomes.revenue(year)
        if found is None:
            return None
        return Revenue(
            year=year,
            day=found.day,
            part_of_year=(found.day.month, found.day.day) != (12, 31),
            kinds=[_kind(kind) for kind in found.kinds],
            import_id=found.import_id,
        )


def _kind(kind: outcomes.RevenueKind) -> RevenueKind:
    return RevenueKind(
        code=kind.code,
        name=kind.name,
        is_own=kind.is_own,
        target=kind.target,
        received=kind.received,
        last_year=kind.last_year,
        share=round(float(kind.received / kind.target), 6) if kind.target else None,
    )
