"""What can be followed live: one case by its number, and the inbox of one's offices."""

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLError

from backend.applications import watching
from backend.applications.watching import Told
from backend.core.feed import Feed
from backend.core.texts import Locale, Text
from schema.applications.types import CaseState
from schema.context import Info
from schema.fields import object_type
from schema.permissions import Need, Needs
from schema.scopes import Scope, scoped

UNKNOWN_CASE = Text(
    "Nomor permohonan tidak dikenal. Periksa lagi hurufnya.", "Unknown application number. Check it again."
)

Event = TypeVar("Event")


@scoped(Scope.TRACK)
@object_type
class CaseEvent:
    """Something happened to a case: what anyone who holds its number may know. Ask again for the rest."""

    number: str
    """Ten characters with a check digit."""
    version: int
    """The case's version that came of it."""
    kind: str
    """Kind of event."""
    at: datetime
    """When."""
    state: CaseState
    """Where the case stood after it."""


@scoped(Scope.OFFICE)
@object_type
class InboxEvent:
    """Something happened to a case of one's offices. Ask again for the case or the list."""

    number: str
    """Ten characters with a check digit."""
    version: int
    """The case's version that came of it."""
    kind: str
    """Kind of event."""
    at: datetime
    """When."""
    opd_code: str
    """Who works on it now."""


@dataclass(frozen=True)
class Watch(AsyncIterable[Event], Generic[Event]):
    """What one subscription listens to and how it says an event.

    Two may share an encoded answer when `make` and `locale` are the same. Iterated, it gives the events one
    by one, which is how Strawberry itself would serve it; the hub (schema/hub.py) never does that.
    """

    feed: Feed
    topics: frozenset[str]
    make: Callable[[Told, Locale], Event]
    locale: Locale
    # The offices whose events these are; a post gained or lost makes it another subscription.
    offices: frozenset[str] = frozenset()

    async def __aiter__(self) -> AsyncIterator[Event]:
        async with self.feed.subscribe(*self.topics) as stream:
            async for happened in stream:
                told = await watching.told(happened)
                if told is not None:
                    yield self.make(told, self.locale)


def _case_event(told: Told, locale: Locale, *, own: bool) -> CaseEvent:
    state = CaseState.of(told.state, locale, own=own)
    return CaseEvent(number=told.number, version=told.version, kind=told.kind, at=told.at, state=state)


def own_case(told: Told, locale: Locale) -> CaseEvent:
    """In the words for the applicant."""
    return _case_event(told, locale, own=True)


def any_case(told: Told, locale: Locale) -> CaseEvent:
    """In the words for everyone else."""
    return _case_event(told, locale, own=False)


def inbox_case(told: Told, _locale: Locale) -> InboxEvent:
    """The same for every office."""
    return InboxEvent(number=told.number, version=told.version, kind=told.kind, at=told.at, opd_code=told.opd)


def subscription(need: Need) -> Callable[[Callable[..., Any]], Any]:
    """A root subscription field with the one thing it needs, as `query` is for reading."""

    def make(resolver: Callable[..., Any]) -> Any:
        return strawberry.subscription(
            resolver, description=inspect.getdoc(resolver), extensions=[Needs(need)]
        )

    return make


@scoped(Scope.TRACK, inbox_changed=Scope.OFFICE)
@strawberry.type(description="Everything that can be followed live, over graphql-transport-ws.")
class Subscription:
    """Live updates; a message says that something happened, the queries say what is so now."""

    @subscription(Need.NOTHING)
    async def case_changed(self, info: Info, number: str) -> AsyncIterable[CaseEvent]:
        """Each event of one case, for anyone who holds its number; no personal data."""
        context = info.context
        case = await watching.watched(context.actor, number)
        if case is None:
            raise GraphQLError(context.say(UNKNOWN_CASE), extensions={"code": "NOT_FOUND"})
        make = own_case if case.own else any_case
        return Watch(context.parts.feed, frozenset((case.topic,)), make, context.locale)

    @subscription(Need.STAFF)
    async def inbox_changed(self, info: Info) -> AsyncIterable[InboxEvent]:
        """Each event of a case that is, or just was, with one of one's offices."""
        context = info.context
        offices = frozenset(post.opd for post in context.actor.posts)
        topics = frozenset(f"office:{opd}" for opd in offices)
        return Watch(context.parts.feed, topics, inbox_case, context.locale, offices)
