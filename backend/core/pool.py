"""Tortoise's PostgreSQL engine: a pool with a bound on how long a request waits, and connections kept at hand.

Without the bound an exhausted pool is waited for without end, and every request behind it too. `backend.database`
names this module as the engine; Tortoise takes `client_class` from it.
"""

from time import monotonic
from typing import Any

from asyncpg.connection import Connection
from asyncpg.pool import Pool
from asyncpg.protocol import Record
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from backend.core.problems import Busy

WAIT_SECONDS = 2.0
# What lay idle longer goes through asyncpg's own care: it may be dead at the other end.
IDLE_SECONDS = 60.0
# asyncpg's own defaults, which its create_pool would fill in.
_DEFAULTS: dict[str, Any] = {
    "min_size": 1,
    "max_size": 10,
    "max_queries": 50_000,
    "max_inactive_connection_lifetime": 300.0,
    "connect": None,
    "setup": None,
    "init": None,
    "reset": None,
    "loop": None,
    "connection_class": Connection,
    "record_class": Record,
}


class BoundedPool(Pool):
    """Gives a connection within two seconds, or raises Busy.

    asyncpg gives a connection back through a task of its own, with resets and clocks: as dear as a small query. What
    comes back in good order stays at hand instead and is handed out again as it is, as long as nobody waits.
    """

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self._at_hand: list[tuple[float, Any]] = []
        self._waiting = 0

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - asyncpg's signature
        while self._at_hand:
            since, connection = self._at_hand.pop()
            if _is_good(connection) and monotonic() - since < IDLE_SECONDS:
                return connection
            await super().release(connection)
        # A free connection needs no clock; only waiting for one is timed.
        if not self._queue.empty():  # type: ignore[attr-defined]
            return await super()._acquire(timeout)  # type: ignore[misc]
        self._waiting += 1
        try:
            return await super()._acquire(timeout or WAIT_SECONDS)  # type: ignore[misc]
        except TimeoutError:
            raise Busy from None
        finally:
            self._waiting -= 1

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Keep the connection at hand; give it back to asyncpg when somebody waits or something is wrong with it."""
        if self._waiting or self.is_closing() or not _is_good(connection):
            await super().release(connection, timeout=timeout)
        else:
            self._at_hand.append((monotonic(), connection))

    async def close(self) -> None:
        """Give everything back and close the pool."""
        while self._at_hand:
            await super().release(self._at_hand.pop()[1])
        await super().close()


def _is_good(connection: Any) -> bool:
    """True for a connection that the next one may use at once: open, outside a transaction, nothing under way."""
    inner: Any = connection._con
    if inner is None or inner.is_closed() or inner.is_in_transaction():
        return False
    protocol = inner._protocol
    return not protocol._is_cancelling() and protocol.queries_count < _DEFAULTS["max_queries"]


class Client(AsyncpgDBClient):
    """Tortoise's client over such a pool."""

    async def create_pool(self, **kwargs: Any) -> Pool:
        """Open the pool with its first connection."""
        return await BoundedPool(None, **(_DEFAULTS | kwargs))


client_class = Client
