"""Live updates as tests use them: real server processes, and sockets that speak graphql-transport-ws."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import httpx
import orjson

from backend.identity.sessions import COOKIE
from backend.settings import Settings
from tests.city import Visitor

ROOT = Path(__file__).parent.parent
PROTOCOL = "graphql-transport-ws"
SECONDS = 40
CASE_CHANGED = "subscription C($n: String!) { caseChanged(number: $n) { number version kind at state { name title kind } } }"
INBOX_CHANGED = "subscription { inboxChanged { number version kind opdCode } }"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


class Server:
    """`python -m backend serve` over this test's database and files."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.address = f"http://localhost:{port}"

    def headers(self, visitor: Visitor | None) -> dict[str, str]:
        """What a browser that is signed in sends from the app's own page."""
        if visitor is None or visitor.token is None:
            return {}
        return {"Cookie": f"{COOKIE}={visitor.token}", "Origin": self.address}

    @asynccontextmanager
    async def connect(
        self, visitor: Visitor | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator["Line"]:
        """A socket to it, before connection_init."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"{self.address}/graphql",
                protocols=(PROTOCOL,),
                headers=self.headers(visitor) | dict(headers or {}),
                autoping=True,
                max_msg_size=0,
            ) as wire,
        ):
            yield Line(wire)

    async def ask(self, document: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """POST one request without a session."""
        async with httpx.AsyncClient(base_url=self.address, timeout=20) as client:
            return await client.post("/graphql", json={"query": document}, headers=headers)


class Line:
    """A socket with the words of the protocol."""

    def __init__(self, wire: "aiohttp.ClientWebSocketResponse[Any]") -> None:
        self.wire = wire

    async def say(self, message: object) -> None:
        await self.wire.send_str(orjson.dumps(message).decode())

    async def hear(self) -> dict[str, Any]:
        """The next message; AssertionError when the socket was closed."""
        async with asyncio.timeout(SECONDS):
            message = await self.wire.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, (message, self.wire.close_code)
        return cast(dict[str, Any], orjson.loads(message.data))

    async def closed(self) -> int:
        """The code with which the server closes; what came before is left out."""
        async with asyncio.timeout(SECONDS):
            while not self.wire.closed:
                await self.wire.receive()
        return int(self.wire.close_code or 0)

    async def greet(self, **payload: object) -> "Line":
        await self.say({"type": "connection_init", "payload": payload})
        assert await self.hear() == {"type": "connection_ack"}
        return self

    async def follow(self, document: str, id: str = "1", **variables: object) -> None:
        """Subscribe, and know that it is in force: messages are answered in their order."""
        payload = {"query": document, "variables": variables}
        await self.say({"type": "subscribe", "id": id, "payload": payload})
        await self.say({"type": "ping"})
        assert await self.hear() == {"type": "pong"}

    async def next(self, id: str = "1") -> dict[str, Any]:
        """The data of the next event of an operation."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", id), message
        found: dict[str, Any] = message["payload"]["data"]
        return found


@asynccontextmanager
async def served(settings: Settings, **over: str) -> AsyncIterator[Server]:
    """A server process, until the end of the block."""
    port = free_port()
    environment = os.environ | {
        "LUGAS_HOME": str(settings.home),
        "LUGAS_DATABASE_URL": settings.database_url or "",
        "LUGAS_PORT": str(port),
        "LUGAS_LOG_LEVEL": "INFO",
        **over,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "serve",
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    server = Server(process, port)
    try:
        await _ready(server)
        yield server
    finally:
        # The server has a child that does the work: the whole group goes.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _ready(server: Server) -> None:
    async with asyncio.timeout(SECONDS), httpx.AsyncClient(base_url=server.address) as client:
        while True:
            try:
                if (await client.get("/health/ready")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            assert server.process.returncode is None, await server.process.communicate()
            await asyncio.sleep(0.1)
