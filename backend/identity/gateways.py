"""How a one-time code reaches a phone: the console in development, an HTTP gateway in production."""

import asyncio
from typing import Protocol

import aiohttp
import structlog

log = structlog.get_logger()


class GatewayDown(Exception):
    """The code could not be handed over after bounded tries."""


class CodeGateway(Protocol):
    """Sends one message to one phone (+62...)."""

    async def send(self, phone: str, text: str) -> None: ...


class ConsoleGateway:
    """Prints the message where the developer sees it; keeps the newest ones for /dev/codes."""

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}

    async def send(self, phone: str, text: str) -> None:
        self.sent[phone] = text
        while len(self.sent) > 500:
            self.sent.pop(next(iter(self.sent)))
        log.info("one-time code (development)", to=phone, text=text, _plain=True)


class HttpGateway:
    """POSTs {"to", "text"} as JSON with a bearer token: the common shape of WhatsApp and SMS providers."""

    def __init__(self, url: str, token: str | None, *, timeout: float = 10.0, tries: int = 2) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._tries = tries

    async def send(self, phone: str, text: str) -> None:
        """Raises GatewayDown when no try was answered with 2xx."""
        reason = ""
        for attempt in range(self._tries):
            try:
                async with (
                    aiohttp.ClientSession(timeout=self._timeout, headers=self._headers) as session,
                    session.post(
                        self._url, json={"to": phone, "text": text}, allow_redirects=False
                    ) as answer,
                ):
                    if 200 <= answer.status < 300:
                        return
                    reason = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError) as error:
                reason = type(error).__name__
            await asyncio.sleep(0.2 * (attempt + 1))
        raise GatewayDown(reason)
