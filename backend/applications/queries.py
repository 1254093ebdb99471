"""Reading cases: what can be read of them, who may read which, and the lists by keyset."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from backend.applications import counts
from backend.applications.events import SUBJECT
from backend.applications.models import Application
from backend.applications.policy import Standing, may_act
from backend.core import clock
from backend.core.actors import Actor, StaffRole
from backend.core.conditions import EVERY_ROW, NO_ROW, All, Before, Condition, Either, Is, Known, OneOf, q_of
from backend.core.ids import read_number
from backend.core.models import RecordedEvent
from backend.core.pages import Page, Window, moment
from backend.core.problems import NotFound
from backend.core.reads import Order, Reads, Relation, Row, Table, columns_of, first, number_of, page
from backend.core.texts import Text
from backend.identity.queries import PEOPLE
from backend.services import queries as services
from backend.services.definition import ActionName, Definition
from backend.signing.queries import LETTERS

UNKNOWN_CASE = Text(
    "Nomor permohonan tidak dikenal. Periksa lagi hurufnya.", "Unknown application number. Check it again."
)

RETURNS = Table(
    "case_returns",
    columns_of("id requirement reason by_office at answered_at cost"),
    moments=columns_of("at answered_at"),
)
# Stretches in which the signer was away: the promise moves by them as well.
WAITS = Table("case_pauses", columns_of("since until"), moments=columns_of("since until"))
DOCUMENTS = Table(
    "case_documents",
    columns_of("id requirement page media_type size uploaded_at replaced_at"),
    moments=columns_of("uploaded_at replaced_at"),
)
READERS = Table("case_reads", columns_of("at office role what"), moments=columns_of("at"))
EVENTS = Table(
    "recorded_events", columns_of("id seq kind at actor_role actor_office data"), moments=columns_of("at")
)
ASSISTANCES = Table("assistances", columns_of("helper_name relation"))
_QUEUE_PLACE = """CASE WHEN {row}.due_at IS NULL AND {row}.closed_at IS NULL THEN (
    SELECT count(*) + 1 FROM applications q WHERE q.service_code = {row}.service_code AND q.closed_at IS NULL
    AND q.home_opd = {row}.home_opd AND (q.submitted_at, q.id) < ({row}.submitted_at, {row}.id)) END"""
_OWN = (("application_id", "id"),)

# Everything that can be read of a case; whatever shows one asks for a part of this.
CASES = Table(
    "applications",
    columns_of(
        "id number service_code service_version home_opd opd applicant_id kelurahan state state_kind version"
        " answers_sealed submitted_at due_at order_at taken_by taken_name assisted_by closed_at"
    ),
    relations={
        "returns": Relation(RETURNS, _OWN, order="{row}.at, {row}.id"),
        # Only a case that waits for the resident now moves its promise with the clock.
        "pauses": Relation(RETURNS, _OWN, when="{row}.state_kind = 'waiting_resident'"),
        "waits": Relation(WAITS, _OWN, when="{row}.state_kind = 'waiting_resident'"),
        "documents": Relation(DOCUMENTS, _OWN, order="{row}.requirement, {row}.page, {row}.id", most=500),
        "events": Relation(
            EVENTS,
            (("subject_id", "id"),),
            order="{row}.seq DESC",
            most=200,
            fixed=(("subject_kind", SUBJECT),),
        ),
        "readers": Relation(READERS, _OWN, order="{row}.at DESC"),
        "letter": Relation(LETTERS, (("subject_id", "id"),), fixed=(("subject_kind", SUBJECT),), one=True),
        "assistance": Relation(ASSISTANCES, (("application_id", "id"),), one=True),
        "person": Relation(PEOPLE, (("id", "applicant_id"),), one=True),
    },
    computed={"queue_place": _QUEUE_PLACE},
)


def rows_for(actor: Actor) -> Condition:
    """The cases an actor may read: the own ones, and those of the OPDs where a post is held."""
    if actor.is_system:
        return EVERY_ROW
    if actor.person is None:
        return NO_ROW
    offices = sorted({p.opd for p in actor.posts})
    own = Is("applicant_id", actor.person)
    return Either((own, OneOf("opd", offices), OneOf("home_opd", offices))) if offices else own


def visible_to(actor: Actor) -> QuerySet[Application]:
    """The same rows as models, for acts and files."""
    return Application.filter(q_of(rows_for(actor)))


def is_staff(actor: Actor, case: Application | Row) -> bool:
    """True for who holds a post in the OPD that works on the case, or whose service it is."""
    return any(p.opd in (case.opd, case.home_opd) for p in actor.posts)


def standing(case: Application | Row) -> Standing:
    return Standing(case.applicant_id, case.opd, case.home_opd, case.taken_by, case.assisted_by)


async def one(actor: Actor, where: Condition, reads: Reads) -> Row | None:
    """A part of the one case of a condition, if the actor may see it."""
    row = await first(CASES, reads, All((where, rows_for(actor))))
    await services.at_hand([row] if row else [])
    return row


async def by_number(actor: Actor, text: str, reads: Reads) -> Row | None:
    number = read_number(text)
    return await one(actor, Is("number", number), reads) if number else None


async def by_id(actor: Actor, case_id: UUID) -> Application | None:
    return await visible_to(actor).get_or_none(id=case_id)


async def after_act(actor: Actor, case_id: UUID, reads: Reads) -> Row | None:
    """A case for whoever acted on it last: an act may pass it on to an office that the actor is not in."""
    row = await one(actor, Is("id", case_id), reads)
    if row is not None or actor.person is None:
        return row
    last = await RecordedEvent.filter(subject_kind=SUBJECT, subject_id=case_id).order_by("-seq").first()
    own = last is not None and last.actor_id == actor.person
    return await first(CASES, reads, Is("id", case_id)) if own else None


async def lock(actor: Actor, case_id: UUID) -> Application:
    """The case for update, inside the caller's transaction; NotFound when it is absent or not visible."""
    case = await visible_to(actor).filter(id=case_id).select_for_update().get_or_none()
    if case is None:
        raise NotFound(UNKNOWN_CASE)
    return case


