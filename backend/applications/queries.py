"""Reading cases: one gate (`visible_to`), then lists by keyset and one case with everything around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from backend.applications.events import SUBJECT
from backend.applications.models import Application, CaseDocument, CaseRead, CaseReturn
from backend.applications.policy import Standing, may_act
from backend.applications.promise import Pause, pauses_of
from backend.core import clock
from backend.core.actors import Actor, StaffRole
from backend.core.ids import read_number
from backend.core.models import RecordedEvent
from backend.core.pages import Page, Window, moment
from backend.core.problems import NotFound
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity.queries import Profile, profiles
from backend.services import queries as services
from backend.services.definition import ActionName, Definition
from backend.signing import queries as letters
from backend.signing.models import Letter

UNKNOWN_CASE = Text(
    "Nomor permohonan tidak dikenal. Periksa lagi hurufnya.", "Unknown application number. Check it again."
)


def visible_to(actor: Actor) -> QuerySet[Application]:
    """The cases an actor may read: the own ones, and those of the OPDs where a post is held."""
    if actor.is_system:
        return Application.all()
    if actor.person is None:
        return Application.filter(id=None)
    offices = [p.opd for p in actor.posts]
    return Application.filter(Q(applicant_id=actor.person) | Q(opd__in=offices) | Q(home_opd__in=offices))


def is_staff(actor: Actor, case: Application) -> bool:
    """True for who holds a post in the OPD that works on the case, or whose service it is."""
    return any(p.opd in (case.opd, case.home_opd) for p in actor.posts)


def standing(case: Application) -> Standing:
    return Standing(case.applicant_id, case.opd, case.home_opd, case.taken_by)


async def by_number(actor: Actor, text: str) -> Application | None:
    number = read_number(text)
    return await visible_to(actor).get_or_none(number=number) if number else None


async def by_id(actor: Actor, case_id: UUID) -> Application | None:
    return await visible_to(actor).get_or_none(id=case_id)


async def after_act(actor: Actor, case_id: UUID) -> Application | None:
    """A case for whoever acted on it last: an act may pass it on to an office that the actor is not in."""
    case = await by_id(actor, case_id)
    if case is not None or actor.person is None:
        return case
    last = await RecordedEvent.filter(subject_kind=SUBJECT, subject_id=case_id).order_by("-seq").first()
    own = last is not None and last.actor_id == actor.person
    return await Application.get(id=case_id) if own else None


async def lock(actor: Actor, case_id: UUID) -> Application:
    """The case for update, inside the caller's transaction; NotFound when it is absent or not visible."""
    case = await visible_to(actor).filter(id=case_id).select_for_update().get_or_none()
    if case is None:
        raise NotFound(UNKNOWN_CASE)
    return case


async def track(text: str) -> Application | None:
    """The case behind a number, for anyone who holds it: callers show no personal data."""
    number = read_number(text)
    return await Application.get_or_none(number=number) if number else None


async def mine(actor: Actor, window: Window) -> tuple[Page[Application], int]:
    """The actor's own cases, newest first."""
    rows = Application.filter(applicant_id=actor.person)
    total = await rows.count()
    after = window.keys(moment, UUID)
    if after:
        sent_at, last = after
        rows = rows.filter(Q(submitted_at__lt=sent_at) | Q(submitted_at=sent_at, id__lt=last))
    found = await rows.order_by("-submitted_at", "-id").limit(window.first + 1)
    return Page.cut(found, window, lambda c: (c.submitted_at.isoformat(), str(c.id))), total


NO_PROMISE = datetime(9999, 12, 31, tzinfo=UTC)
_OPEN = Q(closed_at=None)


def _inbox(which: str, actor: Actor) -> Q:
    """What an inbox filter means, besides being in the actor's offices."""
    with_us = Q(state_kind__in=("start", "working"))
    return {
        "waiting": _OPEN & with_us & (Q(taken_by=None) | Q(taken_by=actor.person)),
        "mine": _OPEN & Q(taken_by=actor.person),
        "all_open": _OPEN,
        "closed": Q(closed_at__not_isnull=True),
        "to_sign": _OPEN & Q(state_kind="waiting_signer"),
    }[which]


