"""The door of live updates: graphql-transport-ws over WebSocket at /graphql, bounded in every direction.

Close codes: 4400 malformed message, 4401 not acknowledged, 4403 the session is over, 4406 wrong subprotocol,
4408 too slow (no connection_init, or no pong), 4409 id in use, 4429 a second connection_init, and of RFC 6455
1001 the server stops, 1008 too many messages, 1011 a fault of ours, 1012 connect again and ask anew,
1013 too many sockets or a reader too slow.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from backend.core.actors import NOBODY, Actor
from backend.core.problems import Busy
from backend.core.rates import network_of
from backend.core.texts import Locale
from backend.parts import Parts
from backend.settings import Sockets
from schema.build import Schema
from schema.callers import caller_of
from schema.context import Context
from schema.following import Following, Refusal
from schema.guard import Limits
from schema.hub import FAULT, Hub, Subscriber
from schema.requests import MOST_BYTES, Refused, address_of, session_cookie

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 3.0
PING_SECONDS = 25.0
GOODBYE_SECONDS = 3.0
LET_GO_SECONDS = 0.2
OPERATIONS_MOST = 5
ID_MOST = 100
WAITING_MOST = 64  # messages that wait for a slow reader
MESSAGES_A_MINUTE = 120

MALFORMED, UNACKNOWLEDGED, WRONG_PROTOCOL = 4400, 4401, 4406
TOO_SLOW, ID_IN_USE, SECOND_INIT = 4408, 4409, 4429
GOING_AWAY, TOO_MANY_MESSAGES, TRY_LATER = 1001, 1008, 1013

log = structlog.get_logger()


class Closed(Exception):
    """The socket must be closed, with this code and these words."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Live:
    """Takes sockets in, within the bounds of the settings, and hands their operations to the hub."""

    def __init__(
        self,
        schema: Schema,
        parts: Callable[[], Parts],
        origins: frozenset[str],
        known: Mapping[str, str],
        limits: Limits,
    ) -> None:
        self._parts = parts
        self._origins = origins
        self._following = Following(schema, known, limits)
        self._hub: Hub | None = None
        self._sockets: set[Socket] = set()
        self._counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One socket from its upgrade to its end."""
        websocket = WebSocket(scope, receive, send)
        if session_cookie(websocket) and websocket.headers.get("origin") not in self._origins:
            await websocket.close()  # before it is accepted: HTTP 403, there is no upgrade
            return
        parts = self._parts()
        try:
            actor = await caller_of(websocket, parts)
        except (Refused, Busy):
            await websocket.close()
            return
        if PROTOCOL not in scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(WRONG_PROTOCOL, f"speak {PROTOCOL}")
            return
        await websocket.accept(subprotocol=PROTOCOL)
        address = address_of(websocket, trust_proxy=parts.settings.trust_proxy)
        owner = f"network:{network_of(address)}" if actor.scope == NOBODY.scope else actor.scope
        if self._is_full(owner, parts.settings.sockets, signed_in=actor.is_signed_in):
            await websocket.close(TRY_LATER, "too many sockets")
            return
        await self._serve(Socket(websocket, Context(actor=actor, parts=parts, address=address)), owner)

    def _is_full(self, owner: str, most: Sockets, *, signed_in: bool) -> bool:
        own = most.person if signed_in else most.network
        return len(self._sockets) >= most.process or self._counts[owner] >= own

    async def _serve(self, socket: "Socket", owner: str) -> None:
        if self._hub is None:
            self._hub = Hub(self._parts().feed)
        hub = self._hub
        self._counts[owner] += 1
        self._sockets.add(socket)
        hub.enter(socket)
        try:
            await Conversation(socket, self._following, hub).run()
        finally:
            self._sockets.discard(socket)
            self._counts[owner] -= 1
            self._counts += Counter()  # drops the zeros
            hub.leave(socket)
            if not self._sockets and self._hub is hub:
                self._hub = None
                await hub.close()

    async def close(self) -> None:
        """The server stops: every socket is told to come again elsewhere."""
        for socket in tuple(self._sockets):
            socket.close(GOING_AWAY, "the server stops")
        if self._hub is not None:
            await self._hub.close()
            self._hub = None


class Socket:
    """One accepted socket; what is sent waits in a bounded queue, and a reader too slow for it is closed."""

    def __init__(self, websocket: WebSocket, context: Context) -> None:
        self._websocket = websocket
        self.context = context
        self.over: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._waiting: deque[str] = deque()
        self._writing: asyncio.Task[None] | None = None

    @property
    def actor(self) -> Actor:
        return self.context.actor

    def send(self, text: str) -> None:
        """Queue one message; never waits."""
        if self.over.done():
            return
        if len(self._waiting) >= WAITING_MOST:
            self.close(TRY_LATER, "too slow")
            return
        self._waiting.append(text)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def close(self, code: int, reason: str) -> None:
        """End it; whoever serves it (Conversation.run) says goodbye."""
        if not self.over.done():
            self.over.set_result(Closed(code, reason))

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._websocket.send({"type": "websocket.send", "text": self._waiting.popleft()})
        except (WebSocketDisconnect, RuntimeError, OSError):
            self.close(GOING_AWAY, "the reader is gone")
        finally:
            self._writing = None

    async def read(self) -> dict[str, Any]:
        """The next message; Closed when it is none of the protocol's, WebSocketDisconnect at the end."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        text = message.get("text")
        if not isinstance(text, str) or len(text) > MOST_BYTES or len(text.encode()) > MOST_BYTES:
            raise Closed(MALFORMED, f"text of at most {MOST_BYTES} bytes")
        try:
            found = orjson.loads(text)
        except ValueError:
            raise Closed(MALFORMED, "not JSON") from None
        if not isinstance(found, dict):
            raise Closed(MALFORMED, "not an object")
        return found

    async def say_goodbye(self, closed: Closed) -> None:
        """Close with the code; who does not take it within a few seconds is dropped."""
        if self._writing is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._writing), GOODBYE_SECONDS)
        if self._writing is not None:
            self._writing.cancel()
        with suppress(RuntimeError, OSError, TimeoutError):
            if self._websocket.client_state is WebSocketState.CONNECTED:
                await asyncio.wait_for(
                    self._websocket.close(closed.code, closed.reason[:100]), GOODBYE_SECONDS
                )


