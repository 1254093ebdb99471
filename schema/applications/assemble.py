"""From rows to API types: one case, or a page of them, with everything around read in a few statements."""

from collections.abc import Sequence

from backend.applications import paperwork, policy, queries
from backend.applications.models import Application as CaseRow
from backend.applications.models import CaseDocument as DocumentRow
from backend.applications.models import CaseReturn as ReturnRow
from backend.applications.promise import pauses_of
from backend.applications.queries import Around
from backend.core import clock
from backend.core.actors import Actor
from backend.core.ids import number_text
from backend.core.models import RecordedEvent
from backend.core.texts import Locale, Text
from backend.identity import queries as people
from backend.identity.rules import mask_nik
from backend.notifications import messages
from backend.notifications.messages import MESSAGES, Facts
from backend.services import queries as catalogue
from backend.services.definition import Definition, FieldKind, Unit
from backend.services.models import Opd as OpdRow
from schema.applications.promises import Telling, cost_sentence, tell
from schema.applications.types import (
    Answer,
    Applicant,
    Application,
    CaseDocument,
    CaseLetter,
    CaseRead,
    CaseReturn,
    CaseState,
    TimelineEntry,
    Tracking,
)
from schema.context import Info
from schema.ids import encode
from schema.media import MediaType
from schema.places import Kelurahan, Opd
from schema.services import Requirement, Service, must

_ROLES = {
    "officer": Text("petugas", "officer"),
    "head": Text("kepala", "head"),
    "system": Text("sistem", "system"),
}
READS_MOST = 50


class Desk:
    """The reference data that every case on a page shares: offices, places, calendar, language."""

    def __init__(self, info: Info, opds: dict[str, OpdRow], places: dict[str, catalogue.Place]) -> None:
        self.actor: Actor = info.context.actor
        self.locale: Locale = info.context.locale
        self.keyring = info.context.parts.keyring
        self.public_url = info.context.parts.settings.public_url
        self.opds = opds
        self.places = places

    @staticmethod
    async def open(info: Info) -> "Desk":
        opds = {o.code: o for o in await catalogue.opds()}
        return Desk(info, opds, {p.code: p for p in await catalogue.places()})

    def by(self, role: str, office: str, *, own: bool = False) -> str:
        """Office and role, or the applicant, in words; `own` when the reader is the applicant."""
        if role == "resident":
            return (Text("Anda", "you") if own else Text("pemohon", "applicant")).said(self.locale)
        if role == "system":
            return _ROLES["system"].said(self.locale)
        name = self.opds[office].name if office in self.opds else office
        return f"{name}, {_ROLES[role].said(self.locale)}"


async def assemble(info: Info, cases: Sequence[CaseRow]) -> list[Application]:
    """API cases in the order given; the caller has read them through `visible_to`."""
    desk = await Desk.open(info)
    around = await queries.around(cases, desk.keyring)
    calendar = await catalogue.calendar()
    now = clock.now()
    made = []
    for case in cases:
        definition = around.definitions[case.id]
        telling = Telling(
            case,
            definition,
            around.pauses(case),
            around.returns.get(case.id, ()),
            around.places.get(case.id),
            calendar,
            now,
            desk.locale,
            own=case.applicant_id == desk.actor.person,
        )
        made.append(_application(desk, around, telling))
    return made


def _application(desk: Desk, around: Around, telling: Telling) -> Application:
    case, definition = telling.case, telling.definition
    staff = queries.is_staff(desk.actor, case)
    returns = [_return(desk, definition, r, own=telling.own) for r in around.returns.get(case.id, ())]
    letter = around.letters.get(case.id)
    returned = {r.requirement.code for r in returns}
    given = paperwork.answers_of(case, desk.keyring)
    hidden = definition.hides_applicant(given)
    known = policy.may_know_applicant(desk.actor, queries.standing(case), hidden=hidden)
    return Application(
        id=encode("Application", case.id),
        number=case.number,
        number_text=number_text(case.number),
        version=case.version,
        service=Service.of(definition, desk.locale),
        opd=Opd.of(desk.opds[case.opd]),
        state=CaseState.of(definition.state(case.state), desk.locale, own=telling.own),
        submitted_at=case.submitted_at,
        closed_at=case.closed_at,
        due_at=telling.due,
        due=tell(telling),
        queue_place=telling.place,
        applicant=_applicant(desk, around, case) if known else _hidden_applicant(desk),
        answers=_answers(desk, definition, given, personal=known),
        documents=[_document(desk, definition, d) for d in around.documents.get(case.id, ())],
        open_returns=[r for r in returns if r.answered_at is None],
        returns=returns,
        timeline=_timeline(desk, definition, around.events.get(case.id, ()), own=telling.own),
        reads=_reads(desk, around, case),
        actions=queries.actions_for(desk.actor, case, definition),
        letter=CaseLetter.of(letter, desk.public_url) if letter and letter.status != "void" else None,
        taken_by=(case.taken_name or None) if staff else None,
        taken_by_me=case.taken_by is not None and case.taken_by == desk.actor.person,
        returnable=[
            Requirement.of(r, desk.locale)
            for r in definition.requirements
            if staff and r.code not in returned
        ],
    )