async def inbox(actor: Actor, which: str, window: Window) -> tuple[Page[Application], int]:
    """The work of the actor's offices by working time left: the promise that ends first comes first.

    Cases without a promise (queues) follow in order of arrival. `which`: waiting, mine, all_open, closed,
    or to_sign (only the offices where the actor is head).
    """
    offices = {p.opd for p in actor.posts if which != "to_sign" or p.role is StaffRole.HEAD}
    rows = Application.filter(_inbox(which, actor), opd__in=list(offices))
    total = await rows.count()
    after = window.keys(moment, moment, UUID)
    if after:
        order_at, sent_at, last = after
        rows = rows.filter(
            Q(order_at__gt=order_at)
            | Q(order_at=order_at, submitted_at__gt=sent_at)
            | Q(order_at=order_at, submitted_at=sent_at, id__gt=last)
        )
    found = await rows.order_by("order_at", "submitted_at", "id").limit(window.first + 1)
    return Page.cut(
        found, window, lambda c: (c.order_at.isoformat(), c.submitted_at.isoformat(), str(c.id))
    ), total


async def late_today(actor: Actor) -> int:
    """How many letters that wait for this head are due before midnight."""
    end = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.CITY_ZONE)
    offices = list(actor.offices(StaffRole.HEAD))
    return await Application.filter(
        opd__in=offices, state_kind="waiting_signer", closed_at=None, due_at__lt=end
    ).count()


@dataclass(frozen=True)
class Around:
    """Everything around some cases, read in a handful of statements however many cases there are."""

    definitions: dict[UUID, Definition]
    returns: dict[UUID, list[CaseReturn]]
    documents: dict[UUID, list[CaseDocument]] = field(default_factory=dict)
    events: dict[UUID, list[RecordedEvent]] = field(default_factory=dict)
    reads: dict[UUID, list[CaseRead]] = field(default_factory=dict)
    letters: dict[UUID, Letter] = field(default_factory=dict)
    people: dict[UUID, Profile] = field(default_factory=dict)
    places: dict[UUID, int] = field(default_factory=dict)

    def pauses(self, case: Application) -> list[Pause]:
        """The stretches in which the case waited for the resident; returns made together are one."""
        return pauses_of((r.at, r.answered_at) for r in self.returns.get(case.id, ()))


async def around(cases: Sequence[Application], keyring: Keyring) -> Around:
    """Read definitions, returns, documents, events, reads, letters and applicants of visible cases."""
    ids = [c.id for c in cases]
    returns = await CaseReturn.filter(application_id__in=ids).order_by("at", "id")
    documents = await CaseDocument.filter(application_id__in=ids).order_by("requirement", "page", "id")
    events = await RecordedEvent.filter(subject_kind=SUBJECT, subject_id__in=ids).order_by("seq")
    reads = await CaseRead.filter(application_id__in=ids).order_by("-at").limit(50 * max(1, len(ids)))
    return Around(
        definitions={c.id: await services.definition(c.service_code, c.service_version) for c in cases},
        returns=_by_case(returns),
        documents=_by_case(documents),
        events={i: [e for e in events if e.subject_id == i] for i in ids},
        reads=_by_case(reads),
        letters=await letters.of_subjects(SUBJECT, ids),
        people=await profiles({c.applicant_id for c in cases}, keyring),
        places={c.id: await queue_place(c) for c in cases if c.due_at is None and c.closed_at is None},
    )


def _by_case(rows: Sequence[CaseReturn | CaseDocument | CaseRead]) -> dict[UUID, list]:  # type: ignore[type-arg]
    found: dict[UUID, list] = {}  # type: ignore[type-arg]
    for row in rows:
        found.setdefault(row.application_id, []).append(row)
    return found


def actions_for(actor: Actor, case: Application, definition: Definition) -> list[ActionName]:
    """What the actor may do now, in the workflow's order."""
    return [
        a.name
        for a in definition.workflow.actions
        if case.state in a.sources and may_act(actor, standing(case), a) and _holds(actor, case, a.name)
    ]


_FREE = frozenset(
    (ActionName.TAKE, ActionName.ANSWER, ActionName.WITHDRAW, ActionName.SIGN, ActionName.SEND_BACK)
)


def _holds(actor: Actor, case: Application, action: ActionName) -> bool:
    head_frees = action is ActionName.RELEASE and actor.post(StaffRole.HEAD, case.opd) is not None
    return action in _FREE or head_frees or case.taken_by == actor.person


async def queue_place(case: Application) -> int:
    """The place in the queue of a service without a limit; 1 is next."""
    return (
        await Application.filter(service_code=case.service_code, closed_at=None, home_opd=case.home_opd)
        .filter(Q(submitted_at__lt=case.submitted_at) | Q(submitted_at=case.submitted_at, id__lt=case.id))
        .count()
    ) + 1
