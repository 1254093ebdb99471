"""Orders as the API says them, of a trip or of a stand-in: what they are, and opening one to read and sign it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications.uploads import letter_download
from backend.appointing import orders as appointing
from backend.core.actors import Actor
from backend.core.problems import NotFound, NotNow
from backend.delegation.events import SUBJECT as DELEGATION
from backend.identity.policy import require_signed_in
from backend.signing.models import Letter
from backend.signing.openings import DRAWING
from backend.travel import orders as travel
from backend.travel.events import SHEET
from backend.travel.events import SUBJECT as TRIP
from schema.applications.papers import DownloadTicket
from schema.context import Info
from schema.enums import LetterStatus
from schema.fields import input_type, mutation, object_type
from schema.ids import encode, uuid_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped

# Whose orders are opened, and by which act.
OPENED: Mapping[str, Callable[[Actor, UUID, Letter], Awaitable[Letter]]] = {
    TRIP: travel.opened,
    SHEET: travel.opened,
    DELEGATION: appointing.opened,
}


@scoped(Scope.OFFICE)
@object_type
class OrderLetter:
    """An order: the assignment (SPT) or the sheet (SPPD) of a trip, or the order that names a stand-in."""

    id: strawberry.ID
    """For openOrder, prepareSigning and signLetters."""
    title: str
    """What it is."""
    number: str
    """Its number."""
    status: LetterStatus
    """How far it is."""
    sha256: str | None
    """Of the draft, or of the signed file; null while it is drawn."""
    signed_by: str
    """Who signs, or signed it."""
    verify_id: str | None
    """Its check code, once it is signed: verifyLetter takes it."""

    @staticmethod
    def of(row: Letter) -> "OrderLetter":
        return OrderLetter(
            id=encode("Letter", row.id),
            title=row.title,
            number=row.number,
            status=LetterStatus(row.status),
            sha256=row.signed_sha256 or row.draft_sha256,
            signed_by=f"{row.signer_name}, {row.signer_position}",
            verify_id=row.verify_id if row.signed_sha256 else None,
        )


@input_type
class OpenOrderInput:
    """An order that is to be read."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    letter_id: strawberry.ID
    """Of a trip or a delegation."""


@scoped(Scope.OFFICE)
@object_type
class OrderOpened:
    """Where the order lies for a few minutes."""

    ticket: DownloadTicket
    """The file."""
    letter: OrderLetter
    """What it is."""


OpenOrderResult = Annotated[OrderOpened | Refusal, strawberry.union("OpenOrderResult")]


@scoped(Scope.OFFICE)
@strawberry.type
class OrderMutation:
    """Reading orders."""

    @mutation
    async def open_order(self, info: Info, input: OpenOrderInput) -> OpenOrderResult:
        """Open the order of a trip or a stand-in; who signs it must have."""
        context = info.context
        require_signed_in(context.actor)
        found = await Letter.get_or_none(id=uuid_of(input.letter_id, "Letter"), subject_kind__in=list(OPENED))
        if found is None:
            raise NotFound
        letter = await OPENED[found.subject_kind](context.actor, input.idempotency_key, found)
        made = letter_download(context.parts.tickets, letter)
        if made is None:
            raise NotNow("drawing", DRAWING)
        return OrderOpened(ticket=DownloadTicket.of(made), letter=OrderLetter.of(letter))
