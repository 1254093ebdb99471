"""A case as one reader sees it: from the row that was read to API types, each worked out when it is asked for."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from backend.applications import paperwork, policy, promise, queries
from backend.applications.assist_rules import SAID as RELATIONS
from backend.applications.assist_rules import Relation
from backend.applications.promise import pauses_of
from backend.core import clock
from backend.core.actors import Actor
from backend.core.ids import number_text
from backend.core.reads import Row
from backend.core.texts import Locale, Text
from backend.identity import queries as people
from backend.identity.rules import mask_nik
from backend.notifications import messages
from backend.notifications.messages import MESSAGES, Facts
from backend.services import queries as catalogue
from backend.services.definition import ActionName, Definition, FieldKind, Unit
from backend.services.reference import Reference
from schema.applications.promises import Due, Telling, cost_sentence, tell
from schema.applications.types import (
    Answer,
    Applicant,
    AssistedBy,
    CaseDocument,
    CaseLetter,
    CaseRead,
    CaseReturn,
    CaseState,
)
from schema.context import Context
from schema.definitions import Requirement, must
from schema.enums import StateKind
from schema.ids import encode
from schema.media import MediaType
from schema.places import Kelurahan
from schema.services import Opd, Service

_ROLES = {
    "officer": Text("petugas", "officer"),
    "head": Text("kepala", "head"),
    "system": Text("sistem", "system"),
    "helper": Text("pendamping", "helper"),
}


class Reader:
    """Who reads, in which language, beside which reference data: shared by every case of an answer."""

    def __init__(self, context: Context, city: Reference) -> None:
        self.actor: Actor = context.actor
        self.locale: Locale = context.locale
        self.keyring = context.parts.keyring
        self.public_url = context.parts.settings.public_url
        self.city = city
        self.now = clock.now()

    @staticmethod
    async def of(context: Context) -> "Reader":
        return Reader(context, await context.city())

    def by(self, role: str, office: str, *, own: bool = False) -> str:
        """Office and role, or the applicant, in words; `own` when the reader is the applicant."""
        if role == "resident":
            return (Text("Anda", "you") if own else Text("pemohon", "applicant")).said(self.locale)
        if role in ("system", "helper"):
            return _ROLES[role].said(self.locale)
        known = self.city.opds.get(office)
        return f"{known.name if known else office}, {_ROLES[role].said(self.locale)}"


class Case:
    """One case. `own` says that the reader is the applicant; for the public face of a case nobody is."""

    def __init__(self, reader: Reader, row: Row, *, public: bool = False) -> None:
        self.reader = reader
        self.row = row
        self.definition: Definition = catalogue.definition_of(row)
        self.own: bool = not public and row.applicant_id == reader.actor.person

    @property
    def id(self) -> str:
        return encode("Application", self.row.id)

    @property
    def number_text(self) -> str:
        return number_text(self.row.number)

    @property
    def service(self) -> Service:
        return Service.of(self.definition, self.reader.locale)

    @property
    def service_name(self) -> str:
        return must(self.definition.name, self.reader.locale)

    @property
    def opd(self) -> Opd:
        return Opd.of(self.reader.city.opds[self.row.opd])

    @property
    def opd_name(self) -> str:
        known = self.reader.city.opds.get(self.row.opd)
        return known.name if known else str(self.row.opd)

    @property
    def state(self) -> CaseState:
        return CaseState.of(self.definition.state(self.row.state), self.reader.locale, own=self.own)

    @cached_property
    def telling(self) -> Telling:
        row, reader = self.row, self.reader
        return Telling(
            row,
            self.definition,
            pauses_of((r.at, r.answered_at) for r in row.returns),
            row.returns,
            pauses_of((w.since, w.until) for w in getattr(row, "waits", ())),
            getattr(row, "queue_place", None),
            reader.city.calendar,
            reader.now,
            reader.locale,
            own=self.own,
        )

    @property
    def due_at(self) -> datetime | None:
        """The promise as it stands: only while it is paused does it move with the clock."""
        row = self.row
        if row.state_kind == StateKind.WAITING_RESIDENT:
            spans = [(r.at, r.answered_at) for r in row.pauses] + [(w.since, w.until) for w in row.waits]
            pauses = pauses_of(spans)
            city = self.reader.city
            return promise.due_at(
                self.definition.promise, row.submitted_at, pauses, city.calendar, self.reader.now
            )
        promised: datetime | None = row.due_at
        return promised

    @property
    def due(self) -> Due:
        return tell(self.telling)

    @cached_property
    def given(self) -> dict[str, str]:
        """The form as it was filled in."""
        return paperwork.answers_of(self.row, self.reader.keyring)

    @cached_property
    def is_known(self) -> bool:
        """True when this reader may know who applies."""
        hidden = self.definition.hides_applicant(self.given)
        return policy.may_know_applicant(self.reader.actor, queries.standing(self.row), hidden=hidden)

    @property
    def is_staff(self) -> bool:
        return queries.is_staff(self.reader.actor, self.row)

    @property
    def applicant(self) -> Applicant:
        if not self.is_known:
            return _hidden_applicant(self.reader)
        profile = people.open_profile(self.row.person, self.reader.keyring)
        phone, nik = people.masked(profile)
        place = self.reader.city.places.get(self.row.kelurahan or "")
        return Applicant(
            name=profile.name,
            nik_masked=nik,
            phone_masked=phone,
            address=profile.address,
            kelurahan=Kelurahan.of(place) if place else None,
        )

    @property
    def assisted_by(self) -> AssistedBy | None:
        help_ = self.row.assistance
        if help_ is None:
            return None
        relation = Relation(help_.relation)
        said = RELATIONS[relation].said(self.reader.locale)
        return AssistedBy(name=help_.helper_name, relation=relation, relation_text=said)

    @property
    def answers(self) -> list[Answer]:
        return _answers(self.reader, self.definition, self.given, personal=self.is_known)

    @property
    def documents(self) -> list[CaseDocument]:
        return [_document(self.reader, self.definition, d) for d in self.row.documents]

    @property
    def returns(self) -> list[CaseReturn]:
        return [_return(self.reader, self.definition, r, own=self.own) for r in self.row.returns]

    @property
    def open_returns(self) -> list[CaseReturn]:
        return [r for r in self.returns if r.answered_at is None]

    def events(self, last: int) -> list[Any]:
        """The newest events, newest first."""
        return [Happened(self, e) for e in self.row.events[:last]]

    @property
    def reads(self) -> list[CaseRead]:
        by = self.reader.by
        return [CaseRead(at=r.at, by=by(r.role, r.office), what=r.what) for r in self.row.readers]

    @property
    def actions(self) -> list[ActionName]:
        return queries.actions_for(self.reader.actor, self.row, self.definition)

    @property
    def letter(self) -> CaseLetter | None:
        letter = self.row.letter
        return CaseLetter.of(letter, self.reader.public_url) if letter and letter.status != "void" else None

    @property
    def taken_by(self) -> str | None:
        return (self.row.taken_name or None) if self.is_staff else None

    @property
    def taken_by_me(self) -> bool:
        return self.row.taken_by is not None and self.row.taken_by == self.reader.actor.person

    @property
    def returnable(self) -> list[Requirement]:
        returned = {r.requirement for r in self.row.returns}
        left = (r for r in self.definition.requirements if self.is_staff and r.code not in returned)
        return [Requirement.of(r, self.reader.locale) for r in left]


def _hidden_applicant(reader: Reader) -> Applicant:
    name = Text("Nama dirahasiakan", "Name kept secret").said(reader.locale)
    return Applicant(name=name, nik_masked=None, phone_masked="", address=None, kelurahan=None)


def _answers(
    reader: Reader, definition: Definition, given: dict[str, str], *, personal: bool
) -> list[Answer]:
    rows = []
    for field in definition.fields:
        value = given.get(field.name)
        if value is None or (field.profile and not personal):
            continue
        text = value
        if field.kind is FieldKind.NIK:
            value = text = mask_nik(value)
        elif field.kind is FieldKind.CHOICE:
            text = next((must(c.label, reader.locale) for c in field.choices if c.value == value), value)
        elif field.kind is FieldKind.KELURAHAN and value in reader.city.places:
            text = reader.city.places[value].name
        rows.append(Answer(name=field.name, label=must(field.label, reader.locale), value=value, text=text))
    return rows


def _document(reader: Reader, definition: Definition, row: Row) -> CaseDocument:
    requirement = definition.requirement(row.requirement)
    return CaseDocument(
        id=encode("CaseDocument", row.id),
        requirement=row.requirement,
        requirement_title=must(requirement.title, reader.locale) if requirement else row.requirement,
        page=row.page,
        media_type=MediaType(row.media_type),
        size=row.size,
        uploaded_at=row.uploaded_at,
        replaced=row.replaced_at is not None,
    )


def _return(reader: Reader, definition: Definition, row: Row, *, own: bool) -> CaseReturn:
    requirement = definition.requirement(row.requirement)
    assert requirement is not None, "only published requirements are returned"
    unit = definition.promise.unit
    return CaseReturn(
        requirement=Requirement.of(requirement, reader.locale),
        reason=row.reason,
        at=row.at,
        by=reader.by("officer", row.by_office),
        answered_at=row.answered_at,
        cost_text=cost_sentence(unit, row.cost, reader.locale, own=own) or None if row.answered_at else None,
    )


class Happened:
    """One event of a case in the words of its reader."""

    __slots__ = ("case", "row")

    def __init__(self, case: Case, row: Row) -> None:
        self.case = case
        self.row = row

    @property
    def id(self) -> str:
        return encode("Event", self.row.id)

    @property
    def message(self) -> messages.Message:
        return MESSAGES[self.row.kind]

    @property
    def title(self) -> str:
        return self._said(self.message.line_for(resident=self.case.own), self.row.data)

    @property
    def public_title(self) -> str:
        """The line without what the event says of people: of its data only the office is told."""
        data = {"opd": self.row.data.get("opd", "")}
        return self._said(self.message.line_for(resident=False), data)

    @property
    def detail(self) -> str | None:
        template = self.message.detail
        return (self._said(template, self.row.data) if template else "") or None

    @property
    def by(self) -> str:
        return self.case.reader.by(self.row.actor_role, self.row.actor_office, own=self.case.own)

    def _said(self, template: Text, data: Mapping[str, Any]) -> str:
        definition, city = self.case.definition, self.case.reader.city
        opd, cost = str(data.get("opd", "")), data.get("cost")
        unit = definition.promise.unit
        facts = Facts(
            service=Text(definition.name.id, definition.name.en),
            opd=city.opds[opd].name if opd in city.opds else opd,
            requirements={r.code: Text(r.title.id, r.title.en) for r in definition.requirements},
            unit_cost=_cost(unit, cost, own=self.case.own) if isinstance(cost, int) else None,
        )
        return messages.said(template, data, facts, self.case.reader.locale)


def _cost(unit: Unit, cost: int, *, own: bool) -> Text:
    return Text(cost_sentence(unit, cost, Locale.ID, own=own), cost_sentence(unit, cost, Locale.EN, own=own))
