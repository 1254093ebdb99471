"""What the city holds already as the API says it: documents of earlier cases that may be used again."""

from datetime import datetime

import strawberry

from backend.applications import known
from backend.applications.known import KnownValue as Held
from backend.core.ids import number_text
from backend.core.pages import Window
from backend.core.reads import Row
from backend.core.texts import Locale
from backend.services import queries as catalogue
from schema.connections import PageInfo
from schema.context import Info
from schema.definitions import must
from schema.enums import FieldKind
from schema.fields import object_type, query
from schema.ids import encode
from schema.media import MediaType
from schema.permissions import Need
from schema.scopes import Scope, scoped


@scoped(Scope.PERSON)
@object_type
class KnownValue:
    """A value that the city holds and a form may offer; the person may refuse it and write another."""

    profile: str | None
    """Name of the profile's value (name, nik, phone, address, kelurahan); null for an earlier answer."""
    name: str
    """Key of the question; offer an earlier answer where name, kind and label are the same."""
    kind: FieldKind
    """What input it fits."""
    label: str
    """The question."""
    value: str
    """What to send; of a masked value nothing is sent, the server fills it in."""
    text: str
    """What people read."""
    masked: bool
    """NIK and phone are masked even for their owner."""
    source: str
    """Where it is from: the profile, or an earlier application."""
    application_number: str | None
    """The earlier application."""
    changed_at: datetime | None
    """Since when the city holds it; null when that is not known."""

    @staticmethod
    def of(held: Held, locale: Locale) -> "KnownValue":
        return KnownValue(
            profile=held.profile,
            name=held.name,
            kind=held.kind,
            label=held.label.said(locale),
            value=held.value,
            text=held.text.said(locale),
            masked=held.masked,
            source=held.source.said(locale),
            application_number=held.number,
            changed_at=held.since,
        )


async def known_values(info: Info) -> list[KnownValue]:
    """What the city holds of the asking person, who is signed in."""
    context = info.context
    held = await known.values(context.actor, context.parts.keyring)
    return [KnownValue.of(h, context.locale) for h in held]


@scoped(Scope.PERSON)
@object_type
class DocumentRequirement:
    """What a document was given for."""

    code: str
    """Key of the requirement."""
    title: str
    """What it is."""


@scoped(Scope.PERSON)
@object_type
class EarlierDocument:
    """A file of one's own earlier case, to be used again without sending it."""

    id: strawberry.ID
    """For documents[].documentId, and openDocument."""
    name: str
    """What it is, and which page."""
    requirement: DocumentRequirement
    """What it was given for."""
    page: int
    """Order within the requirement, from 1."""
    media_type: MediaType
    """By content."""
    size: int
    """Bytes."""
    sha256: str
    """Hex SHA-256."""
    uploaded_at: datetime
    """When the city got it."""
    application_number: str
    """Of which case."""
    application_number_text: str
    """XXXX-XXXX-XX."""

    @staticmethod
    def of(row: Row, locale: Locale) -> "EarlierDocument":
        requirement = catalogue.definition_of(row).requirement(row.requirement)
        title = must(requirement.title, locale) if requirement else row.requirement
        return EarlierDocument(
            id=encode("CaseDocument", row.id),
            name=f"{title}, {row.page}",
            requirement=DocumentRequirement(code=row.requirement, title=title),
            page=row.page,
            media_type=MediaType(row.media_type),
            size=row.size,
            sha256=row.sha256,
            uploaded_at=row.uploaded_at,
            application_number=row.number,
            application_number_text=number_text(row.number),
        )


@scoped(Scope.PERSON)
@object_type
class EarlierDocumentEdge:
    """A document in a list."""

    cursor: str
    """Where it stands."""
    node: EarlierDocument
    """The document."""


@scoped(Scope.PERSON)
@object_type
class EarlierDocumentConnection:
    """A page of documents."""

    edges: list[EarlierDocumentEdge]
    """Newest first."""
    page_info: PageInfo
    """Whether more follow."""


@scoped(Scope.PERSON)
@strawberry.type
class KnownQuery:
    """What need not be typed or sent again."""

    @query(Need.SIGNED_IN)
    async def my_documents(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> EarlierDocumentConnection:
        """Files of one's own cases that may be used again, newest first."""
        context = info.context
        page = await known.documents(context.actor, Window.of(first, after))
        edges = [
            EarlierDocumentEdge(cursor=c, node=EarlierDocument.of(row, context.locale))
            for c, row in zip(page.cursors, page.rows, strict=True)
        ]
        return EarlierDocumentConnection(
            edges=edges, page_info=PageInfo(has_next_page=page.has_next, end_cursor=page.end)
        )
