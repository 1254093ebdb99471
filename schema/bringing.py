"""Bringing files into the budget, as the API takes it: announced, read, given up, put in force."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from backend.budget import arriving, codes, treasury
from backend.budget.actions import Announced
from backend.budget.amounts import read_amount
from backend.budget.rules import ImportKind
from backend.core.problems import FieldFault, InvalidInput
from backend.core.texts import Text
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.ids import uuid_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped
from schema.treasury import BudgetImport


@input_type
class AnnounceBudgetFileInput:
    """What a file is, before its parts come."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    kind: ImportKind
    """What it tells."""
    year: int
    """Fiscal year."""
    stage: str
    """murni, pergeseran-n or perubahan; of realisation and djpk the day of their figures, as 2026-10-31."""
    effective_on: date
    """First day it counts."""
    control_total: str
    """What the city published, in rupiah: 2417000000000.00 or 2.417.000.000.000,00."""
    classification: str | None = None
    """The decree of its codes; left out, the newest of the first day."""
    file_name: str
    """With .csv or .xlsx."""
    size: int
    """Bytes, at most 1 GiB."""
    parts: list[str]
    """SHA-256 (hex) of each part of 2 MiB, in order."""
    trial: bool = False
    """Only say what would change."""

    def said(self) -> Announced:
        total = read_amount(self.control_total)
        if isinstance(total, Text):
            raise InvalidInput(FieldFault("controlTotal", total))
        return Announced(
            kind=self.kind,
            year=self.year,
            stage=self.stage,
            classification=self.classification or codes.in_force(self.effective_on).name,
            effective_on=self.effective_on,
            control_total=total.value,
            file_name=self.file_name,
            trial=self.trial,
        )


@input_type
class BudgetFileInput:
    """An act on a file."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    import_id: strawberry.ID
    """Which file."""


@input_type
class ReadBudgetFileInput(BudgetFileInput):
    """A file that arrived, or that could not be read, and is to be read."""


@input_type
class CancelBudgetFileInput(BudgetFileInput):
    """A file that is given up."""


@input_type
class PutBudgetInForceInput(BudgetFileInput):
    """A trial without faults that is to count."""


@scoped(Scope.OFFICE)
@object_type
class BudgetFileChanged:
    """The file as it stands now."""

    budget_import: BudgetImport
    """With its state."""


AnnounceBudgetFileResult = Annotated[
    BudgetFileChanged | Refusal, strawberry.union("AnnounceBudgetFileResult")
]
ReadBudgetFileResult = Annotated[BudgetFileChanged | Refusal, strawberry.union("ReadBudgetFileResult")]
CancelBudgetFileResult = Annotated[BudgetFileChanged | Refusal, strawberry.union("CancelBudgetFileResult")]
PutBudgetInForceResult = Annotated[BudgetFileChanged | Refusal, strawberry.union("PutBudgetInForceResult")]


async def _changed(info: Info, import_id: UUID) -> BudgetFileChanged:
    row = await treasury.by_id(info.context.actor, import_id)
    assert row is not None, "who acted on it may see it"
    return BudgetFileChanged(budget_import=BudgetImport.of(row))


def _ids(given: BudgetFileInput) -> tuple[UUID, UUID]:
    return given.idempotency_key, uuid_of(given.import_id, "BudgetImport")


@scoped(Scope.OFFICE)
@strawberry.type
class BringingMutation:
    """Announcing files, having them read, giving them up, putting tried ones in force."""

    @mutation
    async def announce_budget_file(
        self, info: Info, input: AnnounceBudgetFileInput
    ) -> AnnounceBudgetFileResult:
        """Say what a file is; then PUT what is missing of its `parts`. The same bytes go on where they stopped."""
        sent = arriving.Sent(input.size, input.parts)
        made = await arriving.announce(info.context.actor, input.idempotency_key, input.said(), sent)
        return await _changed(info, made)

    @mutation
    async def read_budget_file(self, info: Info, input: ReadBudgetFileInput) -> ReadBudgetFileResult:
        """Have a file read that arrived whole, or once more after the city could not read it (`FAILED`)."""
        return await _changed(info, await arriving.start(info.context.actor, *_ids(input)))

    @mutation
    async def cancel_budget_file(self, info: Info, input: CancelBudgetFileInput) -> CancelBudgetFileResult:
        """Give a file up before it is read, or after the city could not read it."""
        return await _changed(info, await arriving.cancel(info.context.actor, *_ids(input)))

    @mutation
    async def put_budget_in_force(self, info: Info, input: PutBudgetInForceInput) -> PutBudgetInForceResult:
        """Read a tried file for good; no other upload is needed. The answer is the new import."""
        return await _changed(info, await arriving.put_in_force(info.context.actor, *_ids(input)))
