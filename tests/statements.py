"""Counting the statements that a request sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from tortoise.connection import get_connection


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement on the test's connection inside the block; savepoints are left out."""
    said: list[str] = []

    def hear(record: asyncpg.connection.LoggedQuery) -> None:
        if not record.query.startswith(("SAVEPOINT", "RELEASE")):
            said.append(record.query)

    connection: Any = get_connection("default")
    with connection._connection.query_logger(hear):
        yield said