async def track(text: str, reads: Reads) -> Row | None:
    """The case behind a number, for anyone who holds it: callers show no personal data."""
    number = read_number(text)
    row = await first(CASES, reads, Is("number", number)) if number else None
    await services.at_hand([row] if row else [])
    return row


_NEWEST: Order = (("submitted_at", True), ("id", True))
_SOONEST: Order = (("order_at", False), ("submitted_at", False), ("id", False))
_LAST_CLOSED: Order = (("closed_at", True), ("id", True))


async def mine(actor: Actor, window: Window, reads: Reads) -> Page[Row]:
    """The actor's own cases, newest first."""
    found = await page(CASES, reads, Is("applicant_id", actor.person), _NEWEST, window.read(moment, UUID))
    await services.at_hand(found.rows)
    return found


async def count_mine(actor: Actor) -> int:
    return await number_of(CASES, Is("applicant_id", actor.person))


NO_PROMISE = datetime(9999, 12, 31, tzinfo=UTC)
_OPEN = Is("closed_at", None)
_WITH_US = OneOf("state_kind", counts.WITH_US)


def _inbox(which: str, actor: Actor) -> Condition:
    """What an inbox filter means, besides being in the actor's offices."""
    mine_ = Is("taken_by", actor.person)
    kinds: dict[str, Condition] = {
        "waiting": All((_OPEN, _WITH_US, Either((Is("taken_by", None), mine_)))),
        "mine": All((_OPEN, mine_)),
        "all_open": _OPEN,
        "closed": Known("closed_at"),
        "to_sign": All((_OPEN, Is("state_kind", "waiting_signer"))),
    }
    return kinds[which]


def _offices(actor: Actor, which: str) -> list[str]:
    return sorted({p.opd for p in actor.posts if which != "to_sign" or p.role is StaffRole.HEAD})


async def inbox(actor: Actor, which: str, window: Window, reads: Reads) -> Page[Row]:
    """The work of the actor's offices by working time left: the promise that ends first comes first.

    Cases without a promise (queues) follow in order of arrival; closed ones come newest first. `which`:
    waiting, mine, all_open, closed, or to_sign (only the offices where the actor is head).
    """
    where = All((OneOf("opd", _offices(actor, which)), _inbox(which, actor)))
    order, kinds = (_LAST_CLOSED, (moment, UUID)) if which == "closed" else (_SOONEST, (moment, moment, UUID))
    found = await page(CASES, reads, where, order, window.read(*kinds))
    await services.at_hand(found.rows)
    return found


async def count_inbox(actor: Actor, which: str) -> int:
    """How many cases an inbox holds: from the summary, and what a person has taken is few and counted."""
    offices = _offices(actor, which)
    if which == "mine":
        return await number_of(CASES, All((OneOf("opd", offices), _inbox(which, actor))))
    if which == "waiting":
        return await counts.waiting(offices, actor.person)
    kinds = {"closed": ("final",), "to_sign": ("waiting_signer",)}.get(which, counts.OPEN)
    return await counts.total(offices, kinds)


async def late_today(actor: Actor) -> int:
    """How many letters that wait for this head are due before midnight."""
    end = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.CITY_ZONE)
    where = (OneOf("opd", _offices(actor, "to_sign")), _inbox("to_sign", actor), Before("order_at", end))
    return await number_of(CASES, All(where))


def actions_for(actor: Actor, case: Application | Row, definition: Definition) -> list[ActionName]:
    """What the actor may do now, in the workflow's order."""
    return [
        a.name
        for a in definition.workflow.actions
        if case.state in a.sources and may_act(actor, standing(case), a) and _holds(actor, case, a.name)
    ]


_FREE = frozenset(
    (ActionName.TAKE, ActionName.ANSWER, ActionName.WITHDRAW, ActionName.SIGN, ActionName.SEND_BACK)
)


def _holds(actor: Actor, case: Application | Row, action: ActionName) -> bool:
    head_frees = action is ActionName.RELEASE and actor.post(StaffRole.HEAD, case.opd) is not None
    return action in _FREE or head_frees or case.taken_by == actor.person
