"""Copies many rows into a table over the connection of the running transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient


async def copy_rows(
    tx: TransactionalDBClient, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Append rows by PostgreSQL's COPY: twenty times the speed of INSERT. Part of the transaction `tx`."""
    # As in jobs: Tortoise offers no public way to its asyncpg connection.
    await tx._connection.copy_records_to_table(table, records=rows, columns=list(columns))
