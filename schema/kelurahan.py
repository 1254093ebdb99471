"""What the budget holds for each kelurahan, as the API says it."""

from decimal import Decimal

import strawberry

from backend.budget import exploring
from backend.progress import queries
from schema.context import Info
from schema.fields import object_type, query
from schema.permissions import Need
from schema.places import Kelurahan
from schema.scopes import Scope, scoped


@scoped(Scope.BUDGET)
@object_type
class BudgetOfKelurahan:
    """What a year's budget holds for a kelurahan."""

    kelurahan: Kelurahan
    """Which."""
    amount: Decimal
    """Rupiah that are its alone: of sub-activities for it only, and its known shares of others."""
    places: int
    """How many sub-activities are for it."""
    unsplit: int
    """How many of them are for others too, in shares that nobody has said; not in the amount."""


@scoped(Scope.BUDGET)
@object_type
class BudgetInKelurahan:
    """A sub-activity that is for a kelurahan."""

    opd_code: str
    """Whose it is."""
    code: str
    """Its code."""
    name: str
    """What it is called."""
    total: Decimal
    """The whole of it, rupiah."""
    amount: Decimal | None
    """What of it is the kelurahan's; null where that is not known."""


@scoped(Scope.BUDGET)
@strawberry.type
class KelurahanQuery:
    """The budget by where it goes."""

    @query(Need.NOTHING)
    async def budget_by_kelurahan(self, info: Info, year: int) -> list[BudgetOfKelurahan]:
        """What the stage in force holds for each kelurahan that a sub-activity names, the largest first."""
        known = (await info.context.city()).places
        stage = await exploring.stage_on(year, None, None)
        return [
            BudgetOfKelurahan(
                kelurahan=Kelurahan.of(known[found.kelurahan]),
                amount=found.amount,
                places=found.places,
                unsplit=found.unsplit,
            )
            for found in (await queries.by_kelurahan(stage) if stage else [])
            if found.kelurahan in known
        ]

    @query(Need.NOTHING)
    async def budget_in_kelurahan(self, year: int, kelurahan: str) -> list[BudgetInKelurahan]:
        """The sub-activities of the stage in force that are for a kelurahan, the largest first, at most 500."""
        stage = await exploring.stage_on(year, None, None)
        return [
            BudgetInKelurahan(
                opd_code=found.opd, code=found.code, name=found.name, total=found.amount, amount=found.own
            )
            for found in (await queries.within(stage, kelurahan) if stage else [])
        ]
