"""A case and everything around it as API types."""

from datetime import datetime

import strawberry

from backend.core.texts import Locale
from backend.services.definition import State
from backend.signing.models import Letter
from schema.applications.promises import Due
from schema.connections import PageInfo
from schema.enums import ActionName, LetterStatus, StateKind
from schema.fields import object_type
from schema.ids import Node, encode
from schema.media import MediaType
from schema.places import Kelurahan, Opd
from schema.scopes import Scope, scoped
from schema.services import Requirement, Service, must


@scoped(Scope.TRACK)
@object_type
class CaseState:
    """Where a case stands."""

    name: str
    """Key within the service."""
    title: str
    """What people read."""
    kind: StateKind
    """What it means to the clock."""
    good: bool
    """False for refused and withdrawn."""

    @staticmethod
    def of(state: State, locale: Locale, *, own: bool) -> "CaseState":
        title = must(state.title if own else state.title_for_others or state.title, locale)
        return CaseState(name=state.name, title=title, kind=state.kind, good=state.good)


@scoped(Scope.PERSON)
@object_type
class Applicant:
    """Who applies, as far as the asking person may see."""

    name: str
    """Name; masked in lists of others."""
    nik_masked: str | None
    """357301******0001."""
    phone_masked: str
    """0812****6789."""
    address: str | None
    """Street and number."""
    kelurahan: Kelurahan | None
    """Where the case belongs."""


@scoped(Scope.PERSON)
@object_type
class Answer:
    """One answered question."""

    name: str
    """Key of the question."""
    label: str
    """The question."""
    value: str
    """What was sent; a NIK is masked."""
    text: str
    """What people read."""


@scoped(Scope.PERSON)
@object_type
class CaseDocument(Node):
    """One uploaded page or file."""

    requirement: str
    """Key of the requirement."""
    requirement_title: str
    """What it is."""
    page: int
    """Order within the requirement, from 1."""
    media_type: MediaType
    """By content, never by name."""
    size: int
    """Bytes."""
    uploaded_at: datetime
    """When it was taken into the case."""
    replaced: bool
    """A newer one stands in its place."""


@scoped(Scope.PERSON)
@object_type
class CaseReturn:
    """The case was handed back for one published requirement; each at most once."""

    requirement: Requirement
    """Which."""
    reason: str
    """Why, in the officer's words."""
    at: datetime
    """When the clock stopped."""
    by: str
    """Office and role."""
    answered_at: datetime | None
    """When the resident answered."""
    cost_text: str | None
    """How far the date moved."""


@scoped(Scope.PERSON)
@object_type
class TimelineEntry:
    """Something that happened."""

    id: strawberry.ID
    """Opaque."""
    at: datetime
    """When."""
    kind: str
    """Kind of event."""
    title: str
    """What happened."""
    detail: str | None
    """Why, or what it means for the date."""
    by: str
    """Office and role, or the applicant."""
    waiting: bool
    """It is about waiting for the resident."""
    bad: bool
    """A refusal, a withdrawal, or a failed signature."""


@scoped(Scope.PERSON)
@object_type
class CaseRead:
    """Someone opened a document or letter of this case."""

    at: datetime
    """When."""
    by: str
    """Office and role."""
    what: str
    """Which paper."""


@scoped(Scope.PERSON)
@object_type
class CaseLetter:
    """The letter that the case leads to."""

    id: strawberry.ID
    """Opaque."""
    kind: str
    """Kind of letter."""
    title: str
    """Its title."""
    number: str | None
    """Its number."""
    status: LetterStatus
    """How far it is."""
    signed_at: datetime | None
    """When the signature was applied."""
    signed_by: str | None
    """Post and name."""
    verify_id: str | None
    """Public id, once issued."""
    verify_url: str | None
    """Where anyone can verify it, once issued."""
    sha256: str | None
    """Of the draft to sign, or of the signed file."""
    problem: str | None
    """Why the signature did not work."""

    @staticmethod
    def of(row: Letter, public_url: str) -> "CaseLetter":
        issued = row.status == LetterStatus.ISSUED
        return CaseLetter(
            id=encode("Letter", row.id),
            kind=row.kind,
            title=row.title,
            number=row.number,
            status=LetterStatus(row.status),
            signed_at=row.signed_at,
            signed_by=f"{row.signer_position}, {row.signer_name}" if issued else None,
            verify_id=row.verify_id if issued else None,
            verify_url=f"{public_url}/v/{row.verify_id}#{row.fragment}" if issued else None,
            sha256=row.signed_sha256 if issued else row.draft_sha256,
            problem=row.problem or None,
        )


@scoped(Scope.PERSON, taken_by=Scope.OFFICE, taken_by_me=Scope.OFFICE, returnable=Scope.OFFICE)
@object_type
class Application(Node):
    """A case."""

    number: str
    """Ten characters with a check digit."""
    number_text: str
    """XXXX-XXXX-XX."""
    version: int
    """Counts its events; send it back with every act."""
    service: Service
    """In the version the case started on."""
    opd: Opd
    """Who works on it now."""
    state: CaseState
    """Where it stands."""
    submitted_at: datetime
    """When the promise began."""
    closed_at: datetime | None
    """When it ended."""
    due_at: datetime | None
    """When the city must be done; null for queue services."""
    due: Due
    """The promise in words."""
    queue_place: int | None
    """Place in the queue, for services without a limit."""
    applicant: Applicant
    """Who applies."""
    answers: list[Answer]
    """The form."""
    documents: list[CaseDocument]
    """The pages, replaced ones included."""
    open_returns: list[CaseReturn]
    """What the resident must mend now."""
    returns: list[CaseReturn]
    """Everything that was ever handed back."""
    timeline: list[TimelineEntry]
    """What happened, newest first."""
    reads: list[CaseRead]
    """Who opened my file, newest first, at most 50."""
    actions: list[ActionName]
    """What the asking person may do now."""
    letter: CaseLetter | None
    """The letter, from approval on."""
    taken_by: str | None
    """The officer at work on it, for staff."""
    taken_by_me: bool
    """It is the asking officer's."""
    returnable: list[Requirement]
    """Requirements it may still be returned for, for staff."""


@scoped(Scope.PERSON)
@object_type
class ApplicationEdge:
    """A case in a list."""

    cursor: str
    """Where it stands."""
    node: Application
    """The case."""


@scoped(Scope.PERSON)
@object_type
class ApplicationConnection:
    """A page of cases."""

    edges: list[ApplicationEdge]
    """In order."""
    page_info: PageInfo
    """Whether more follow."""
    total_count: int
    """How many there are in all."""


@scoped(Scope.TRACK)
@object_type
class Tracking:
    """What anyone who holds the number sees: no personal data."""

    number_text: str
    """XXXX-XXXX-XX."""
    service_name: str
    """Which service."""
    opd_name: str
    """Who works on it."""
    state: CaseState
    """Where it stands."""
    submitted_at: datetime
    """When the promise began."""
    due_at: datetime | None
    """When the city must be done."""
    due: Due
    """The promise in words."""
    queue_place: int | None
    """Place in the queue."""
