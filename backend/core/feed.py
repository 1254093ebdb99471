"""What changed, as PostgreSQL tells it: versions of reference data and the events of cases, over one connection.

The triggers of migration 0005 send `v:<topic>` when reference data or a person changes, and `e:<json>` when an
event is recorded; PostgreSQL delivers both after the commit and never before. Each process listens on one
connection of its own, outside the pool, whose sessions are reset.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import asyncpg
import orjson
import structlog

from backend.core.happened import EVERYTHING, Gap, Happened, Stream

CHANNEL = "lugas"
# Versions count only while the connection proved within this many seconds that it hears.
FRESH = 1.0
BEAT = 0.3
BEAT_TIMEOUT = 2.0
CONNECT_TIMEOUT = 5.0
# The last is what asyncpg says when the line breaks between a question and its answer.
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
WAITS = (0.1, 0.3, 1.0, 3.0)  # seconds between tries to connect; the last one repeats
MOST_TOPICS = 10_000
MOST_MISSED = 1000
MARGIN = 200  # event ids are given out before their commits, which may come in another order

_MISSED = """
SELECT id, subject_kind, subject_id, seq, kind, at, data ->> 'state' AS state, data ->> 'opd' AS opd,
       data ->> 'came_from' AS came_from, actor_office
FROM recorded_events WHERE id > $1 ORDER BY id LIMIT $2
"""

log = structlog.get_logger()


class Feed:
    """Data versions and case events of this process. A feed that never listens knows no version."""

    def __init__(self) -> None:
        self._count = count(1)
        self._base = 0
        self._at: dict[str, int] = {}
        self._heard = -FRESH
        self._last: int | None = None
        self._recent: OrderedDict[int, None] = OrderedDict()
        self._callbacks: list[Callable[[str], None]] = []
        self._streams: set[Stream] = set()

    @property
    def connected(self) -> bool:
        """True while the connection lives and answered within the last second."""
        return time.monotonic() - self._heard < FRESH

    def version(self, topic: str) -> int | None:
        """A number that is another one whenever the topic may have changed; None: read from the database.

        What was read under a version may be kept under it, when the version was taken BEFORE reading. Numbers
        are of this process only. `people:<id>` moves with `people`. After a break of the connection every
        version is a new one, since something may have been missed.
        """
        if not self.connected:
            return None
        family = topic.partition(":")[0]
        return max(self._base, self._at.get(topic, 0), self._at.get(family, 0))

    def moved(self, topic: str) -> None:
        """The topic changed; asked by whoever committed the change, before they answer (see `moving`)."""
        if len(self._at) >= MOST_TOPICS:
            self._at.clear()
            self._base = next(self._count)
        self._at[topic] = next(self._count)
        for callback in tuple(self._callbacks):
            callback(topic)

    @asynccontextmanager
    async def moving(self, *topics: str) -> AsyncIterator[None]:
        """Around a transaction that changes reference data in a serving process.

        NOTIFY reaches the own process too, but a moment after COMMIT has returned. Leaving this block moves
        the topics at once, so the process that committed never answers from before its own commit; it moves
        them also when the commit failed, for the line may have broken after it. Other processes hear NOTIFY.
        """
        try:
            yield
        finally:
            for topic in topics:
                self.moved(topic)

    def on_change(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with each topic that moves; returns how to stop. "" means: everything may have."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[Stream]:
        """The case events of any of these topics (`Happened.topics`), from now on, in a bounded stream."""
        stream = Stream(frozenset(topics or (EVERYTHING,)))
        self._streams.add(stream)
        try:
            yield stream
        finally:
            self._streams.discard(stream)

    @asynccontextmanager
    async def listening(self, credentials: Mapping[str, Any]) -> AsyncIterator[None]:
        """Listen while inside; the connection is made in the background and made again when it breaks."""
        task = asyncio.create_task(self._listen(credentials))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._heard = -FRESH

    async def _listen(self, credentials: Mapping[str, Any]) -> None:
        failures = 0
        while True:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    connection = await asyncpg.connect(
                        **credentials, server_settings={"application_name": "lugas feed", "timezone": "UTC"}
                    )
                try:
                    failures = 0
                    await self._follow(connection)
                finally:
                    connection.terminate()
            except LOST as problem:
                log.warning("feed lost, connecting again", problem=repr(problem))
            self._heard = -FRESH
            await asyncio.sleep(WAITS[min(failures, len(WAITS) - 1)])
            failures += 1

    async def _follow(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Hear until the connection ends. A beat shows that it still hears, also across a dead network."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await connection.add_listener(CHANNEL, self._hear)
            await self._catch_up(connection)
        self._base = next(self._count)
        for callback in tuple(self._callbacks):
            callback("")
        while not lost.is_set():
            asked = time.monotonic()
            async with asyncio.timeout(BEAT_TIMEOUT):
                await connection.fetchval("SELECT 1")
            self._heard = asked
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await lost.wait()

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        kind, _, rest = str(payload).partition(":")
        if kind == "v" and rest:
            self.moved(rest)
            return
        try:
            told = orjson.loads(rest)
            happened = Happened.of_payload(told)
        except (ValueError, KeyError, TypeError):
            log.warning("an unreadable notification was left aside", payload=str(payload)[:80])
            return
        self._tell(happened)

    def _tell(self, happened: Happened) -> None:
        if happened.id in self._recent:
            return
        self._recent[happened.id] = None
        if len(self._recent) > MOST_MISSED:
            self._recent.popitem(last=False)
        self._last = max(self._last or 0, happened.id)
        for stream in tuple(self._streams):
            stream.put(happened)

    async def _catch_up(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Tell what was recorded while nobody listened; too much of it is a Gap that subscribers see."""
        if self._last is None:
            known = await connection.fetch("SELECT id FROM recorded_events ORDER BY id DESC LIMIT $1", MARGIN)
            self._recent.update((row["id"], None) for row in reversed(known))
            self._last = known[0]["id"] if known else 0
            return
        rows = await connection.fetch(_MISSED, self._last - MARGIN, MOST_MISSED + 1)
        if len(rows) > MOST_MISSED:
            self._last = int(await connection.fetchval("SELECT max(id) FROM recorded_events"))
            for stream in tuple(self._streams):
                stream.put(Gap())
            return
        for row in rows:
            self._tell(Happened.of_row(dict(row)))
