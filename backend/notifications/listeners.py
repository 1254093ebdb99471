"""From event to notice to push: the worker calls these after the act has committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from backend.applications.assist_rules import SAID as RELATIONS
from backend.applications.assist_rules import Relation
from backend.applications.models import Application, Assistance
from backend.core import clock, jobs
from backend.core.actors import StaffRole
from backend.core.ids import uuid7
from backend.core.models import RecordedEvent
from backend.core.outbox import ANNOUNCE
from backend.core.secrets import Keyring
from backend.core.texts import Locale, Text
from backend.database import transaction
from backend.delegation.policy import SECRETARIAT
from backend.identity.gateways import CodeGateway
from backend.identity.models import Person
from backend.identity.queries import holders, open_profile
from backend.notifications import messages, offices, participants
from backend.notifications.events import PUSH
from backend.notifications.messages import MESSAGES, Facts
from backend.notifications.models import Notice, PushDelivery, PushSubscription
from backend.notifications.offices import OFFICES, Told
from backend.notifications.participants import PARTICIPANTS
from backend.notifications.push import Kind, PushSender, Subscription, next_try, topic_of
from backend.services import queries as services
from backend.services.definition import Definition
from backend.services.reference import reference

# A push holds 3,993 bytes; several returns with long reasons would not fit, and the app shows the rest.
BODY_MOST = 600
FIRST = UUID(int=0)


async def announce(event_id: int, after: UUID = FIRST) -> int:
    """Make the notices of one event and enqueue their pushes, once however often it runs. Returns how many.

    A crowd is told page by page: `after` is the last person of the page before, and another job goes on.
    """
    event = await RecordedEvent.get(id=event_id)
    made = 0
    async with transaction() as tx:
        for audience, people in await _told(event, after):
            if len(people) == participants.PAGE:
                await jobs.enqueue(ANNOUNCE, {"event": event.id, "after": str(people[-1])})
            for person in people:
                rows = await tx.execute_query_dict(
                    "INSERT INTO notices (id, person_id, event_id, kind, audience, data, at)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
                    [
                        uuid7(),
                        person,
                        event.id,
                        event.kind,
                        audience,
                        orjson.dumps(event.data).decode(),
                        event.at,
                    ],
                )
                for row in rows:
                    made += 1
                    await _push_later(row["id"], person)
    return made


async def _told(event: RecordedEvent, after: UUID) -> list[tuple[str, list[UUID]]]:
    """Whom an event is told, by audience."""
    if event.kind in PARTICIPANTS:
        crowd = PARTICIPANTS[event.kind]
        return [(told.audience, await participants.audience(told, event, after)) for told in crowd]
    if event.kind in OFFICES:
        return [(told.audience, await offices.audience(told, event)) for told in OFFICES[event.kind]]
    message = MESSAGES.get(event.kind)
    case = await Application.get_or_none(id=event.subject_id)
    if message is None or case is None:
        return []
    return [(told.audience, await _audience(told.audience, case, event)) for told in message.notices]


async def tell_resident(case_id: UUID, gateway: CodeGateway, keyring: Keyring) -> None:
    """Tell a resident, by a message to their own phone, that somebody applied for them; once, it is noted when.

    Raises GatewayDown when the message could not be handed over.
    """
    help_ = await Assistance.get_or_none(application_id=case_id, told_at=None)
    if help_ is None:
        return
    case = await Application.get(id=case_id)
    person = await Person.get(id=case.applicant_id)
    name = (await services.definition(case.service_code, case.service_version)).name
    text = messages.applied_for_you(
        Text(name.id, name.en),
        case.number,
        help_.helper_name,
        RELATIONS[Relation(help_.relation)],
        Locale(person.locale),
    )
    await gateway.send(open_profile(person, keyring).phone, text)
    await Assistance.filter(id=help_.id).update(told_at=clock.now())


async def _audience(audience: str, case: Application, event: RecordedEvent) -> list[UUID]:
    """Who is told. Staff are not told of what they did themselves."""
    if audience == "resident":
        return [case.applicant_id]
    if audience == "head":
        return await holders(case.opd, StaffRole.HEAD)
    if audience == "secretary":
        return await holders(SECRETARIAT, StaffRole.HEAD)
    if case.taken_by is not None:
        return [case.taken_by]
    return [p for p in await holders(case.opd, StaffRole.OFFICER) if p != event.actor_id]


async def _push_later(notice_id: UUID, person: UUID) -> None:
    for subscription in await PushSubscription.filter(person_id=person).order_by("-created_at").limit(10):
        delivery = await PushDelivery.create(
            id=uuid7(), notice_id=notice_id, subscription_id=subscription.id, first_at=clock.now()
        )
        await jobs.enqueue(PUSH, {"delivery": str(delivery.id)})


async def deliver(delivery_id: UUID, sender: PushSender) -> timedelta | None:
    """Send one push. Returns how long to wait before the next try, None when it has come to its end."""
    delivery = await PushDelivery.get_or_none(id=delivery_id, state="waiting")
    if delivery is None:
        return None
    notice = await Notice.get(id=delivery.notice_id)
    subscription = await PushSubscription.get_or_none(id=delivery.subscription_id, person_id=notice.person_id)
    if subscription is None:
        await _end(delivery, "gone", "subscription removed")
        return None
    event = await RecordedEvent.get(id=notice.event_id)
    outcome = await sender.send(
        Subscription(subscription.endpoint, subscription.p256dh, subscription.auth),
        await payload(notice),
        topic=topic_of(str(event.subject_id)),
    )
    delivery.attempts += 1
    if outcome.kind is Kind.SENT:
        await PushSubscription.filter(id=subscription.id).update(last_sent_at=clock.now())
        await _end(delivery, "sent", "")
        return None
    if outcome.kind is Kind.GONE:
        await PushSubscription.filter(id=subscription.id).delete()
        await _end(delivery, "gone", outcome.reason)
        return None
    again = (
        next_try(delivery.attempts, outcome.retry_after, delivery.first_at, clock.now())
        if outcome.kind is Kind.RETRY
        else None
    )
    if again is None:
        await _end(delivery, "refused" if outcome.kind is Kind.REFUSED else "expired", outcome.reason)
        return None
    delivery.reason = outcome.reason[:200]
    await delivery.save()
    return again - clock.now()


async def _end(delivery: PushDelivery, state: str, reason: str) -> None:
    delivery.state, delivery.reason, delivery.ended_at = state, reason[:200], clock.now()
    await delivery.save()


async def payload(notice: Notice) -> bytes:
    """What the service worker shows: title, body, address, a tag, and the number on the app's icon; nothing personal."""
    person = await Person.get(id=notice.person_id)
    (said,) = await in_words([notice], Locale(person.locale))
    body = said.body if len(said.body) <= BODY_MOST else f"{said.body[: BODY_MOST - 1]}…"
    tag = str(notice.data.get("number", ""))
    unread = await Notice.filter(person_id=person.id, read_at=None).count()
    return orjson.dumps({"title": said.title, "body": body, "url": said.url, "tag": tag, "unread": unread})


