"""Half-filled forms as the API says them: saved, listed, opened and thrown away by the person whose they are."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications import drafts
from backend.applications.draft_rules import DraftFile
from backend.applications.drafts import DraftGiven
from backend.core.pages import Window
from backend.core.problems import InvalidInput
from backend.core.reads import Row
from backend.services import queries as catalogue
from schema.applications.inputs import AnswerInput, bounded
from schema.applications.papers import DownloadTicket
from schema.connections import PageInfo
from schema.context import Context, Info
from schema.definitions import must
from schema.fields import input_type, mutation, object_type, query
from schema.ids import encode, uuid_of
from schema.media import MediaType
from schema.permissions import Need
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class DraftService:
    """Which form a draft fills."""

    code: str
    """Key of the service."""
    version: int
    """The version whose form is filled in."""
    name: str
    """What people call it."""


@scoped(Scope.PERSON)
@object_type
class DraftAnswer:
    """One answer so far, as it was typed."""

    name: str
    """Key of the question."""
    value: str
    """What was typed."""


@scoped(Scope.PERSON)
@object_type
class DraftDocument:
    """One file of a draft."""

    requirement: str
    """Key of the requirement."""
    upload_id: strawberry.ID
    """For the application, or openDraftDocument."""
    name: str
    """What it is called on the phone."""
    media_type: MediaType
    """By content."""
    size: int
    """Bytes."""
    sha256: str
    """Hex SHA-256."""


@scoped(Scope.PERSON)
@object_type
class Draft:
    """A half-filled form that the phones of one person share."""

    id: strawberry.ID
    """The UUID that was made on the phone."""
    version: int
    """Counts the changes; the next one names it."""
    name: str
    """What the person calls it; empty for no name."""
    service: DraftService
    """Which form."""
    answers: list[DraftAnswer]
    """What was filled in so far."""
    step: int
    """Where the person stopped."""
    documents: list[DraftDocument]
    """The files so far, in the order of their pages."""
    changed_at: datetime
    """When the phone changed it last."""
    kept_until: datetime
    """Thrown away after this moment unless it is changed."""

    @staticmethod
    def of(row: Row, context: Context) -> "Draft":
        content = drafts.content_of(row, context.parts.keyring)
        definition = catalogue.definition_of(row)
        return Draft(
            id=strawberry.ID(str(row.draft_id)),
            version=row.version,
            name=content.name,
            service=DraftService(
                code=definition.code, version=definition.version, name=must(definition.name, context.locale)
            ),
            answers=[DraftAnswer(name=n, value=v) for n, v in content.answers.items()],
            step=row.step,
            documents=[_document(f, n) for f, n in zip(row.files, content.files, strict=True)],
            changed_at=row.changed_at,
            kept_until=row.kept_until,
        )


def _document(row: Row, name: str) -> DraftDocument:
    return DraftDocument(
        requirement=row.requirement,
        upload_id=encode("Upload", row.upload_id),
        name=name,
        media_type=MediaType(row.media_type),
        size=row.size,
        sha256=row.sha256,
    )


@scoped(Scope.PERSON)
@object_type
class DraftEdge:
    """A draft in a list."""

    cursor: str
    """Where it stands."""
    node: Draft
    """The draft."""


@scoped(Scope.PERSON)
@object_type
class DraftConnection:
    """A page of drafts."""

    edges: list[DraftEdge]
    """The last changed first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.PERSON)
@object_type
class DraftSaved:
    """The draft as the server holds it now."""

    draft: Draft
    """With its new version."""


@scoped(Scope.PERSON)
@object_type
class DraftDropped:
    """The draft is gone."""

    id: strawberry.ID
    """Which one."""


@input_type
class DraftDocumentInput:
    """One file of a draft, uploaded and confirmed before."""

    requirement: str
    """Key of the requirement."""
    upload_id: strawberry.ID
    """A confirmed upload of this person."""
    name: str = ""
    """What it is called on the phone, at most 200 letters."""

    def given(self) -> DraftFile:
        return DraftFile(self.requirement, uuid_of(self.upload_id, "Upload"), self.name)


