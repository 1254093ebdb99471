"""`lugas client`: an operator registers, lists, rotates and revokes apps from the command line."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from starlette.applications import Starlette

from backend.core.models import RecordedEvent
from backend.partners.models import ApiClient, ClientKey
from backend.parts import Parts
from backend.settings import Settings
from tests.apps import jwks, new_key
from tests.city import City
from tests.committed import committed_city

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city
    await ApiClient.all().delete()
    await ClientKey.all().delete()


async def client(settings: Settings, *arguments: str | Path) -> tuple[int, str]:
    """Run `python -m backend client ...`; its exit code and what it printed."""
    environment = os.environ | {
        "LUGAS_HOME": str(settings.home),
        "LUGAS_DATABASE_URL": settings.database_url or "",
        "LUGAS_LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend", "client", *map(str, arguments),
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode().strip()


async def test_an_app_is_registered_listed_rotated_and_revoked(
    open_city: City, settings: Settings, tmp_path: Path
) -> None:
    keys, fresh = tmp_path / "keys.json", tmp_path / "fresh.json"
    keys.write_bytes(jwks(("one", new_key())))
    fresh.write_bytes(jwks(("two", new_key())))
    who = ("--name", "Cek Layanan", "--contact", "dev@contoh.id", "--scope", "track", "--scope", "catalogue")

    code, said = await client(settings, "add", *who, "--jwks", keys)
    assert code == 0
    id = UUID(said)
    assert (await client(settings, "list"))[1].split("\t") == [
        *(str(id), "active", "Cek Layanan", "dev@contoh.id", "catalogue track", "one"),
    ]
    assert (await client(settings, "rotate", said, "--jwks", fresh))[0] == 0
    assert (await client(settings, "list"))[1].endswith("\ttwo")
    assert (await client(settings, "revoke", said))[0] == 0
    assert (await client(settings, "revoke", said))[0] == 0
    assert "\trevoked 2" in (await client(settings, "list"))[1]
    assert (await client(settings, "rotate", said, "--jwks", keys)) == (1, "lugas: Not found.")

    events = await RecordedEvent.filter(subject_id=id).order_by("seq")
    assert [e.kind for e in events] == ["client_registered", "client_keys_changed", "client_revoked"]


async def test_what_is_wrong_is_named_and_nothing_is_kept(
    open_city: City, settings: Settings, tmp_path: Path
) -> None:
    keys, none = tmp_path / "keys.json", tmp_path / "none.json"
    keys.write_bytes(jwks(("one", new_key())))
    who = ("--name", "Cek Layanan", "--contact", "dev@contoh.id")

    wrong_scope = await client(settings, "add", *who, "--scope", "person", "--jwks", keys)
    no_file = await client(settings, "add", *who, "--scope", "track", "--jwks", none)
    no_act = await client(settings)

    assert wrong_scope == (1, "lugas: scope: The scopes are budget, catalogue, statistics, track, verify.")
    assert no_file == (1, f"lugas: {none}: No such file or directory")
    assert no_act[0] == 2
    assert await ApiClient.all().count() == 0
