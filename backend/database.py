"""The database: which tables there are, how to connect, and the only way to open a transaction."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.transactions import in_transaction

from backend import embedded
from backend.settings import SettingError, Settings

MODELS = [
    "backend.core.models",
    "backend.identity.models",
    "backend.services.models",
    "backend.budget.models",
    "backend.delegation.models",
    "backend.signing.models",
    "backend.applications.models",
    "backend.travel.models",
    "backend.participation.models",
    "backend.notifications.models",
    "backend.partners.models",
    "backend.progress.models",
]

# Bounds of every statement, in milliseconds: a stuck writer may not hold the others up.
_SERVER_SETTINGS = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "jit": "off",
    "timezone": "UTC",
    "application_name": "lugas",
}
_NO_LIMITS = {"statement_timeout": "0", "lock_timeout": "60000", "idle_in_transaction_session_timeout": "0"}


class _Connection(asyncpg.Connection):
    """A pooled connection that is given back as it is: one round trip less for each use.

    Nothing here may leave anything behind in a session: no SET but SET LOCAL, no LISTEN, no session locks,
    no cursors WITH HOLD. What needs them has a connection of its own (`apart`).
    """

    def get_reset_query(self) -> str:
        return ""


def url_of(settings: Settings) -> str:
    """The database's address: the one that is set, or that of the embedded server that `make run` has running."""
    url = settings.database_url or embedded.running(settings.home)
    if url is None:
        raise SettingError("LUGAS_DATABASE_URL is not set; `make run` starts a database of its own")
    return url


def configuration(url: str, *, pool: int = 8, long: bool = False) -> dict[str, Any]:
    """Tortoise's configuration for `asyncpg://user:password@host:port/name?host=/socket/dir`.

    `long` lifts the time limits of statements, for migrations.
    """
    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    host = query.get("host") or parts.hostname or "localhost"
    return {
        "connections": {
            "default": {
                "engine": "backend.core.pool",
                "credentials": {
                    "host": host,
                    "port": int(query.get("port") or parts.port or 5432),
                    "user": unquote(parts.username or "postgres"),
                    "password": unquote(parts.password) if parts.password else None,
                    "database": parts.path.lstrip("/") or "lugas",
                    "connection_class": _Connection,
                    "statement_cache_size": 400,
                    "minsize": 1,
                    "maxsize": pool,
                    "command_timeout": None if long else 8,
                    "server_settings": _SERVER_SETTINGS | (_NO_LIMITS if long else {}),
                },
            }
        },
        "apps": {
            "models": {"models": MODELS, "default_connection": "default", "migrations": "backend.migrations"}
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def apart(url: str) -> dict[str, Any]:
    """How to reach the database with a connection outside the pool, for asyncpg.connect."""
    credentials = configuration(url)["connections"]["default"]["credentials"]
    return {name: credentials[name] for name in ("host", "port", "user", "password", "database")}


async def connect(url: str, *, pool: int = 8, long: bool = False) -> None:
    await Tortoise.init(config=configuration(url, pool=pool, long=long), _enable_global_fallback=True)


async def disconnect() -> None:
    await Tortoise.close_connections()


@contextmanager
def unhurried(tx: TransactionalDBClient) -> Iterator[None]:
    """Lift the client's own bound of eight seconds a command: a million lines are indexed in one.

    The server's bounds are lifted by the transaction itself, with SET LOCAL.
    """
    # Neither Tortoise nor asyncpg offers a way to change it on an open connection.
    connection: Any = getattr(tx._connection, "_con", tx._connection)
    before = connection._config
    connection._config = before._replace(command_timeout=None)
    try:
        yield
    finally:
        connection._config = before


def transaction() -> AbstractAsyncContextManager[TransactionalDBClient]:
    """One act, one transaction; inside another it is a savepoint."""
    return in_transaction()
