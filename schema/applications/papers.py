"""Files and letters: upload tickets, opening a page, opening letters."""

from datetime import datetime
from typing import Annotated

import strawberry

from backend.applications import file_parts, uploads
from schema.applications.inputs import (
    ConfirmUploadInput,
    OpenDocumentInput,
    OpenLetterInput,
    RequestUploadInput,
)
from schema.applications.reading import case_by_id
from schema.applications.types import Application, CaseLetter
from schema.context import Info
from schema.fields import mutation, object_type
from schema.ids import encode, uuid_of
from schema.media import MediaType
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class FormValue:
    """One field of the upload form."""

    name: str
    """Field name."""
    value: str
    """Field value."""


@scoped(Scope.PERSON)
@object_type
class UploadParts:
    """The same file in parts: PUT the bytes of part n to `url`/n with their hex SHA-256 as X-Part-SHA256."""

    url: str
    """Where the parts go."""
    size: int
    """Bytes of each part; only the last one is shorter."""
    missing: list[int]
    """Parts that have not arrived, numbered from 0; none when the file is here already."""


@scoped(Scope.PERSON)
@object_type
class UploadTicket:
    """POST multipart/form-data to `url`: every field of `fields`, then the bytes as part "file". Or send `parts`."""

    upload_id: strawberry.ID
    """For confirmUpload and the application."""
    url: str
    """Where to post."""
    fields: list[FormValue]
    """The form's fields, in order."""
    expires_at: datetime
    """Until when the form may be posted; parts may come until the file is confirmed."""
    parts: UploadParts
    """The file in parts, for poor networks."""


@scoped(Scope.PERSON)
@object_type
class UploadConfirmed:
    """The file arrived and is what it should be."""

    upload_id: strawberry.ID
    """For the application."""
    media_type: MediaType
    """By content."""
    size: int
    """Bytes."""
    sha256: str
    """Hex SHA-256."""


@scoped(Scope.PERSON)
@object_type
class DownloadTicket:
    """An address that answers with one file for five minutes, as an attachment."""

    url: str
    """Where to get it."""
    media_type: MediaType
    """What it is."""
    expires_at: datetime
    """Until when."""
    sha256: str
    """Hex SHA-256 of the bytes."""

    @staticmethod
    def of(made: uploads.Download) -> "DownloadTicket":
        return DownloadTicket(
            url=made.url,
            media_type=MediaType(made.media_type),
            expires_at=made.expires_at,
            sha256=made.sha256,
        )


@scoped(Scope.PERSON)
@object_type
class LetterOpened:
    """The letter as it will be signed, or as it was."""

    ticket: DownloadTicket
    """The file."""
    application: Application
    """The case."""
    letter: CaseLetter
    """The letter; its sha256 is what signLetters wants."""


RequestUploadResult = Annotated[UploadTicket | Refusal, strawberry.union("RequestUploadResult")]
ConfirmUploadResult = Annotated[UploadConfirmed | Refusal, strawberry.union("ConfirmUploadResult")]
OpenDocumentResult = Annotated[DownloadTicket | Refusal, strawberry.union("OpenDocumentResult")]
OpenLetterResult = Annotated[LetterOpened | Refusal, strawberry.union("OpenLetterResult")]


@scoped(Scope.PERSON)
@strawberry.type
class PapersMutation:
    """Files in, files out, letters opened."""

    @mutation
    async def request_upload(self, info: Info, input: RequestUploadInput) -> RequestUploadResult:
        """Ask where to send one file of at most 10 MiB."""
        parts = info.context.parts
        ticket = await uploads.request(
            info.context.actor,
            input.idempotency_key,
            uploads.Announced(input.media_type.value, input.size, input.sha256),
            parts.documents,
            parts.tickets,
        )
        return UploadTicket(
            upload_id=encode("Upload", ticket.upload),
            url=ticket.url,
            fields=[FormValue(name=k, value=v) for k, v in ticket.fields.items()],
            expires_at=ticket.expires_at,
            parts=UploadParts(
                url=f"/documents/parts/{ticket.upload}", size=file_parts.PART, missing=ticket.missing
            ),
        )

    @mutation
    async def confirm_upload(self, info: Info, input: ConfirmUploadInput) -> ConfirmUploadResult:
        """Have an uploaded file examined by its content and kept."""
        parts = info.context.parts
        upload = await uploads.confirm(
            info.context.actor,
            input.idempotency_key,
            uuid_of(input.upload_id, "Upload"),
            parts.documents,
            parts.inspector,
        )
        return UploadConfirmed(
            upload_id=encode("Upload", upload.id),
            media_type=MediaType(upload.media_type),
            size=upload.size,
            sha256=upload.sha256,
        )

    @mutation
    async def open_document(self, info: Info, input: OpenDocumentInput) -> OpenDocumentResult:
        """Open one page of a case; the resident sees who did."""
        context = info.context
        made = await uploads.open_document(
            context.actor,
            input.idempotency_key,
            uuid_of(input.document_id, "CaseDocument"),
            context.parts.tickets,
        )
        return DownloadTicket.of(made)

    @mutation
    async def open_letter(self, info: Info, input: OpenLetterInput) -> OpenLetterResult:
        """Open the letter of a case: the draft for staff, the signed file for everyone who may see the case."""
        context = info.context
        case_id = uuid_of(input.application_id, "Application")
        made, letter = await uploads.open_letter(
            context.actor, input.idempotency_key, case_id, context.parts.tickets, ahead=input.ahead
        )
        application = await case_by_id(info, case_id, "application")
        assert application is not None, "the case was visible a moment ago"
        said = CaseLetter.of(letter, context.parts.settings.public_url)
        return LetterOpened(ticket=DownloadTicket.of(made), application=application, letter=said)