@input_type
class SaveDraftInput:
    """A half-filled form as the phone has it now."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    id: strawberry.ID
    """A UUID made on the phone, the same for every change of this draft."""
    version: int
    """The version that was seen; 0 for a new draft."""
    service_code: str
    """Which service."""
    service_version: int
    """The version whose form is filled in."""
    name: str | None = None
    """What the person calls it, at most 80 letters."""
    answers: list[AnswerInput]
    """What was filled in so far, however far it is."""
    step: int
    """Where the person stopped, 0 to 100."""
    documents: list[DraftDocumentInput]
    """All files of the draft, in the order of their pages."""
    changed_at: datetime
    """When the phone changed it, with a time zone."""

    def given(self) -> DraftGiven:
        """InvalidInput when the id is no UUID."""
        at = self.changed_at if self.changed_at.tzinfo else self.changed_at.replace(tzinfo=UTC)
        return DraftGiven(
            id=draft_id(self.id),
            version=self.version,
            service=self.service_code,
            service_version=self.service_version,
            name=(self.name or "").strip(),
            answers={a.name: a.value for a in bounded(self.answers)},
            step=self.step,
            files=[d.given() for d in bounded(self.documents)],
            changed_at=at.astimezone(UTC),
        )


@input_type
class DropDraftInput:
    """A draft that was sent or is not wanted any more."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    id: strawberry.ID
    """Which one."""
    version: int
    """The version that was seen."""


@input_type
class OpenDraftDocumentInput:
    """One file of a draft that another phone goes on with."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    draft_id: strawberry.ID
    """Which draft."""
    upload_id: strawberry.ID
    """Which of its files."""


def draft_id(text: str) -> UUID:
    """The UUID a phone made; InvalidInput for anything else."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput.at("id", "Nomor draf ini tidak terbaca.", "This draft id is no UUID.") from None


SaveDraftResult = Annotated[DraftSaved | Refusal, strawberry.union("SaveDraftResult")]
DropDraftResult = Annotated[DraftDropped | Refusal, strawberry.union("DropDraftResult")]
OpenDraftDocumentResult = Annotated[DownloadTicket | Refusal, strawberry.union("OpenDraftDocumentResult")]


@scoped(Scope.PERSON)
@strawberry.type
class DraftsQuery:
    """Half-filled forms."""

    @query(Need.SIGNED_IN)
    async def drafts(self, info: Info, first: int = 50, after: str | None = None) -> DraftConnection:
        """One's own half-filled forms, the last changed first, from all one's phones."""
        context = info.context
        page = await drafts.mine(context.actor, Window.of(first, after))
        edges = [
            DraftEdge(cursor=c, node=Draft.of(row, context))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return DraftConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )


@scoped(Scope.PERSON)
@strawberry.type
class DraftsMutation:
    """Half-filled forms that go with a person from phone to phone."""

    @mutation
    async def save_draft(self, info: Info, input: SaveDraftInput) -> SaveDraftResult:
        """Keep a half-filled form for 30 days, at most 50 a person; its files stay with it."""
        context = info.context
        row = await drafts.save(context.actor, input.idempotency_key, input.given(), context.parts.keyring)
        await catalogue.at_hand([row])
        return DraftSaved(draft=Draft.of(row, context))

    @mutation
    async def drop_draft(self, info: Info, input: DropDraftInput) -> DropDraftResult:
        """Throw a half-filled form away; that it is gone already is fine."""
        wanted = draft_id(input.id)
        await drafts.drop(info.context.actor, input.idempotency_key, wanted, input.version)
        return DraftDropped(id=strawberry.ID(str(wanted)))

    @mutation
    async def open_draft_document(self, info: Info, input: OpenDraftDocumentInput) -> OpenDraftDocumentResult:
        """Fetch one file of one's own draft, to go on with it on this phone."""
        context = info.context
        made = await drafts.open_document(
            context.actor,
            input.idempotency_key,
            draft_id(input.draft_id),
            uuid_of(input.upload_id, "Upload"),
            context.parts.tickets,
        )
        return DownloadTicket.of(made)
