"""Tortoise's PostgreSQL engine with a bound on how long a request waits for one of the pool's connections.

Without it an exhausted pool is waited for without end, and every request behind it too. `backend.database` names
this module as the engine; Tortoise takes `client_class` from it.
"""

from typing import Any

from asyncpg.connection import Connection
from asyncpg.pool import Pool
from asyncpg.protocol import Record
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from backend.core.problems import Busy

WAIT_SECONDS = 2.0
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
    """Gives a connection within two seconds, or raises Busy."""

    async def _acquire(self, timeout: float | None) -> Any:  # noqa: ASYNC109 - asyncpg's signature
        # A free connection needs no clock; only waiting for one is timed.
        if not self._queue.empty():  # type: ignore[attr-defined]
            return await super()._acquire(timeout)  # type: ignore[misc]
        try:
            return await super()._acquire(timeout or WAIT_SECONDS)  # type: ignore[misc]
        except TimeoutError:
            raise Busy from None


class Client(AsyncpgDBClient):
    """Tortoise's client over such a pool."""

    async def create_pool(self, **kwargs: Any) -> Pool:
        """Open the pool with its first connection."""
        return await BoundedPool(None, **(_DEFAULTS | kwargs))


client_class = Client