class Conversation:
    """One socket's messages in their order: a message is answered before the next is read."""

    def __init__(self, socket: Socket, following: Following, hub: Hub) -> None:
        self._socket = socket
        self._following = following
        self._hub = hub
        self._acknowledged = False
        self._operations: dict[str, Subscriber] = {}
        self._started = self._heard = time.monotonic()
        self._messages: deque[float] = deque(maxlen=MESSAGES_A_MINUTE)
        self._handlers: Mapping[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "connection_init": self._init,
            "ping": self._ping,
            "pong": self._pong,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }

    async def run(self) -> None:
        """Until either side ends it."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch_time())]
        ends: list[asyncio.Future[Any]] = [*tasks, self._socket.over]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for subscriber in self._operations.values():
                self._hub.remove(subscriber)
            if self._socket.over.done():
                # The web server lets go of a cancelled read a moment later; a close before that is cut off.
                await asyncio.sleep(LET_GO_SECONDS)
                await self._socket.say_goodbye(self._socket.over.result())

    async def _listen(self) -> None:
        try:
            while True:
                message = await self._socket.read()
                self._heard = time.monotonic()
                self._count()
                handler = self._handlers.get(message.get("type", ""))
                if handler is None or not isinstance(message.get("payload", {}), dict | None):
                    raise Closed(MALFORMED, "no such message")  # noqa: TRY301
                await handler(message)
        except Closed as closed:
            self._socket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            return
        except Exception:
            log.exception("a live socket failed")
            self._socket.close(FAULT, "a fault of ours")

    def _count(self) -> None:
        """At most 120 messages a minute."""
        if len(self._messages) == MESSAGES_A_MINUTE and self._heard - self._messages[0] < 60:
            raise Closed(TOO_MANY_MESSAGES, "too many messages")
        self._messages.append(self._heard)

    async def _watch_time(self) -> None:
        """connection_init within 3 s; then a ping every 25 s, and a sign of life before the next."""
        await asyncio.sleep(INIT_SECONDS)
        if not self._acknowledged:
            self._socket.close(TOO_SLOW, "connection_init did not come")
            return
        while True:
            await asyncio.sleep(PING_SECONDS)
            if time.monotonic() - self._heard > 2 * PING_SECONDS:
                self._socket.close(TOO_SLOW, "no pong")
                return
            self._socket.send('{"type":"ping"}')

    async def _init(self, message: dict[str, Any]) -> None:
        """The payload may hold {"locale": "id" or "en"}: a browser cannot set headers on a socket."""
        if self._acknowledged:
            raise Closed(SECOND_INIT, "too many initialisation requests")
        self._acknowledged = True
        wanted = (message.get("payload") or {}).get("locale")
        if wanted in ("id", "en"):
            context = self._socket.context
            context.actor = replace(context.actor, locale=Locale(wanted))
        self._socket.send('{"type":"connection_ack"}')

    async def _ping(self, _message: dict[str, Any]) -> None:
        self._socket.send('{"type":"pong"}')

    async def _pong(self, _message: dict[str, Any]) -> None:
        """Hearing it was enough."""

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise Closed(UNACKNOWLEDGED, "unauthorized")
        id, payload = message.get("id"), message.get("payload")
        if not isinstance(id, str) or not 0 < len(id) <= ID_MOST or not isinstance(payload, dict):
            raise Closed(MALFORMED, "subscribe needs an id and a payload")
        if id in self._operations:
            raise Closed(ID_IN_USE, f"subscriber for {id[:40]} already exists")
        try:
            if len(self._operations) >= OPERATIONS_MOST:
                raise Refusal.of("TOO_MANY_OPERATIONS", f"At most {OPERATIONS_MOST} operations a socket.")
            wish = await self._following.open(payload, self._socket.context)
        except Refusal as refusal:
            if refusal.malformed:
                raise Closed(MALFORMED, refusal.words) from None
            self._socket.send(orjson.dumps({"id": id, "type": "error", "payload": refusal.errors}).decode())
            return
        self._operations[id] = self._hub.add(id, self._socket, wish.watch, wish.audience, wish.build)

    async def _complete(self, message: dict[str, Any]) -> None:
        if not isinstance(message.get("id"), str):
            raise Closed(MALFORMED, "complete needs an id")
        known = self._operations.pop(message["id"], None)
        if known is not None:
            self._hub.remove(known)
