"""A socket into the application itself, without a network: the ASGI messages in both directions."""

import asyncio
from types import TracebackType
from typing import Any, cast

import httpx
import orjson

from backend.identity.sessions import COOKIE
from tests.city import ORIGIN, City, Visitor
from tests.live import PROTOCOL, SECONDS


class Wire:
    """What a browser's WebSocket would be; `stall` is one that no longer takes anything in."""

    def __init__(self, city: City, visitor: Visitor | None = None, *, bearer: str = "") -> None:
        transport = city.client._transport
        assert isinstance(transport, httpx.ASGITransport)
        self._app = transport.app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._taking = asyncio.Event()
        self._taking.set()
        headers = []
        if visitor is not None and visitor.token is not None:
            headers = [(b"cookie", f"{COOKIE}={visitor.token}".encode()), (b"origin", ORIGIN.encode())]
        if bearer:
            headers = [(b"authorization", f"Bearer {bearer}".encode())]
        self._scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
            "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 8000),
            "subprotocols": [PROTOCOL],
        }  # fmt: skip
        self._task: asyncio.Task[None] | None = None
        self.accepted: dict[str, Any] = {}

    async def __aenter__(self) -> "Wire":
        await self._to_app.put({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run())
        self.accepted = await self._next()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._taking.set()
        await self._to_app.put({"type": "websocket.disconnect", "code": 1001})
        async with asyncio.timeout(SECONDS):
            await self._task

    async def _run(self) -> None:
        async def send(message: Any) -> None:
            await self._taking.wait()
            self._from_app.put_nowait(dict(message))

        await self._app(self._scope, self._to_app.get, send)

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            return await self._from_app.get()

    def stall(self) -> None:
        self._taking.clear()

    def go_on(self) -> None:
        self._taking.set()

    @property
    def silent(self) -> bool:
        return self._from_app.empty()

    async def say(self, message: object) -> None:
        await self._to_app.put({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def hear_text(self) -> str:
        message = await self._next()
        assert message["type"] == "websocket.send", message
        return str(message["text"])

    async def hear(self) -> dict[str, Any]:
        return cast(dict[str, Any], orjson.loads(await self.hear_text()))

    async def greet(self, **payload: object) -> None:
        await self.say({"type": "connection_init", "payload": payload})
        assert await self.hear() == {"type": "connection_ack"}

    async def follow(self, document: str, id: str = "1", **variables: object) -> None:
        """Subscribe, and know that it is in force."""
        await self.say(
            {"type": "subscribe", "id": id, "payload": {"query": document, "variables": variables}}
        )
        await self.say({"type": "ping"})
        assert await self.hear() == {"type": "pong"}

    async def closed(self) -> int:
        """The code with which the application closes; what came before is left out."""
        while True:
            message = await self._next()
            if message["type"] == "websocket.close":
                return int(message["code"])
