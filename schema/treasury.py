"""Files that were brought into the budget, as the API tells them: for the finance agency alone."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from backend.budget import arriving, treasury
from backend.budget.models import BudgetImport as Row
from backend.budget.rules import ImportKind, ImportState
from backend.core.pages import Page, Window
from schema.applications.papers import UploadParts
from schema.connections import PageInfo
from schema.context import Info
from schema.fields import field, object_type, query
from schema.ids import encode, uuid_of
from schema.permissions import Need
from schema.scopes import Scope, scoped
from schema.services import Opd

strawberry.enum(ImportKind, name="BudgetFileKind", description="What a file of the budget tells.")
strawberry.enum(ImportState, name="BudgetFileState", description="How far a file of the budget is.")


@scoped(Scope.OFFICE)
@object_type
class BudgetFault:
    """What is wrong with a file, or strange about it, in one place."""

    line: int
    """Line of the file from 1; 0 is the file as a whole."""
    column: str
    """Its heading; empty for the whole line."""
    code: str
    """Stable, for programs."""
    reason: str
    """For people."""
    value: str
    """What stands there, at most 120 letters."""


@scoped(Scope.OFFICE)
@object_type
class BudgetFaultReason:
    """One kind of fault of a file."""

    code: str
    """For `faults(code:)`."""
    reason: str
    """For people."""
    count: int
    """How many of the first thousand are of this kind."""


@scoped(Scope.OFFICE)
@object_type
class BudgetFaultEdge:
    """One of them."""

    cursor: str
    """For `after`."""
    node: BudgetFault
    """What is wrong."""


@scoped(Scope.OFFICE)
@object_type
class BudgetFaultConnection:
    """A page of them; the first thousand of a file are kept."""

    edges: list[BudgetFaultEdge]
    """In the order of the file."""
    page_info: PageInfo
    """Whether more follow."""

    @staticmethod
    def of(page: Page[treasury.Told], info: Info) -> "BudgetFaultConnection":
        edges = [
            BudgetFaultEdge(
                cursor=cursor,
                node=BudgetFault(
                    line=one.line,
                    column=one.column,
                    code=one.code,
                    reason=info.context.say(one.text),
                    value=one.value,
                ),
            )
            for cursor, one in zip(page.cursors, page.rows, strict=True)
        ]
        return BudgetFaultConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )


@scoped(Scope.OFFICE)
@object_type
class BudgetChange:
    """What a file changes for one department."""

    opd: Opd
    """Whose money."""
    before: Decimal | None
    """Rupiah in force before; null where there was nothing."""
    after: Decimal | None
    """Rupiah of this file; null where there is nothing any more."""


@scoped(Scope.OFFICE)
@object_type
class BudgetImport:
    """A file of the budget: what was said of it, how far it is, and what came of it."""

    row: strawberry.Private[Row]
    id: strawberry.ID
    """For the acts on it."""
    kind: ImportKind
    """What it tells."""
    year: int
    """Fiscal year."""
    stage: str
    """murni, pergeseran-n or perubahan; of realisation and djpk the day of their figures."""
    classification: str
    """The decree of its codes."""
    effective_on: date
    """First day it counts."""
    file_name: str
    """As it was sent."""
    size: int
    """Bytes."""
    sha256: str
    """Of the file; empty until it has arrived."""
    control_total: Decimal
    """What it must add up to, rupiah with sen."""
    state: ImportState
    """How far it is."""
    trial: bool
    """To be read only to say what would change."""
    lines: int
    """Lines that count."""
    skipped: int
    """Lines that are sums of others."""
    total: Decimal
    """What its lines add up to."""
    fault_count: int
    """How many faults; the first thousand are kept."""
    note_count: int
    """How many notes."""
    person_name: str
    """Who brought it."""
    at: datetime
    """When it was announced."""
    done_at: datetime | None
    """When it was read, or given up."""

    @staticmethod
    def of(row: Row) -> "BudgetImport":
        return BudgetImport(
            row=row,
            id=encode("BudgetImport", row.id),
            kind=ImportKind(row.kind),
            year=row.year,
            stage=row.stage,
            classification=row.classification,
            effective_on=row.effective_on,
            file_name=row.file_name,
            size=row.size,
            sha256=row.sha256,
            control_total=row.control_total,
            state=ImportState(row.state),
            trial=row.trial,
            lines=row.lines,
            skipped=row.skipped,
            total=row.total,
            fault_count=row.fault_count,
            note_count=row.note_count,
            person_name=row.person_name,
            at=row.at,
            done_at=row.done_at,
        )

    @field
    async def lines_read(self) -> int | None:
        """How many lines are read so far; null while nobody reads it."""
        return await treasury.lines_read(self.row.id) if self.state is ImportState.WAITING else None

    @field
    async def parts(self) -> UploadParts | None:
        """Where its parts go; null once it has arrived."""
        if self.state is not ImportState.ARRIVING:
            return None
        missing = await arriving.missing(self.row.id)
        return UploadParts(url=f"/documents/budget/{self.row.id}", size=arriving.PART, missing=missing)

    @field
    async def faults(
        self, info: Info, first: int = 20, after: str | None = None, code: str | None = None
    ) -> BudgetFaultConnection:
        """Why it was refused: all, or those of one code."""
        row = await treasury.by_id(info.context.actor, self.row.id)
        page = treasury.told(row.faults if row else [], Window.of(first, after), code)
        return BudgetFaultConnection.of(page, info)

    @field
    async def fault_reasons(self, info: Info) -> list[BudgetFaultReason]:
        """Why it was refused, by kind, the most frequent first."""
        row = await treasury.by_id(info.context.actor, self.row.id)
        return [
            BudgetFaultReason(code=code, reason=info.context.say(text), count=count)
            for code, text, count in treasury.reasons(row.faults if row else [])
        ]

    @field
    async def notes(self, info: Info, first: int = 20, after: str | None = None) -> BudgetFaultConnection:
        """What is strange but true."""
        row = await treasury.by_id(info.context.actor, self.row.id)
        return BudgetFaultConnection.of(
            treasury.told(row.notes if row else [], Window.of(first, after)), info
        )

    @field
    async def faults_url(self) -> str | None:
        """Where the faults are a CSV table; null without faults."""
        return f"/documents/budget/{self.row.id}/faults.csv" if self.fault_count else None

    @field
    async def changes(self, info: Info) -> list[BudgetChange]:
        """What it changes, or would change, for each department; at most 200."""
        row = await treasury.by_id(info.context.actor, self.row.id)
        offices = (await info.context.city()).opds
        return [
            BudgetChange(
                opd=Opd.of(offices[c["opd"]]), before=_rupiah(c["before"]), after=_rupiah(c["after"])
            )
            for c in (row.changes if row else [])
            if c["opd"] in offices
        ]


def _rupiah(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@scoped(Scope.OFFICE)
@object_type
class BudgetImportEdge:
    """A file in a list."""

    cursor: str
    """For `after`."""
    node: BudgetImport
    """The file."""


@scoped(Scope.OFFICE)
@object_type
class BudgetImportConnection:
    """A page of files."""

    edges: list[BudgetImportEdge]
    """The newest first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.OFFICE)
@strawberry.type
class TreasuryQuery:
    """Files that were brought into the budget."""

    @query(Need.STAFF)
    async def budget_imports(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> BudgetImportConnection:
        """Every file; none for whoever is not of the finance agency."""
        page = await treasury.visible_to(info.context.actor, Window.of(first, after))
        edges = [
            BudgetImportEdge(cursor=c, node=BudgetImport.of(row))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return BudgetImportConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )

    @query(Need.STAFF)
    async def budget_import(self, info: Info, id: strawberry.ID) -> BudgetImport | None:
        """One file; null when it is absent or not for this person."""
        row = await treasury.by_id(info.context.actor, uuid_of(id, "BudgetImport"))
        return BudgetImport.of(row) if row else None
