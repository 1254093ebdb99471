"""The promise in words: the title of a case, why the date moved, and the strip of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from backend.applications import promise
from backend.applications.promise import Pause
from backend.core.calendar import WorkCalendar
from backend.core.clock import CITY_ZONE
from backend.core.reads import Row
from backend.core.texts import Locale, Text
from backend.notifications import messages, words
from backend.services.definition import Definition
from schema.enums import StateKind, StripKind, Unit
from schema.fields import object_type
from schema.scopes import Scope, scoped


@scoped(Scope.TRACK)
@object_type
class StripDay:
    """One working day of a case."""

    date: date
    """The day."""
    kind: StripKind
    """Done, waiting for the resident, today, to come, or late."""
    label: str
    """First letters of the weekday."""


@scoped(Scope.TRACK)
@object_type
class Due:
    """The promise in words."""

    headline: str
    """Title of the case: Selesai paling lambat Selasa, 24 November."""
    explanation: str
    """1 hari kerja lagi. Mundur 1 hari kerja karena menunggu Anda."""
    short: str
    """For lists, working time left: 1 hr, 4 j, 1 j 10 m."""
    late: bool
    """The promise is broken."""
    due_today: bool
    """The promise ends today."""
    paused: bool
    """The clock stands still: the case waits for the resident."""
    working_minutes_left: int | None
    """Office minutes left; negative when late; null without a promise."""
    strip: list[StripDay]
    """One block a working day."""


@dataclass(frozen=True)
class Telling:
    """Everything the words are made of; `own` says that the reader is the applicant.

    `pauses` waited for the resident, `waits` for a signer that was away.
    """

    case: Row
    definition: Definition
    pauses: Sequence[Pause]
    returns: Sequence[Row]
    waits: Sequence[Pause]
    place: int | None
    calendar: WorkCalendar
    now: datetime
    locale: Locale
    own: bool

    @property
    def paused(self) -> bool:
        return bool(self.case.state_kind == StateKind.WAITING_RESIDENT)

    @property
    def due(self) -> datetime | None:
        """The promise as it stands at this moment: while paused it moves with the clock."""
        if not self.paused:
            promised: datetime | None = self.case.due_at
            return promised
        pauses = [*self.pauses, *self.waits]
        return promise.due_at(
            self.definition.promise, self.case.submitted_at, pauses, self.calendar, self.now
        )


def _city(moment: datetime) -> date:
    return moment.astimezone(CITY_ZONE).date()


def tell(t: Telling) -> Due:
    """The promise of one case in one language."""
    due, closed = t.due, t.case.closed_at
    end = closed or t.now
    left = None if due is None or closed else t.calendar.office_minutes_between(t.now, due)
    late = due is not None and end > due
    days = promise.strip(t.case.submitted_at, due, t.pauses, t.calendar, end) if due else []
    return Due(
        headline=_headline(t, due),
        explanation=_explanation(t, due, late=late),
        short=_short(t, left),
        late=late,
        due_today=due is not None and closed is None and not t.paused and _city(due) == _city(t.now),
        paused=t.paused,
        working_minutes_left=left,
        strip=[StripDay(date=d.day, kind=d.kind, label=words.short_weekday(d.day, t.locale)) for d in days],
    )


def _headline(t: Telling, due: datetime | None) -> str:
    state = t.definition.state(t.case.state)
    if t.case.closed_at is not None:
        when = words.day(_city(t.case.closed_at), t.locale, today=_city(t.now))
        title = Text(state.title.id, state.title.en).said(t.locale)
        return Text(f"{title} {when}", f"{title} on {when}").said(t.locale)
    if t.paused:
        return (
            Text("Menunggu Anda", "Waiting for you")
            if t.own
            else Text("Menunggu pemohon", "Waiting for the applicant")
        ).said(t.locale)
    if due is None:
        place = t.place or 1
        return Text(f"Antrean ke-{place}", f"Number {place} in the queue").said(t.locale)
    if t.now > due:
        return Text("Terlambat dari janji", "Later than promised").said(t.locale)
    if t.definition.promise.unit in (Unit.MINUTE, Unit.HOUR):
        when = words.day(_city(due), t.locale, today=_city(t.now))
        at = words.clock_time(due)
        return Text(f"Selesai {when} pukul {at}", f"Done {when} by {at}").said(t.locale)
    return messages.promise_headline(_city(due), t.locale, today=_city(t.now))


def _explanation(t: Telling, due: datetime | None, *, late: bool) -> str:
    if t.case.closed_at is not None:
        taken = t.calendar.office_minutes_between(t.case.submitted_at, t.case.closed_at)
        if taken < 1:
            return Text("Selesai di luar jam kantor.", "Done outside office hours.").said(t.locale)
        spent = words.minutes(taken, t.locale)
        kept = (
            Text("Melewati janji.", "Later than promised.")
            if late
            else Text("Janji ditepati.", "Promise kept.")
        )
        verdict = kept.said(t.locale) if due else ""
        return (
            Text(f"Selesai dalam {spent} jam kantor. {verdict}", f"Took {spent} of office time. {verdict}")
            .said(t.locale)
            .strip()
        )
    if due is None:
        return Text(
            "Layanan ini tanpa batas waktu, menurut antrean.",
            "This service has no time limit; it goes by queue.",
        ).said(t.locale)
    if t.paused:
        when = words.day(_city(due), t.locale, today=_city(t.now))
        return Text(
            f"Waktu berhenti dihitung. Bila dijawab hari ini, selesai paling lambat {when}.",
            f"The clock stands still. Answered today, it is done by {when}.",
        ).said(t.locale)
    return " ".join(p for p in (_left(t, due), moved(t)) if p)


def _left(t: Telling, due: datetime) -> str:
    if t.now > due:
        days = t.calendar.working_days_between(_city(due), _city(t.now))
        over = words.amount(Unit.WORKING_DAY, max(days, 1), t.locale)
        return Text(f"Sudah lewat {over}.", f"{over} over.").said(t.locale)
    if t.definition.promise.unit in (Unit.MINUTE, Unit.HOUR):
        left = words.minutes(t.calendar.office_minutes_between(t.now, due), t.locale)
        return Text(f"{left} jam kantor lagi.", f"{left} of office time left.").said(t.locale)
    return words.in_days(t.calendar.working_days_between(_city(t.now), _city(due)), t.locale)


def moved(t: Telling) -> str:
    """Why the promised date is later than it was: only ever the time the case waited for the resident."""
    spans = {(r.at, r.answered_at): r.cost for r in t.returns if r.answered_at is not None}
    return cost_sentence(t.definition.promise.unit, sum(spans.values()), t.locale, own=t.own)


def cost_sentence(unit: Unit, cost: int, locale: Locale, *, own: bool) -> str:
    """What a wait for the resident cost, in a sentence; empty for nothing."""
    if cost <= 0:
        return ""
    spent = (
        words.minutes(cost, locale) if unit in (Unit.MINUTE, Unit.HOUR) else words.amount(unit, cost, locale)
    )
    whom = Text("Anda", "you") if own else Text("pemohon", "the applicant")
    return Text(
        f"Mundur {spent} karena menunggu {whom.id}.", f"Moved by {spent} while waiting for {whom.en}."
    ).said(locale)


def _short(t: Telling, left: int | None) -> str:
    if t.case.closed_at is not None:
        return Text("selesai", "closed").said(t.locale)
    if t.paused:
        return Text("menunggu warga", "with resident").said(t.locale)
    if left is None:
        return f"#{t.place or 1}"
    if left < 0:
        return Text("lewat ", "late ").said(t.locale) + words.short_minutes(-left, t.locale)
    return words.short_minutes(left, t.locale)
