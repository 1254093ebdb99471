"""What tests stand on: a real PostgreSQL built by the migrations, the seeded city, and each test rolled back."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import hypothesis
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from tortoise.connection import get_connection
from tortoise.migrations.api import migrate
from tortoise.transactions import in_transaction

from backend import database, embedded
from backend.app import create_app
from backend.core.secrets import Keyring
from backend.parts import Parts, open_parts
from backend.seeds import plant
from backend.services import queries as services
from backend.settings import Settings
from backend.signing.keystore import DevelopmentKeyStore
from tests.city import City

# A busy machine is no fault of the code: no test asserts its own time.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto` is two processes, each with a home and a database of its own; a database given by name is one."""
    return 1 if os.environ.get("LUGAS_TEST_DATABASE_URL") else 2


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own for keys, files and the database."""
    return tmp_path_factory.mktemp("lugas")


@pytest.fixture(scope="session")
def database_url(home: Path) -> Iterator[str]:
    """An empty database of this test run, on the embedded server (or LUGAS_TEST_DATABASE_URL)."""
    given = os.environ.get("LUGAS_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with embedded.scratch(home / "postgres") as cluster:
        yield cluster.dsn


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded(database_url: str, home: Path) -> AsyncIterator[str]:
    """The database with every migration, the city, and the demonstration's people."""
    await migrate(config=database.configuration(database_url, long=True))
    await database.disconnect()
    await database.connect(database_url, pool=6)
    await plant.plant_city()
    await plant.plant_people(Keyring.load_or_make(home / "secrets" / "root.key"))
    yield database_url
    await database.disconnect()


@pytest.fixture(scope="session")
def settings(home: Path, database_url: str) -> Settings:
    base = Settings.from_env({"LUGAS_HOME": str(home), "LUGAS_PORT": "8000"})
    # Without leases every request is written down, so that no test leaves something to the next.
    exact = replace(base.rates, leases=0)
    # A busy machine is no reason to give a request up; the tests of the deadline set their own.
    patient = replace(base.limits, seconds=30)
    return replace(
        base,
        database_url=database_url,
        show_codes=True,
        pwa_folder=home / "pwa",
        rates=exact,
        limits=patient,
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    async with open_parts(settings) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def db(seeded: str) -> AsyncIterator[None]:
    """One test in one transaction that is rolled back; what the act commits is a savepoint inside."""
    services.forget()
    with suppress(_RollBack):
        async with in_transaction() as tx:
            # A test may draw or wait for long between two statements; on a busy machine for very long.
            await tx.execute_query("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
            raise _RollBack
    services.forget()


class _RollBack(Exception):
    pass


@pytest.fixture(scope="session")
def app(settings: Settings, parts: Parts) -> Starlette:
    return create_app(settings, parts)


@pytest_asyncio.fixture(loop_scope="session")
async def city(db: None, parts: Parts, app: Starlette, home: Path) -> AsyncIterator[City]:
    """The whole house around one rolled-back transaction: API over ASGI, worker jobs on demand."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    # Buckets are rolled back with each test; so must be what was heard of them.
    parts.meter._full.clear()
    parts.meter._debts.clear()
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield City(client, parts, DevelopmentKeyStore(home / "signing"))


@pytest_asyncio.fixture(loop_scope="session")
async def apart(seeded: str) -> AsyncIterator[asyncpg.Connection]:
    """A second connection that sees only what is committed."""
    wanted = get_connection("default")
    credentials = database.configuration(seeded)["connections"]["default"]["credentials"]
    assert wanted
    connection = await asyncpg.connect(
        **{k: credentials[k] for k in ("host", "port", "user", "password", "database")}
    )
    yield connection
    await connection.close()
