"""What every kind of file has in common while it is read: its faults, its sum, and where its rows go."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from tortoise.backends.base.client import TransactionalDBClient

from backend.budget.amounts import Style, read_amount
from backend.budget.faults import Faults
from backend.budget.models import BudgetImport
from backend.budget.tables import Record, Table
from backend.core.texts import Text

MISSING = Text("Kolom ini tidak ada di berkas.", "The file has no such column.")
WIDTH = Text("Jumlah kolom baris ini lain dari judul tabel.", "This line has another number of columns.")
TWO_STYLES = Text(
    "Tanda sen berbeda dari baris lain di berkas ini.", "The mark before the sen differs from other lines."
)
NEGATIVE = Text("Jumlah ini tidak boleh kurang dari nol.", "This amount cannot be below zero.")
NO_OPD = Text("OPD ini tidak ada di daftar kota.", "This OPD is not in the city's list.")


@dataclass(frozen=True)
class Sum:
    """A table of kept sums: its columns, and the query that counts them anew.

    `{only}` in the query stands for a condition that narrows it to one import.
    """

    table: str
    columns: str
    query: str


@dataclass(frozen=True)
class Change:
    """What an import changes for one OPD: rupiah before and after, None where there was or is nothing."""

    opd: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Known:
    """What the city knows: OPD by code (its own or SIPD's) or lower-case name, and the codes of fund sources."""

    opds: Mapping[str, str]
    sources: frozenset[str]


@dataclass
class Form(ABC):
    """Goes through a file once, yields what is to be kept, and gathers faults, notes and the sum on the way.

    `faults` refuse the file; `notes` are strange but true, and are kept beside the import. `total` is what is
    held against the control total.
    """

    HEADINGS: ClassVar[tuple[str, ...]]
    # Columns that a file may have; where it has not, their cells are empty.
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    TABLE: ClassVar[str]
    COLUMNS: ClassVar[tuple[str, ...]]
    SUMS: ClassVar[tuple[Sum, ...]] = ()

    row: BudgetImport
    known: Known
    faults: Faults = field(default_factory=Faults)
    notes: Faults = field(default_factory=Faults)
    total: Decimal = Decimal(0)
    lines: int = 0
    skipped: int = 0
    _style: Style | None = None

    @abstractmethod
    def rows(self, table: Table) -> Iterator[tuple[Any, ...]]:
        """The rows for `TABLE`; those with a fault are left out, and the file is refused whole afterwards."""

    async def begin(self, tx: TransactionalDBClient) -> str:
        """Make ready for the rows; the table that they are copied into."""
        return self.TABLE

    async def loaded(self, tx: TransactionalDBClient) -> None:
        """What is to be done once all rows are there, before the sums are counted: the planner hears of them."""
        await tx.execute_script(f"ANALYZE {self.TABLE}")

    async def hold(self, tx: TransactionalDBClient) -> None:  # noqa: B027 - most kinds have nothing to hold against
        """Hold what was copied against what the city has already; what does not fit is a fault."""

    @abstractmethod
    async def settle(self, tx: TransactionalDBClient, before: BudgetImport | None) -> list[Change]:
        """What comes with being in force, beyond the kept sums; `before` is the import that is superseded."""

    def places(self, table: Table) -> dict[str, int] | None:
        """Where each heading stands; None, with a fault for each, where some are missing."""
        at = {heading: place for place, heading in enumerate(table.headings)}
        missing = [heading for heading in self.HEADINGS if heading not in at]
        for heading in missing:
            self.faults.add(1, heading, "no_column", MISSING)
        return None if missing else at

    def records(self, table: Table) -> Iterator[tuple[Record, dict[str, str]]]:
        """Each record with its cells by heading; headings that are missing and torn lines are faults."""
        at = self.places(table) or {}
        own = dict.fromkeys(self.OPTIONAL, "")
        asked = {
            heading: place for heading, place in at.items() if heading in (*self.HEADINGS, *self.OPTIONAL)
        }
        for record in self.whole(table) if at else ():
            yield record, own | {heading: record.cells[place].strip() for heading, place in asked.items()}

    def whole(self, table: Table) -> Iterator[Record]:
        """The records that have as many cells as there are headings; the others are faults."""
        width = len(table.headings)
        for record in table.records:
            if len(record.cells) == width:
                yield record
            else:
                self.faults.add(record.line, "", "width", WIDTH, str(len(record.cells)))

    def amount(self, line: int, column: str, text: str, *, scale: int = 1) -> Decimal | None:
        """The amount of a cell; a fault and None where it cannot be read, or breaks with the file's style."""
        amount = read_amount(text, scale=scale)
        if isinstance(amount, Text):
            self.faults.add(line, column, "bad_amount", amount, text)
            return None
        if amount.style is not None:
            self._style = self._style or amount.style
            if amount.style is not self._style:
                self.faults.add(line, column, "two_styles", TWO_STYLES, text)
                return None
        return amount.value
