"""Applying for a resident: the helper is named on the case, the case is the resident's, and they are told."""

from uuid import UUID

from backend.applications import actions, assist_rules, policy
from backend.applications.actions import PROFILE_NEEDED, Help, Submission
from backend.applications.assist_rules import COUNTED, WEEK, Relation, Resident
from backend.applications.events import ASSISTANCE, TELL_RESIDENT, AssistanceKind
from backend.applications.models import Application, Assistance
from backend.applications.sweeping import hold
from backend.core import clock, jobs
from backend.core.actors import Actor, StaffRole
from backend.core.commands import Command, once
from backend.core.conditions import NO_ROW, All, Condition, Is
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.pages import Page, Window, moment
from backend.core.problems import FieldFault, InvalidInput, NotAllowed
from backend.core.reads import Order, Row, Table, columns_of, first, page, read
from backend.core.secrets import Keyring
from backend.identity.actions import create_person, dated
from backend.identity.models import Person
from backend.identity.policy import require_signed_in
from backend.identity.queries import Profile, open_profile
from backend.services import queries as services

# What may be read of help: the number and state of the case, and the helper; nothing of the resident.
_OF_CASES = """(SELECT s.id, s.application_id, s.helper_id, s.helper_name, s.relation, s.in_week, s.over_limit, s.at,
    a.number, a.state, a.service_code, a.service_version, a.opd, a.submitted_at
    FROM assistances s JOIN applications a ON a.id = s.application_id)"""
ASSISTED = Table(
    _OF_CASES,
    columns_of(
        "id application_id helper_id helper_name relation in_week over_limit at number state service_code"
        " service_version opd submitted_at"
    ),
)
_WHOLE = read(*ASSISTED.columns)
_NEWEST: Order = (("at", True), ("id", True))


async def submit(
    actor: Actor, key: UUID, form: Submission, given: Resident, keyring: Keyring, *, weekly: int
) -> Row:
    """Send an application for a resident, free of charge; the case is theirs. Returns what a helper may see of it.

    Over `weekly` cases in seven days by one helper (family, RT), the case is made all the same and recorded for
    the inspectorate. Raises what `actions.submit` raises, InvalidInput for the resident's data and when NIK and
    phone belong to different people, NotAllowed for who is no counter officer or is not known by name.
    """
    helper = require_signed_in(actor)
    number = actions.number_of(form)

    async def act() -> UUID:
        definition = await actions.current_form(form)
        policy.require_may_help(actor, given.relation)
        resident = assist_rules.read_resident(given, clock.today())
        await hold(f"helper:{helper}")
        profile = await _profile_of(helper, resident, form.kelurahan, keyring)
        help_ = Help(resident.relation, _counter(actor, resident.relation))
        case_id = await actions.open_case(actor, definition, number, form, profile, keyring, help_)
        await _note(actor, helper, case_id, resident.relation, weekly)
        await jobs.enqueue(TELL_RESIDENT, {"application": str(case_id)})
        return case_id

    written = [given.name, given.nik, given.phone, given.address, given.relation.value]
    body = [*actions.body_of(form, keyring), keyring.mac("body", "\n".join(written)).hex()]
    done = await once(Command(actor.scope, key, "submit_assisted", body), act)
    found = await first(ASSISTED, _WHOLE, All((Is("application_id", UUID(done.result)), rows_for(actor))))
    await services.at_hand([found])
    return found


def _counter(actor: Actor, relation: Relation) -> str:
    """The OPD at whose counter the resident was served."""
    return min(actor.offices(StaffRole.OFFICER)) if relation is Relation.COUNTER else ""


async def _profile_of(helper: UUID, resident: Resident, kelurahan: str | None, keyring: Keyring) -> Profile:
    """The resident's profile, complete: found by their phone, or made; what is empty is filled, nothing is changed."""
    own = open_profile(await Person.get(id=helper), keyring)
    if resident.relation in COUNTED and not own.complete:
        raise NotAllowed("profile_incomplete", PROFILE_NEEDED)
    index = keyring.blind_index("phone", resident.phone)
    await hold(f"phone:{index}")
    person = await Person.filter(phone_index=index).select_for_update().get_or_none()
    same = person is not None and person.id == helper
    assist_rules.require_other(own.nik, resident.nik, same_person=same)
    if person is None:
        person = await create_person(resident.phone, keyring)
    known = open_profile(person, keyring)
    if known.nik is not None and known.nik != resident.nik:
        raise InvalidInput(FieldFault("onBehalfOf.nik", assist_rules.NO_MATCH), code="no_match")
    assist_rules.require_address(known.address or resident.address)
    await _fill(person, known, resident, kelurahan, keyring)
    return open_profile(person, keyring)


async def _fill(
    person: Person, known: Profile, resident: Resident, kelurahan: str | None, keyring: Keyring
) -> None:
    given = {"name": resident.name, "nik": resident.nik, "address": resident.address, "kelurahan": kelurahan}
    empty = [n for n, value in given.items() if value and not getattr(known, n)]
    if "name" in empty:
        person.name = resident.name
    if "nik" in empty:
        person.nik_sealed = keyring.seal(f"people:{person.id}:nik", resident.nik)
        person.nik_index = keyring.blind_index("nik", resident.nik)
    if "address" in empty:
        person.address_sealed = keyring.seal(f"people:{person.id}:address", resident.address)
    if "kelurahan" in empty:
        # A place that is none is refused with the form, and this is rolled back with it.
        person.kelurahan = kelurahan
    if empty:
        dated(person, *empty)
        person.version += 1
        await person.save()


async def _note(actor: Actor, helper: UUID, case_id: UUID, relation: Relation, weekly: int) -> None:
    now = clock.now()
    counted = Assistance.filter(helper_id=helper, at__gt=now - WEEK, relation__in=[r.value for r in COUNTED])
    before = await counted.count()
    row = await Assistance.create(
        id=uuid7(),
        application_id=case_id,
        helper_id=helper,
        helper_name=actor.name,
        relation=relation.value,
        in_week=before + 1,
        over_limit=assist_rules.is_over(relation, before, weekly),
        at=now,
    )
    if row.over_limit:
        case = await Application.get(id=case_id)
        data = {"number": case.number, "service": case.service_code, "in_week": row.in_week}
        event = Event(AssistanceKind.OVER_LIMIT, ASSISTANCE, row.id, 1, data)
        await record(event, actor, silent=True, role="helper")


def rows_for(actor: Actor) -> Condition:
    """The help an actor may read of: one's own."""
    return Is("helper_id", actor.person) if actor.person is not None else NO_ROW


def over_limit_for(actor: Actor) -> Condition:
    """What the inspectorate reads: help beyond the weekly number."""
    return Is("over_limit", True) if policy.may_inspect(actor) else NO_ROW


async def mine(actor: Actor, window: Window) -> Page[Row]:
    """The cases the actor helped with, newest first."""
    return await _page(rows_for(actor), window)


async def over_limit(actor: Actor, window: Window) -> Page[Row]:
    """Help beyond the weekly number, newest first, for the inspectorate."""
    return await _page(over_limit_for(actor), window)


async def _page(where: Condition, window: Window) -> Page[Row]:
    found = await page(ASSISTED, _WHOLE, where, _NEWEST, window.read(moment, UUID))
    await services.at_hand(found.rows)
    return found
