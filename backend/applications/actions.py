"""What is done with a case: one function an act, one transaction, one event, one version."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError

from backend.applications import paperwork, pauses, policy, promise, queries, rules
from backend.applications.events import Kind
from backend.applications.happenings import happened, iso
from backend.applications.models import Application, CaseReturn
from backend.applications.paperwork import PageGiven
from backend.applications.rules import ReturnItem
from backend.core import clock
from backend.core.actors import Actor, StaffRole
from backend.core.commands import Command, once
from backend.core.ids import new_number, read_number, uuid7
from backend.core.problems import Conflict, InvalidInput, NotAllowed, NotFound
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.database import transaction
from backend.identity.models import Person
from backend.identity.policy import require_signed_in
from backend.identity.queries import Profile, open_profile
from backend.services import queries as services
from backend.services.definition import Action, ActionName, Definition, StateKind

PROFILE_NEEDED = Text(
    "Lengkapi dulu nama, NIK, alamat dan kelurahan Anda.",
    "First complete your name, NIK, address and kelurahan.",
)
NUMBER_TAKEN = Text(
    "Nomor ini sudah dipakai. Kirim lagi dengan nomor baru.",
    "This number is taken. Send again with a new one.",
)
OLD_FORM = Text(
    "Formulir layanan ini sudah diperbarui. Muat ulang, isian Anda tetap.",
    "This form was renewed. Reload; your answers stay.",
)


@dataclass(frozen=True)
class Submission:
    """A filled form with its uploaded pages. `number` is the receipt made on the phone, if any."""

    service: str
    version: int
    number: str | None
    kelurahan: str | None
    answers: Mapping[str, str]
    pages: Sequence[PageGiven]


async def submit(actor: Actor, key: UUID, form: Submission, keyring: Keyring) -> UUID:
    """Send an application; the promise starts to run. Returns the case id; a repeat returns the same.

    Raises InvalidInput for the form, documents or receipt number, NotAllowed without a complete profile,
    Conflict for an old form version or a number in use, NotNow outside a window.
    """
    person_id = require_signed_in(actor)
    number = number_of(form)

    async def act() -> UUID:
        definition = await current_form(form)
        profile = open_profile(await Person.get(id=person_id), keyring)
        if not profile.complete:
            raise NotAllowed("profile_incomplete", PROFILE_NEEDED)
        return await open_case(actor, definition, number, form, profile, keyring)

    return UUID((await once(Command(actor.scope, key, "submit", body_of(form, keyring)), act)).result)


def number_of(form: Submission) -> str:
    """The receipt number in its stored form, a new one when the phone made none; InvalidInput when mistyped."""
    number = new_number() if form.number is None else read_number(form.number)
    if number is None:
        raise InvalidInput.at(
            "receiptNumber", "Nomor tanda terima salah ketik.", "The receipt number is mistyped."
        )
    return number


async def current_form(form: Submission) -> Definition:
    """The service's definition; Conflict when the form was filled in an older version."""
    definition = await services.current(form.service)
    if definition.version != form.version:
        raise Conflict("old_form", OLD_FORM, version=definition.version)
    return definition


def body_of(form: Submission, keyring: Keyring) -> list[object]:
    """What a repeat under the same key must ask for again."""
    answers = _mac(keyring, form.answers)
    return [form.service, form.version, form.number, form.kelurahan, answers, [*map(str, form.pages)]]


def _mac(keyring: Keyring, answers: Mapping[str, str]) -> str:
    """Answers hold personal data: the stored body hash is keyed."""
    return keyring.mac("body", orjson.dumps(dict(answers), option=orjson.OPT_SORT_KEYS).decode()).hex()


@dataclass(frozen=True)
class Help:
    """That the actor applies for somebody else: as what, and at which OPD's counter ("" elsewhere)."""

    relation: str
    office: str