@dataclass(frozen=True)
class Said:
    """A notice in one language: title, body, and the address in the app."""

    title: str
    body: str
    url: str


async def in_words(notices: Sequence[Notice], locale: Locale) -> list[Said]:
    """Notices in words, in their order; two statements however many there are."""
    city = await reference()
    of_cases = {str(n.data["service"]) for n in notices if n.kind not in _OTHERS}
    definitions = await services.currents(of_cases, city)
    names = {o.code: o.name for o in city.opds.values()}
    return [
        _other(n, names, locale)
        if n.kind in _OTHERS
        else _in_words(n, definitions[str(n.data["service"])], names, locale)
        for n in notices
    ]


# Notices that are of no case.
_OTHERS: Mapping[str, tuple[Told, ...]] = {**OFFICES, **PARTICIPANTS}


def _other(notice: Notice, names: Mapping[str, str], locale: Locale) -> Said:
    data = notice.data
    told = next(t for t in _OTHERS[notice.kind] if t.audience == notice.audience)
    opd = str(data.get("opd", ""))
    said = participants if notice.kind in PARTICIPANTS else offices
    name = names.get(opd, opd)
    return Said(
        said.filled(told.title, data, name, locale),
        said.filled(told.body, data, name, locale),
        said.url_of(told, data),
    )


def _in_words(notice: Notice, definition: Definition, names: Mapping[str, str], locale: Locale) -> Said:
    data = notice.data
    told = next(n for n in MESSAGES[notice.kind].notices if n.audience == notice.audience)
    opd = str(data["opd"])
    facts = Facts(
        service=Text(definition.name.id, definition.name.en),
        opd=names.get(opd, opd),
        requirements={r.code: Text(r.title.id, r.title.en) for r in definition.requirements},
    )
    number = data.get("number", "")
    page = "permohonan" if notice.audience == "resident" else "berkas"
    urls = {"head": f"/tanda-tangan?surat={number}", "secretary": offices.BOARD}
    url = urls.get(notice.audience, f"/{page}/{number}")
    return Said(
        messages.said(told.title, data, facts, locale), messages.said(told.body, data, facts, locale), url
    )
