"""Fires shots at a server and counts what came back."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from benchmarks.fuzz.shots import SUBPROTOCOL, Shot

HANG_SECONDS = 15.0
SIDE_BY_SIDE = 12
FAULTS_MOST = 50


@dataclass
class Tally:
    """What happened: statuses, requests that hung or lost their connection, faults with their input."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    internal: int = 0
    hangs: int = 0
    dropped: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def http_500(self) -> int:
        return self.statuses[500]

    def fault(self, what: str, shot: Shot) -> None:
        if len(self.faults) < FAULTS_MOST:
            self.faults.append(f"{what} <- {shot.shown()}")


async def fire(origin: str, shots: Iterable[Shot], tally: Tally) -> None:
    """Fire all, a dozen at a time."""
    connector = aiohttp.TCPConnector(limit=SIDE_BY_SIDE)
    timeout = aiohttp.ClientTimeout(total=HANG_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as http:
        stream = iter(shots)
        await asyncio.gather(*(_worker(http, origin, stream, tally) for _ in range(SIDE_BY_SIDE)))


async def _worker(http: aiohttp.ClientSession, origin: str, stream: Iterator[Shot], tally: Tally) -> None:
    for shot in stream:
        tally.requests += 1
        if tally.requests % 10_000 == 0:
            print(f"{tally.requests} requests, {tally.http_500} of them HTTP 500", flush=True)
        try:
            await one(http, origin, shot, tally)
        except TimeoutError:
            tally.hangs += 1
            tally.fault("no answer", shot)
        except (aiohttp.ClientError, ConnectionError, ValueError):
            # Refused before it was a request: by the client's own rules, or by a closed connection.
            tally.dropped += 1


async def one(http: aiohttp.ClientSession, origin: str, shot: Shot, tally: Tally) -> None:
    """One request or conversation."""
    if shot.messages:
        await _talk(http, origin, shot, tally)
        return
    url = URL(origin + shot.path, encoded=True)
    async with http.request(
        shot.method, url, data=shot.body, headers=shot.headers, allow_redirects=False
    ) as answer:
        text = await answer.read()
    tally.statuses[answer.status] += 1
    if answer.status == 500:
        tally.fault("500", shot)
    if b'"INTERNAL"' in text or b"Traceback" in text:
        tally.internal += 1
        tally.fault(f"INTERNAL {text[:200]!r}", shot)


async def _talk(http: aiohttp.ClientSession, origin: str, shot: Shot, tally: Tally) -> None:
    """Say everything at once, then listen until the server closes or says nothing for a moment."""
    async with http.ws_connect(
        f"{origin}{shot.path}", protocols=(SUBPROTOCOL,), headers=shot.headers, heartbeat=None
    ) as socket:
        for message in shot.messages:
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_str(message)
        await _listen(socket, shot, tally)


async def _listen(socket: aiohttp.ClientWebSocketResponse, shot: Shot, tally: Tally) -> None:
    while True:
        try:
            said = await socket.receive(timeout=0.2)
        except TimeoutError:
            return
        if said.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            tally.statuses[socket.close_code or 0] += 1
            if socket.close_code == 1011:
                tally.fault("1011", shot)
            return
        if isinstance(said.data, str) and '"INTERNAL"' in said.data:
            tally.internal += 1
            tally.fault(f"INTERNAL {said.data[:200]}", shot)
