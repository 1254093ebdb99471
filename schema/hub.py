"""Who follows what in this process: an event is read once, encoded once a group, and spliced per subscriber."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

import orjson
import structlog
from graphql import ExecutionResult
from graphql.execution import Executor, execute_subscription_event

from backend.applications import watching
from backend.applications.watching import Told
from backend.core import clock
from backend.core.actors import Actor
from backend.core.feed import Feed
from backend.core.happened import Gap, Happened
from backend.identity.watching import present
from backend.partners.queries import given as apps_given
from schema.subscriptions import Watch

Item = TypeVar("Item")

log = structlog.get_logger()

# Close codes; 44xx are of graphql-transport-ws, the others of RFC 6455.
SESSION_OVER = 4403
COME_AGAIN = 1012  # connect again and ask anew: events were missed, or one's posts changed
FAULT = 1011


class Receiver(Protocol):
    """A socket as the hub sees it. Neither call waits."""

    @property
    def actor(self) -> Actor: ...

    def send(self, text: str) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


@dataclass(frozen=True)
class Audience:
    """What makes two subscriptions share one encoded answer: selection, words and language."""

    document: str
    operation: str | None
    variables: bytes
    make: Callable[..., Any]
    locale: str


@dataclass(eq=False)
class Group:
    """The subscriptions of one audience; the executor is built for the first of them."""

    audience: Audience
    watch: Watch[Any]
    executor: Executor[Any]
    members: int = 0

    async def encode(self, told: Told) -> str:
        """The execution result of one event as JSON text, as Strawberry would answer it."""
        event = self.watch.make(told, self.watch.locale)
        found = execute_subscription_event(self.executor.build_per_event_executor(event))
        result: ExecutionResult = found if isinstance(found, ExecutionResult) else await found
        said: dict[str, Any] = {"data": result.data}
        if result.errors:
            said["errors"] = [error.formatted for error in result.errors]
        return orjson.dumps(said, default=str).decode()


@dataclass(eq=False)
class Subscriber:
    """One running operation of one socket."""

    id: str
    receiver: Receiver
    watch: Watch[Any]
    group: Group
    prefix: str = field(init=False)

    def __post_init__(self) -> None:
        self.prefix = f'{{"id":{orjson.dumps(self.id).decode()},"type":"next","payload":'


class Hub:
    """Runs while anyone follows; one event at a time, in the order of their commits."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._topics: dict[str, set[Subscriber]] = {}
        self._groups: dict[Audience, Group] = {}
        self._people: dict[UUID, set[Receiver]] = {}
        self._running: asyncio.Task[None] | None = None
        self._checks: set[asyncio.Task[None]] = set()

    def enter(self, receiver: Receiver) -> None:
        """A socket was opened; a signed-in one is closed when its session ends, even with nothing to tell."""
        if receiver.actor.person is not None:
            self._people.setdefault(receiver.actor.person, set()).add(receiver)
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    def leave(self, receiver: Receiver) -> None:
        """It is closed, and its operations have been removed."""
        person = receiver.actor.person
        if person is not None and person in self._people:
            self._people[person].discard(receiver)
            if not self._people[person]:
                del self._people[person]

    def add(
        self,
        id: str,
        receiver: Receiver,
        watch: Watch[Any],
        audience: Audience,
        build: Callable[[], Executor[Any]],
    ) -> Subscriber:
        """Follow from now on; `build` makes the executor for an audience that is not there yet."""
        group = self._groups.get(audience)
        if group is None:
            group = self._groups[audience] = Group(audience, watch, build())
        group.members += 1
        made = Subscriber(id, receiver, watch, group)
        for topic in watch.topics:
            self._topics.setdefault(topic, set()).add(made)
        return made

    def remove(self, subscriber: Subscriber) -> None:
        """Follow no longer."""
        for topic in subscriber.watch.topics:
            known = self._topics.get(topic, set())
            known.discard(subscriber)
            if not known:
                self._topics.pop(topic, None)
        subscriber.group.members -= 1
        if not subscriber.group.members:
            self._groups.pop(subscriber.group.audience, None)

    async def close(self) -> None:
        """Stop following; the sockets are their owner's."""
        tasks = [*self._checks, *([self._running] if self._running else [])]
        self._running = None
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        stop = self._feed.on_change(self._moved)
        try:
            async with self._feed.subscribe() as stream:
                while True:
                    try:
                        await self.deliver(await anext(stream))
                    except Gap:
                        self._drop(self._all(), COME_AGAIN, "events were missed")
        finally:
            stop()

    async def deliver(self, happened: Happened) -> None:
        """Tell one event to all who follow it; who cannot be told is closed, never left without it."""
        found: set[Subscriber] = set()
        for topic in happened.topics:
            found |= self._topics.get(topic, set())
        if not found:
            return
        try:
            await self._recheck({s.receiver for s in found})
            told = await watching.told(happened)
            if told is not None:
                await self._send(found, told)
        except Exception:
            log.exception("an event could not be told", subject=str(happened.subject_id), seq=happened.seq)
            self._drop(found, FAULT, "a fault of ours")

    async def _send(self, found: Iterable[Subscriber], told: Told) -> None:
        said: dict[Group, str] = {}
        for subscriber in found:
            group = subscriber.group
            if group not in said:
                said[group] = await group.encode(told) + "}"
            subscriber.receiver.send(subscriber.prefix + said[group])

    def _moved(self, topic: str) -> None:
        """A person's session or posts changed: look at their sockets now and not at the next event."""
        family, _, key = topic.partition(":")
        if family == "people":
            with suppress(ValueError):
                sockets = self._people.get(UUID(key), set()) if key else _together(self._people.values())
                self._check_soon(sockets)
        elif not topic:
            self._check_soon(_together(self._people.values()))

    def _check_soon(self, receivers: set[Receiver]) -> None:
        if receivers:
            task = asyncio.create_task(self._recheck_all(set(receivers)))
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _recheck_all(self, receivers: set[Receiver]) -> None:
        try:
            await self._recheck(receivers)
        except Exception:
            log.exception("sessions could not be checked")
            for receiver in receivers:
                receiver.close(FAULT, "a fault of ours")

    async def _recheck(self, receivers: Collection[Receiver]) -> None:
        """One statement for all: a session that is over ends its socket, changed posts make it come again."""
        signed_in = [(r, r.actor.session) for r in receivers if r.actor.person is not None]
        alive = await present({session for _, session in signed_in if session is not None})
        for receiver, session in signed_in:
            offices = alive.get(session) if session is not None else None
            if offices is None:
                receiver.close(SESSION_OVER, "the session is over")
            elif offices != frozenset(p.opd for p in receiver.actor.posts):
                receiver.close(COME_AGAIN, "posts changed")
        await self._recheck_apps([r for r in receivers if r.actor.client is not None])

    async def _recheck_apps(self, receivers: Sequence[Receiver]) -> None:
        """A token that is over, an app that was revoked, a scope taken away: the socket ends."""
        alive = await apps_given({r.actor.client for r in receivers if r.actor.client is not None})
        now = clock.now().timestamp()
        for receiver in receivers:
            actor = receiver.actor
            scopes = alive.get(actor.client) if actor.client is not None else None
            over = actor.until is not None and actor.until <= now
            if scopes is None or over or not (actor.scopes or frozenset()) <= scopes:
                receiver.close(SESSION_OVER, "the token is over")

    def _all(self) -> set[Subscriber]:
        return _together(self._topics.values())

    def _drop(self, subscribers: Iterable[Subscriber], code: int, reason: str) -> None:
        for subscriber in tuple(subscribers):
            subscriber.receiver.close(code, reason)


def _together(sets: Iterable[set[Item]]) -> set[Item]:
    return set[Item]().union(*sets)
