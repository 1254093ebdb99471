"""A case and everything around it as API types."""

from datetime import datetime
from typing import Any, ClassVar

import strawberry

from backend.core.pages import within
from backend.core.reads import Reads, Row, read
from backend.core.texts import Locale
from backend.services.definition import State
from schema.applications.promises import Due
from schema.connections import PageInfo
from schema.definitions import Requirement, must
from schema.enums import ActionName, HelperRelation, LetterStatus, StateKind
from schema.fields import object_type
from schema.ids import Node, encode
from schema.media import MediaType
from schema.places import Kelurahan
from schema.scopes import Scope, scoped
from schema.seen import seen, told
from schema.services import Opd, Service


@scoped(Scope.TRACK)
@object_type
class CaseState:
    """Where a case stands."""

    data: strawberry.Private[State]
    fragments: strawberry.Private[dict[object, Any]]
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
        """The state in one language, made once for each of a definition's states."""
        known = _states.get((id(state), locale, own))
        if known is None or known.data is not state:
            title = must(state.title if own else state.title_for_others or state.title, locale)
            known = CaseState(
                data=state, fragments={}, name=state.name, title=title, kind=state.kind, good=state.good
            )
            if len(_states) >= STATES_KEPT:
                _states.clear()
            _states[id(state), locale, own] = known
        return known


STATES_KEPT = 10_000
_states: dict[tuple[int, Locale, bool], CaseState] = {}


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

    id: strawberry.ID = seen("id", read("id"))
    """Opaque."""
    at: datetime = seen("row.at", read("at"))
    """When."""
    kind: str = seen("row.kind", read("kind"))
    """Kind of event."""
    title: str = seen("title", read("kind", "data"))
    """What happened."""
    detail: str | None = seen("detail", read("kind", "data"))
    """Why, or what it means for the date."""
    by: str = seen("by", read("actor_role", "actor_office"))
    """Office and role, or the applicant."""
    waiting: bool = seen("message.waiting", read("kind"))
    """It is about waiting for the resident."""
    bad: bool = seen("message.bad", read("kind"))
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
    def of(row: Row, public_url: str) -> "CaseLetter":
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


@scoped(Scope.PERSON)
@object_type
class AssistedBy:
    """Who applied for the resident of a case."""

    name: str
    """Their name."""
    relation: HelperRelation
    """What they are to the resident."""
    relation_text: str
    """The same in words."""


# What the words of a promise are made of: the row itself, and when the case waited for the resident.
_STATE = read("state")
_PROMISE = read(
    "state_kind", "submitted_at", "due_at", pauses=read("at", "answered_at"), waits=read("since", "until")
)
_DUE = read(
    *("state", "state_kind", "submitted_at", "closed_at", "due_at", "queue_place"),
    returns=read("at", "answered_at", "cost"),
    waits=read("since", "until"),
)
_STANDING = read("opd", "home_opd", "taken_by", "assisted_by")
_GIVEN = _STANDING | read("answers_sealed")
_RETURNS = read(returns=read("requirement", "reason", "at", "by_office", "answered_at", "cost"))
_PERSON = read("id", "name", "phone_sealed", "nik_sealed", "address_sealed", "kelurahan", "locale")
_LETTER = read(
    "id", "kind", "title", "number", "status", "verify_id", "fragment", "draft_sha256", "signed_sha256",
    "signer_name", "signer_position", "signed_at", "problem",
)  # fmt: skip
_EVERY_CASE = read("id", "service_code", "service_version", "applicant_id")


