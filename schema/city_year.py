"""The whole city in a year as the ministry says it, with its proof."""

from datetime import date as Day  # noqa: N812 - a field is called day
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from backend.budget import city_year, proofs
from backend.budget.proofs import Proof
from schema.fields import field, object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped


@scoped(Scope.BUDGET)
@object_type
class BudgetProof:
    """Where figures come from."""

    import_id: UUID
    """Names the import for ever: in a permanent link, and in the address of its files."""
    file_name: str
    """The file as it was named when it came."""
    sha256: str
    """Hex SHA-256 of its bytes; empty for figures from before files were kept."""
    classification: str
    """The decree that gives its codes their meaning."""
    lines: int
    """How many lines of it count."""
    total: Decimal
    """What they add up to, rupiah with sen."""
    control_total: Decimal
    """What the city published for it."""
    difference: Decimal
    """Total less control total; an import that does not balance is refused, so always 0.00."""
    imported_at: datetime
    """When it came into force here."""
    superseded: bool
    """A later file took its place."""
    superseded_by: UUID | None
    """The import that did."""
    is_sample: bool
    """Invented, to show what Lugas can do; it counts until the city brings a file of its own."""

    @staticmethod
    def of(proof: Proof) -> "BudgetProof":
        return BudgetProof(
            import_id=proof.import_id,
            file_name=proof.file_name,
            sha256=proof.sha256,
            classification=proof.classification,
            lines=proof.lines,
            total=proof.total,
            control_total=proof.control_total,
            difference=proof.total - proof.control_total,
            imported_at=proof.at,
            superseded=proof.superseded_by is not None,
            superseded_by=proof.superseded_by,
            is_sample=proof.sample,
        )


@scoped(Scope.BUDGET)
@object_type
class CityFigure:
    """A kind of revenue, spending or financing in the ministry's table."""

    name: str
    """As the ministry calls it."""
    parent: str
    """The kind it is part of; empty for a total."""
    level: int
    """0 for a total, then deeper."""
    budget: Decimal
    """Rupiah, rounded by the ministry to ten million."""
    realised: Decimal
    """The same."""
    absorption: float | None
    """Realised over budget; above 1 where the table's budget column is still the original one. Null without budget."""
    row: int
    """Its line in the file."""


@scoped(Scope.BUDGET)
@object_type
class CityYear:
    """Budget and realisation of a year in the ministry's table (DJPK)."""

    year: int
    """The fiscal year."""
    day: Day
    """The day its figures are of."""
    part_of_year: bool
    """The figures end before the year did."""
    figures: list[CityFigure]
    """In the order of the table: each total, its kinds, and theirs."""
    import_id: strawberry.Private[object]

    @field
    async def proof(self) -> BudgetProof:
        """The file behind the figures."""
        return BudgetProof.of(await proofs.proof(self.import_id))  # type: ignore[arg-type]


@scoped(Scope.BUDGET)
@strawberry.type
class CityQuery:
    """The whole city in a year; nobody needs to sign in."""

    @query(Need.NOTHING)
    async def city_year(self, year: int) -> CityYear | None:
        """What the ministry's table says of the whole city in a year; null without one."""
        found = await city_year.city_year(year)
        if found is None:
            return None
        return CityYear(
            year=found.year,
            day=found.day,
            part_of_year=(found.day.month, found.day.day) != (12, 31),
            figures=[
                CityFigure(
                    name=f.name,
                    parent=f.parent,
                    level=f.level,
                    budget=f.budget,
                    realised=f.realised,
                    absorption=round(float(f.realised / f.budget), 6) if f.budget else None,
                    row=f.row,
                )
                for f in found.figures
            ],
            import_id=found.import_id,
        )