async def open_case(
    actor: Actor,
    definition: Definition,
    number: str,
    form: Submission,
    profile: Profile,
    keyring: Keyring,
    help_: Help | None = None,
) -> UUID:
    """A case of the person whose profile it is, with all its files, and its first event."""
    now, today = clock.now(), clock.today()
    rules.require_open(definition.promise, today)
    places = {p.code: p for p in await services.places()}
    given = rules.with_profile(definition, form.answers, profile.answers)
    answers = rules.read_answers(definition, given, places.keys(), today)
    place = places.get(form.kelurahan or profile.kelurahan or "")
    if place is None:
        raise InvalidInput.at(
            "kelurahanCode", "Pilih kelurahan dari daftar.", "Choose a kelurahan from the list."
        )
    opd = place.opd if definition.opd == "KEC-*" else definition.opd
    case_id = uuid7()
    due = promise.due_at(definition.promise, now, (), await services.calendar(), now)
    case = Application(
        id=case_id,
        number=number,
        service_code=definition.code,
        service_version=definition.version,
        home_opd=opd,
        opd=opd,
        applicant_id=profile.id,
        assisted_by=actor.person if help_ else None,
        kelurahan=place.code,
        state=definition.start.name,
        state_kind=definition.start.kind,
        version=1,
        answers_sealed=paperwork.seal_answers(case_id, answers, keyring),
        submitted_at=now,
        due_at=due,
        order_at=due or queries.NO_PROMISE,
    )
    try:
        async with transaction():
            await case.save(force_create=True)
    except IntegrityError:
        # The unique index decides, also between two who send at the same moment.
        raise Conflict("number_taken", NUMBER_TAKEN) from None
    await paperwork.attach(actor, case, definition, form.pages)
    office = help_.office if help_ else ""
    role = "helper" if help_ and not office else ""
    await happened(actor, case, Kind.SUBMITTED, {"due": iso(due)}, office=office, role=role)
    return case_id


@dataclass(frozen=True)
class Ask:
    """Which case an act is about, the version that was seen, and the idempotency key."""

    case: UUID
    version: int
    key: UUID


@dataclass
class Step:
    """One act on a locked case on its way through the workflow."""

    actor: Actor
    case: Application
    definition: Definition
    arrow: Action
    office: str

    async def land(self, kind: Kind, **data: object) -> None:
        """Move to the arrow's target, count the version, save and record the event."""
        case, target = self.case, self.definition.state(self.arrow.target)
        case.state, case.state_kind = target.name, target.kind
        case.version += 1
        if target.kind is StateKind.FINAL:
            case.closed_at = clock.now()
        case.order_at = case.due_at or queries.NO_PROMISE
        await case.save()
        await happened(self.actor, case, kind, data, office=self.office)


async def act_on(
    actor: Actor, ask: Ask, name: ActionName, body: object, do: Callable[[Step], Awaitable[None]]
) -> UUID:
    """Lock, check version, workflow and policy, then `do` it, once for the key. Returns the case id."""
    require_signed_in(actor)

    async def act() -> UUID:
        await do(await step(actor, ask.case, name, seen=ask.version))
        return ask.case

    full = [str(ask.case), ask.version, body]
    return UUID((await once(Command(actor.scope, ask.key, name.value, full), act)).result)


async def step(actor: Actor, case_id: UUID, name: ActionName, *, seen: int | None = None) -> Step:
    """The locked case with the arrow of this act; refusals in the order a person would understand them."""
    case = await queries.lock(actor, case_id)
    definition = await services.definition(case.service_code, case.service_version)
    if seen is not None:
        title = definition.state(case.state).title
        rules.require_version(seen, case.version, case.state, Text(title.id, title.en))
    arrow = rules.move(definition, case.state, name, case.version)
    policy.require_act(actor, queries.standing(case), arrow)
    resident = actor.person == case.applicant_id or actor.is_system
    return Step(actor, case, definition, arrow, "" if resident else case.opd)


async def take(actor: Actor, ask: Ask) -> UUID:
    """An officer takes a case to work on; nobody else may act on it until it is released or decided."""

    async def do(step: Step) -> None:
        step.case.taken_by, step.case.taken_name = actor.person, actor.name
        await step.land(Kind.TAKEN)

    return await act_on(actor, ask, ActionName.TAKE, None, do)


async def release(actor: Actor, ask: Ask) -> UUID:
    """Put a taken case back for colleagues; the head may, when who took it is away."""

    async def do(step: Step) -> None:
        if actor.post(StaffRole.HEAD, step.case.opd) is None:
            policy.require_holder(actor, queries.standing(step.case))
        step.case.taken_by, step.case.taken_name = None, ""
        await step.land(Kind.RELEASED)

    return await act_on(actor, ask, ActionName.RELEASE, None, do)


async def return_(actor: Actor, ask: Ask, items: Sequence[ReturnItem]) -> UUID:
    """Hand a case back for published requirements, each at most once; the clock pauses until the answer."""

    async def do(step: Step) -> None:
        case = step.case
        policy.require_holder(actor, queries.standing(case))
        before = await CaseReturn.filter(application_id=case.id).values_list("requirement", flat=True)
        rules.require_returnable(step.definition, {str(b) for b in before}, items)
        reasons = [rules.require_reason(i.reason, f"returns.{n}.reason") for n, i in enumerate(items)]
        now = clock.now()
        for item, reason in zip(items, reasons, strict=True):
            await CaseReturn.create(
                id=uuid7(),
                application_id=case.id,
                requirement=item.requirement,
                reason=reason,
                by_office=case.opd,
                at=now,
            )
        returned = [{"requirement": i.requirement, "reason": r} for i, r in zip(items, reasons, strict=True)]
        await step.land(Kind.RETURNED, returns=returned)

    return await act_on(actor, ask, ActionName.RETURN, [[i.requirement, i.reason] for i in items], do)


