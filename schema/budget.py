"""The public money as the API says it: per OPD, from which source, on what."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

import strawberry

from backend.budget import queries
from backend.core.kept import Kept
from backend.core.pages import within
from backend.core.reads import Reads, Row, read
from backend.services.reference import TOPIC, Reference
from schema.context import Info
from schema.fields import object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.seen import seen, told
from schema.services import Opd
from schema.wanted import reads_of, wanted_in


@scoped(Scope.BUDGET)
@object_type
class FundSource:
    """Where money comes from (sumber dana)."""

    code: str
    """SIPD code, such as 1.2.01.01.02."""
    name: str
    """Full name."""
    short: str
    """What people call it."""


@scoped(Scope.BUDGET)
@object_type
class SourceTotal:
    """What one source gives."""

    source: FundSource = seen("source")
    """The source."""
    total: Decimal = seen("row.amount")
    """Rupiah with sen, as text."""
    lines: int = seen("row.lines")
    """How many budget lines it pays for."""


@scoped(Scope.BUDGET)
@object_type
class BudgetLine:
    """One line of the budget."""

    account: str = seen("account", read("account"))
    """Account code: akun.kelompok.jenis.objek.rincian.sub."""
    name: str = seen("name", read("name"))
    """What it is for."""
    amount: Decimal = seen("amount", read("amount"))
    """Rupiah with sen, as text."""


@scoped(Scope.BUDGET)
@object_type
class OpdBudget:
    """What one department may spend."""

    ALWAYS: ClassVar[Reads] = read("opd")
    # What the plans have encoded of it, on an object that lives as long as its figures stand.
    fragments: strawberry.Private[dict[object, Any]]
    opd: Opd = seen("opd")
    """The department."""
    total: Decimal = seen("row.total", read("total"))
    """Rupiah with sen, as text."""
    by_source: list[SourceTotal] = seen("by_source", read(sources=read("fund_source", "amount", "lines")))
    """From which sources, the largest first."""

    @told(relation="lines", argument="first")
    def top_lines(self, first: int = 10) -> list[BudgetLine]:
        """The largest lines: the `first`, at most 50."""
        found: list[BudgetLine] = self.row.lines[: within(first)]  # type: ignore[attr-defined]
        return found


@scoped(Scope.BUDGET)
@object_type
class Budget:
    """The budget of a year (APBD) in the stage that is in force."""

    year: int
    """The fiscal year."""
    stage: str
    """murni, pergeseran-n or perubahan."""
    opds: list[OpdBudget]
    """The departments, the largest budget first."""


class _Share:
    """An OPD's budget beside what it points to; the fields of OpdBudget are looked up here."""

    def __init__(self, row: Row, city: Reference, sources: Mapping[str, queries.Source]) -> None:
        self.row = row
        self.fragments: dict[object, Any] = {}
        self._city = city
        self._sources = sources

    @property
    def opd(self) -> Opd:
        return Opd.of(self._city.opds[self.row.opd])

    @property
    def by_source(self) -> list["_Part"]:
        return [_Part(r, self._sources[r.fund_source]) for r in self.row.sources]


class _Part(NamedTuple):
    """One source's part of an OPD's budget."""

    row: Row
    source: queries.Source


# Every department at a glance is small: the last few selections of it are kept.
_shares: Kept[list[_Share]] = Kept(queries.TOPIC, TOPIC, most=16)


@scoped(Scope.BUDGET)
@strawberry.type
class BudgetQuery:
    """Public reading of the money."""

    @query(Need.NOTHING)
    async def budget(self, info: Info, year: int) -> Budget | None:
        """The budget of a year by department; null when none was loaded."""
        stage = await queries.stage_in_force(year)
        if stage is None:
            return None
        reads = reads_of(OpdBudget, wanted_in(info).below("opds"))
        city = await info.context.city()

        async def read_shares() -> list[_Share]:
            sources = await queries.sources()
            return [_Share(row, city, sources) for row in await queries.opds_of(stage, reads)]

        shares: Any = await _shares.get(read_shares, (stage, reads))
        return Budget(year=year, stage=stage.name, opds=shares)
