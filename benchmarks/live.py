"""Live updates under a crowd: 1,000 idle subscribers of one case, one event, and when each of them has it.

    python -m benchmarks.live --address http://127.0.0.1:8000 --database asyncpg://... --number 0123456789

The server needs LUGAS_SOCKETS_PER_NETWORK above the number of subscribers, and LUGAS_RATE_ANONYMOUS for them all.
The event is told with NOTIFY, as the trigger of recorded_events tells it; nothing is written. Prints one JSON
object, times in milliseconds from just before the NOTIFY. `follow` measures any server that speaks
graphql-transport-ws.
"""

import argparse
import asyncio
import base64
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import asyncpg
import orjson

from backend import database

DOCUMENT = (
    "subscription C($n: String!) { caseChanged(number: $n) { number version kind at state { name title } } }"
)
CONNECTING = 50  # sockets that are opened at once
SECONDS = 60

Fire = Callable[[], Awaitable[None]]


@dataclass
class Crowd:
    """Who waits for one event: how many, and when each of them had it."""

    size: int
    heard: list[float] = field(default_factory=list)
    all_heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        self.heard.append(time.perf_counter())
        if len(self.heard) == self.size:
            self.all_heard.set()


class Subscriber(asyncio.Protocol):
    """The least that follows: a handshake (RFC 6455), three messages, and a look at what arrives.

    Frames are not taken apart: a server's messages here are small and their words plain, so each `next` is found
    by its text. The client may not cost more than what it measures.
    """

    def __init__(self, address: str, subscribe: bytes, crowd: Crowd) -> None:
        self._address = urlsplit(address)
        self._subscribe = subscribe
        self.crowd = crowd
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._address.path or '/graphql'} HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self._upgraded:
            if b" 101 " not in data[:20]:
                self.ready.set_exception(ConnectionError(data[:200].decode("latin-1")))
                return
            self._upgraded = True
            self._say(b'{"type":"connection_init"}')
            self._say(self._subscribe)
            self._say(b'{"type":"ping"}')  # its pong says that the subscription is in force
        if b'"type":"error"' in data and not self.ready.done():
            self.ready.set_exception(ConnectionError(data.decode(errors="replace")))
        if b'"type":"pong"' in data and not self.ready.done():
            self.ready.set_result(None)
        if b'"type":"ping"' in data:
            self._say(b'{"type":"pong"}')
        for _ in range(data.count(b'"type":"next"')):
            self.crowd.hear()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed before the subscription was in force"))

    def _say(self, text: bytes) -> None:
        """One masked text frame of fewer than 65,536 bytes."""
        assert self._transport is not None
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
        self._transport.write(b"\x81" + size + bytes(4) + text)  # a mask of zeros leaves the text as it is

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def follow(
    address: str,
    document: str,
    variables: Mapping[str, object],
    fire: Fire,
    *,
    subscribers: int = 1000,
    events: int = 5,
) -> dict[str, float]:
    """First, median and last delivery in ms after `fire` was called; each the median of all events."""
    payload = {"query": document, "variables": dict(variables)}
    message = orjson.dumps({"id": "1", "type": "subscribe", "payload": payload})
    where = urlsplit(address)
    crowd = Crowd(subscribers)
    everyone: list[Subscriber] = []
    gate = asyncio.Semaphore(CONNECTING)

    async def join() -> None:
        async with gate:
            one = Subscriber(address, message, crowd)
            everyone.append(one)
            await asyncio.get_running_loop().create_connection(
                lambda: one, where.hostname or "localhost", where.port or 80
            )
            async with asyncio.timeout(SECONDS):
                await one.ready

    try:
        await asyncio.gather(*(join() for _ in range(subscribers)))
        rounds = [await _round(everyone, fire) for _ in range(events)]
    finally:
        for one in everyone:
            one.close()
    names = ("first_ms", "median_ms", "last_ms")
    found = {name: round(statistics.median(r[n] for r in rounds), 1) for n, name in enumerate(names)}
    return {"subscribers": subscribers, "events": events} | found


async def _round(everyone: list[Subscriber], fire: Fire) -> tuple[float, float, float]:
    crowd = Crowd(len(everyone))
    for one in everyone:
        one.crowd = crowd
    await asyncio.sleep(0.3)
    start = time.perf_counter()
    await fire()
    async with asyncio.timeout(SECONDS):
        await crowd.all_heard.wait()
    waits = sorted((t - start) * 1000 for t in crowd.heard)
    return waits[0], statistics.median(waits), waits[-1]


async def of_case(url: str, address: str, number: str, *, subscribers: int, events: int) -> dict[str, float]:
    """The measure for Lugas: the newest event of a case is told again and again under new ids."""
    connection = await asyncpg.connect(**database.apart(url))
    try:
        row = await connection.fetchrow(
            "SELECT e.* FROM applications a JOIN recorded_events e ON e.subject_id = a.id AND e.seq = a.version"
            " WHERE a.number = $1",
            number,
        )
        if row is None:
            raise SystemExit(f"There is no case {number}.")
        data = orjson.loads(row["data"])
        told = {"k": row["subject_kind"], "s": str(row["subject_id"]), "n": row["seq"], "e": row["kind"]}
        told |= {"a": row["at"].isoformat(), "t": data["state"], "o": data["opd"], "c": None, "w": ""}

        async def fire() -> None:
            # A negative id is none of a real event and is never asked for again.
            said = orjson.dumps({"i": -time.time_ns() // 1000, **told}).decode()
            await connection.execute("SELECT pg_notify('lugas', $1)", "e:" + said)

        return await follow(
            f"{address}/graphql", DOCUMENT, {"n": number}, fire, subscribers=subscribers, events=events
        )
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--database", default=os.environ.get("LUGAS_DATABASE_URL", ""))
    parser.add_argument("--number", required=True)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--events", type=int, default=5)
    given = parser.parse_args()
    measured = asyncio.run(
        of_case(
            given.database,
            given.address,
            given.number,
            subscribers=given.subscribers,
            events=given.events,
        )
    )
    print(orjson.dumps(measured).decode())


if __name__ == "__main__":
    main()
