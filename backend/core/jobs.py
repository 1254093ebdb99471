"""Work for later, enqueued inside the caller's transaction: it runs only if the transaction commits."""

from datetime import timedelta

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection


async def enqueue(entrypoint: str, payload: dict[str, object], *, after: timedelta | None = None) -> None:
    """Put one job in the queue, over the connection that the running transaction holds.

    Raises RuntimeError outside a transaction, where job and data could part ways.
    """
    client = get_connection("default")
    if not isinstance(client, TransactionalDBClient):
        raise RuntimeError("enqueue needs an open transaction")  # noqa: TRY004 - not a wrong type, a wrong moment
    # Tortoise offers no public way to its asyncpg connection; this is the one place that reaches for it.
    queries = Queries(AsyncpgDriver(client._connection))
    await queries.enqueue(entrypoint, orjson.dumps(payload), execute_after=after)