async def answer(
    actor: Actor, ask: Ask, pages: Sequence[PageGiven], given: Mapping[str, str] | None, keyring: Keyring
) -> UUID:
    """The resident mends what was returned; the clock runs on, moved by exactly the pause."""

    async def do(step: Step) -> None:
        case = step.case
        open_returns = await CaseReturn.filter(application_id=case.id, answered_at=None)
        await paperwork.replace(actor, case, step.definition, open_returns, pages)
        if given is not None:
            places = {p.code for p in await services.places()}
            merged = {**paperwork.answers_of(case, keyring), **given}
            answers = rules.read_answers(step.definition, merged, places, clock.today())
            case.answers_sealed = paperwork.seal_answers(case.id, answers, keyring)
        before, cost = case.due_at, await _resume(step, open_returns)
        await step.land(Kind.ANSWERED, cost=cost, due_before=iso(before), due=iso(case.due_at))

    body = [[*map(str, pages)], _mac(keyring, given or {})]
    return await act_on(actor, ask, ActionName.ANSWER, body, do)


async def _resume(step: Step, open_returns: Sequence[CaseReturn]) -> int:
    """Close the pause: its cost is written on the returns, and the promise moves by it and no more."""
    now, calendar = clock.now(), await services.calendar()
    unit = step.definition.promise.unit
    cost = 0
    for row in open_returns:
        row.answered_at = now
        row.cost = cost = promise.pause_cost(unit, promise.Pause(row.at, now), calendar, now)
        await row.save()
    stretches = await pauses.of_case(step.case.id)
    step.case.due_at = promise.due_at(
        step.definition.promise, step.case.submitted_at, stretches, calendar, now
    )
    return cost


async def forward(actor: Actor, ask: Ask, opd: str, reason_text: str) -> UUID:
    """Pass a case to another OPD with a written reason; the same promise runs on."""
    reason = rules.require_reason(reason_text)

    async def do(step: Step) -> None:
        case = step.case
        policy.require_holder(actor, queries.standing(case))
        if await services.opd(opd) is None or opd == case.opd:
            raise InvalidInput.at(
                "opdCode", "Pilih dinas lain dari daftar.", "Choose another department from the list."
            )
        came_from, case.opd = case.opd, opd
        case.taken_by, case.taken_name = None, ""
        await step.land(Kind.FORWARDED, came_from=came_from, reason=reason)

    return await act_on(actor, ask, ActionName.FORWARD, [opd, reason], do)


async def approve(actor: Actor, ask: Ask, keyring: Keyring) -> UUID:
    """Checked and complete: the letter is prepared and goes to the head of the service's own OPD."""

    async def do(step: Step) -> None:
        policy.require_holder(actor, queries.standing(step.case))
        step.case.taken_by, step.case.taken_name = None, ""
        # Whoever checked last, the letter is signed where the service belongs.
        step.case.opd = step.case.home_opd
        letter = await paperwork.prepare_letter(step.case, step.definition, keyring)
        await step.land(Kind.APPROVED, letter=letter.number)

    return await act_on(actor, ask, ActionName.APPROVE, None, do)


async def reject(actor: Actor, ask: Ask, reason_text: str) -> UUID:
    """Refuse an application with a written reason."""
    reason = rules.require_reason(reason_text)

    async def do(step: Step) -> None:
        policy.require_holder(actor, queries.standing(step.case))
        step.case.taken_by, step.case.taken_name = None, ""
        await paperwork.void_letter(step.case)
        await step.land(Kind.REJECTED, reason=reason)

    return await act_on(actor, ask, ActionName.REJECT, reason, do)


async def withdraw(actor: Actor, ask: Ask) -> UUID:
    """The applicant takes the application back."""

    async def do(step: Step) -> None:
        step.case.taken_by, step.case.taken_name = None, ""
        await paperwork.void_letter(step.case)
        await step.land(Kind.WITHDRAWN)

    return await act_on(actor, ask, ActionName.WITHDRAW, None, do)


async def note_read(actor: Actor, case_id: UUID, what: str) -> Application:
    """Someone opens a document or letter: NotFound when not visible, else a row that the resident sees."""
    case = await queries.by_id(actor, case_id)
    if case is None:
        raise NotFound(queries.UNKNOWN_CASE)
    await paperwork.note_read(actor, case, what)
    return case