@scoped(Scope.PERSON, taken_by=Scope.OFFICE, taken_by_me=Scope.OFFICE, returnable=Scope.OFFICE)
@object_type
class Application(Node):
    """A case."""

    ALWAYS: ClassVar[Reads] = _EVERY_CASE
    case: strawberry.Private[Any]
    id: strawberry.ID = seen("case.id")
    """Opaque and stable."""
    number: str = seen("case.row.number", read("number"))
    """Ten characters with a check digit."""
    number_text: str = seen("case.number_text", read("number"))
    """XXXX-XXXX-XX."""
    version: int = seen("case.row.version", read("version"))
    """Counts its events; send it back with every act."""
    service: Service = seen("case.service")
    """In the version the case started on."""
    opd: Opd = seen("case.opd", read("opd"))
    """Who works on it now."""
    state: CaseState = seen("case.state", _STATE)
    """Where it stands."""
    submitted_at: datetime = seen("case.row.submitted_at", read("submitted_at"))
    """When the promise began."""
    closed_at: datetime | None = seen("case.row.closed_at", read("closed_at"))
    """When it ended."""
    due_at: datetime | None = seen("case.due_at", _PROMISE)
    """When the city must be done; null for queue services."""
    due: Due = seen("case.due", _DUE)
    """The promise in words."""
    queue_place: int | None = seen("case.row.queue_place", read("queue_place"))
    """Place in the queue, for services without a limit."""
    applicant: Applicant = seen("case.applicant", _GIVEN | read("kelurahan", person=_PERSON))
    """Who applies."""
    answers: list[Answer] = seen("case.answers", _GIVEN)
    """The form."""
    documents: list[CaseDocument] = seen(
        "case.documents",
        read(documents=read("id", "requirement", "page", "media_type", "size", "uploaded_at", "replaced_at")),
    )
    """The pages, replaced ones included."""
    open_returns: list[CaseReturn] = seen("case.open_returns", _RETURNS)
    """What the resident must mend now."""
    returns: list[CaseReturn] = seen("case.returns", _RETURNS)
    """Everything that was ever handed back."""
    reads: list[CaseRead] = seen("case.reads", read(readers=read("at", "role", "office", "what")))
    """Who opened my file, newest first, at most 50."""
    actions: list[ActionName] = seen("case.actions", _STANDING | _STATE)
    """What the asking person may do now."""
    letter: CaseLetter | None = seen("case.letter", read(letter=_LETTER))
    """The letter, from approval on."""
    taken_by: str | None = seen("case.taken_by", _STANDING | read("taken_name"))
    """The officer at work on it, for staff."""
    taken_by_me: bool = seen("case.taken_by_me", read("taken_by"))
    """It is the asking officer's."""
    returnable: list[Requirement] = seen("case.returnable", _STANDING | read(returns=read("requirement")))
    """Requirements it may still be returned for, for staff."""

    assisted_by: AssistedBy | None = seen(
        "case.assisted_by", read(assistance=read("helper_name", "relation"))
    )
    """Who applied for the resident, free of charge; null when nobody did."""

    @told(relation="events", argument="last", row="case.row")
    def timeline(self, last: int = 50) -> list[TimelineEntry]:
        """What happened, newest first: the `last` events, at most 50."""
        found: list[TimelineEntry] = self.case.events(within(last))
        return found


@scoped(Scope.PERSON)
@object_type
class ApplicationEdge:
    """A case in a list."""

    cursor: str = seen("cursor")
    """Where it stands."""
    node: Application = seen("node")
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
class TrackedEvent:
    """Something that happened, without reasons and names."""

    at: datetime = seen("row.at", read("at"))
    """When."""
    kind: str = seen("row.kind", read("kind"))
    """Kind of event."""
    title: str = seen("public_title", read("kind", "data"))
    """What happened."""
    waiting: bool = seen("message.waiting", read("kind"))
    """It is about waiting for the resident."""
    bad: bool = seen("message.bad", read("kind"))
    """A refusal, a withdrawal, or a failed signature."""


@scoped(Scope.TRACK)
@object_type
class Tracking:
    """What anyone who holds the number sees: no personal data."""

    ALWAYS: ClassVar[Reads] = _EVERY_CASE
    case: strawberry.Private[Any]
    number: str = seen("case.row.number", read("number"))
    """Ten characters with a check digit."""
    number_text: str = seen("case.number_text", read("number"))
    """XXXX-XXXX-XX."""
    service_name: str = seen("case.service_name")
    """Which service."""
    opd_name: str = seen("case.opd_name", read("opd"))
    """Who works on it."""
    state: CaseState = seen("case.state", _STATE)
    """Where it stands."""
    submitted_at: datetime = seen("case.row.submitted_at", read("submitted_at"))
    """When the promise began."""
    due_at: datetime | None = seen("case.due_at", _PROMISE)
    """When the city must be done."""
    due: Due = seen("case.due", _DUE)
    """The promise in words."""
    queue_place: int | None = seen("case.row.queue_place", read("queue_place"))
    """Place in the queue."""

    @told(relation="events", argument="last", row="case.row")
    def timeline(self, last: int = 50) -> list[TrackedEvent]:
        """What happened, newest first: the `last` events, at most 50."""
        found: list[TrackedEvent] = self.case.events(within(last))
        return found