def _applicant(desk: Desk, around: Around, case: CaseRow) -> Applicant:
    profile = around.people[case.applicant_id]
    phone, nik = people.masked(profile)
    place = desk.places.get(case.kelurahan or "")
    return Applicant(
        name=profile.name,
        nik_masked=nik,
        phone_masked=phone,
        address=profile.address,
        kelurahan=Kelurahan.of(place) if place else None,
    )


def _hidden_applicant(desk: Desk) -> Applicant:
    name = Text("Nama dirahasiakan", "Name kept secret").said(desk.locale)
    return Applicant(name=name, nik_masked=None, phone_masked="", address=None, kelurahan=None)


def _answers(desk: Desk, definition: Definition, given: dict[str, str], *, personal: bool) -> list[Answer]:
    rows = []
    for field in definition.fields:
        value = given.get(field.name)
        if value is None or (field.profile and not personal):
            continue
        text = value
        if field.kind is FieldKind.NIK:
            value = text = mask_nik(value)
        elif field.kind is FieldKind.CHOICE:
            text = next((must(c.label, desk.locale) for c in field.choices if c.value == value), value)
        elif field.kind is FieldKind.KELURAHAN and value in desk.places:
            text = desk.places[value].name
        rows.append(Answer(name=field.name, label=must(field.label, desk.locale), value=value, text=text))
    return rows


def _document(desk: Desk, definition: Definition, row: DocumentRow) -> CaseDocument:
    requirement = definition.requirement(row.requirement)
    return CaseDocument(
        id=encode("CaseDocument", row.id),
        requirement=row.requirement,
        requirement_title=must(requirement.title, desk.locale) if requirement else row.requirement,
        page=row.page,
        media_type=MediaType(row.media_type),
        size=row.size,
        uploaded_at=row.uploaded_at,
        replaced=row.replaced_at is not None,
    )


def _return(desk: Desk, definition: Definition, row: ReturnRow, *, own: bool) -> CaseReturn:
    requirement = definition.requirement(row.requirement)
    assert requirement is not None, "only published requirements are returned"
    unit = definition.promise.unit
    return CaseReturn(
        requirement=Requirement.of(requirement, desk.locale),
        reason=row.reason,
        at=row.at,
        by=desk.by("officer", row.by_office),
        answered_at=row.answered_at,
        cost_text=cost_sentence(unit, row.cost, desk.locale, own=own) or None if row.answered_at else None,
    )


def _timeline(
    desk: Desk, definition: Definition, events: Sequence[RecordedEvent], *, own: bool
) -> list[TimelineEntry]:
    return [_entry(desk, definition, e, own=own) for e in reversed(events)]


def _entry(desk: Desk, definition: Definition, event: RecordedEvent, *, own: bool) -> TimelineEntry:
    message = MESSAGES[event.kind]
    opd = str(event.data.get("opd", ""))
    cost = event.data.get("cost")
    unit = definition.promise.unit
    facts = Facts(
        service=Text(definition.name.id, definition.name.en),
        opd=desk.opds[opd].name if opd in desk.opds else opd,
        requirements={r.code: Text(r.title.id, r.title.en) for r in definition.requirements},
        unit_cost=_cost(unit, cost, own=own) if isinstance(cost, int) else None,
    )
    detail = messages.said(message.detail, event.data, facts, desk.locale) if message.detail else ""
    return TimelineEntry(
        id=encode("Event", event.id),
        at=event.at,
        kind=event.kind,
        title=messages.said(message.line_for(resident=own), event.data, facts, desk.locale),
        detail=detail or None,
        by=desk.by(event.actor_role, event.actor_office, own=own),
        waiting=message.waiting,
        bad=message.bad,
    )


def _cost(unit: Unit, cost: int, *, own: bool) -> Text:
    return Text(cost_sentence(unit, cost, Locale.ID, own=own), cost_sentence(unit, cost, Locale.EN, own=own))


def _reads(desk: Desk, around: Around, case: CaseRow) -> list[CaseRead]:
    rows = around.reads.get(case.id, ())[:READS_MOST]
    return [CaseRead(at=r.at, by=desk.by(r.role, r.office), what=r.what) for r in rows]


async def track(info: Info, case: CaseRow) -> Tracking:
    """The public face of a case: nothing personal is read for it."""
    locale = info.context.locale
    definition = await catalogue.definition(case.service_code, case.service_version)
    returns = await ReturnRow.filter(application_id=case.id)
    place = await queries.queue_place(case) if case.due_at is None and case.closed_at is None else None
    telling = Telling(
        case,
        definition,
        pauses_of((r.at, r.answered_at) for r in returns),
        returns,
        place,
        await catalogue.calendar(),
        clock.now(),
        locale,
        own=False,
    )
    opd = await catalogue.opd(case.opd)
    return Tracking(
        number_text=number_text(case.number),
        service_name=must(definition.name, locale),
        opd_name=opd.name if opd else case.opd,
        state=CaseState.of(definition.state(case.state), locale, own=False),
        submitted_at=case.submitted_at,
        due_at=telling.due,
        due=tell(telling),
        queue_place=place,
    )
