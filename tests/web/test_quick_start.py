"""docs/api.md is true: its quick start runs as it stands against a real server, and its tables are the code's."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from backend.partners.models import ApiClient, ClientKey
from backend.parts import Parts
from backend.settings import Limits, Rates, Settings
from tests.city import City
from tests.committed import committed_city

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- (run|prints): (\S+) -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
SECONDS = 60


@dataclass
class Reader:
    """Someone who follows the page in an empty folder."""

    folder: Path
    environment: dict[str, str]

    async def run(self, *command: str) -> str:
        """What a command prints; it must succeed."""
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=self.environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, wrong = await asyncio.wait_for(process.communicate(), SECONDS)
        assert process.returncode == 0, wrong.decode()
        return said.decode()


@pytest.fixture
async def reader(
    seeded: str, app: Starlette, parts: Parts, home: Path, settings: Settings, tmp_path: Path
) -> AsyncIterator[Reader]:
    """A server process of its own over the tests' database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LUGAS_HOME": str(settings.home),
        "LUGAS_DATABASE_URL": settings.database_url or "",
        "LUGAS_PORT": str(port),
        "LUGAS_PUBLIC_URL": address,
        "LUGAS_URL": address,
        "LUGAS_LOG_LEVEL": "ERROR",
    }
    async with committed_city(app, parts, home):
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend", "serve", cwd=ROOT, env=environment
        )
        try:
            await answers(f"{address}/health/ready")
            yield Reader(tmp_path, environment)
        finally:
            server.terminate()
            await server.wait()
            await ApiClient.all().delete()
            await ClientKey.all().delete()


async def answers(url: str) -> None:
    """Ask until the server is ready; the bound only keeps a broken test from hanging."""
    async with asyncio.timeout(SECONDS), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_the_quick_start_runs_as_it_stands(reader: Reader) -> None:
    printed: dict[str, str] = {}
    for kind, name, text in BLOCKS:
        if kind == "prints":
            assert printed[name] == text
            continue
        (reader.folder / name).write_text(text, encoding="utf-8")
        printed[name] = await reader.run("sh" if name.endswith(".sh") else "python", name)
    assert list(printed) == ["make_key.py", "register.sh", "lugas.py", "first.py"]


def codes_in(*folders: str) -> set[str]:
    """The codes that the doors of the API can say."""
    found: set[str] = set()
    for folder in folders:
        for path in (ROOT / folder).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'Refused\(\s*\d{3}, "([A-Z_]+)"', text))
            found |= set(re.findall(r'"code": "([A-Z_]+)"', text))
    return found


def test_every_code_stands_in_the_table() -> None:
    found = codes_in("schema")
    assert len(found) > 15
    assert {code for code in found if f"`{code}`" not in PAGE} == set()


def test_the_limits_on_the_page_are_the_defaults() -> None:
    table = PAGE.partition("## Limits of one request")[2].partition("**Cost**")[0].replace(",", "")
    numbers = set(re.findall(r"\b\d+\b", table))
    said = {str(getattr(Limits(), f.name)) for f in fields(Limits) if f.name != "seconds"}
    assert said <= numbers


def test_the_rates_on_the_page_are_the_defaults() -> None:
    table = PAGE.partition("## Rate limits")[2].replace(",", "")
    found = [(int(a), float(b)) for a, b in re.findall(r"\| (\d+) \| (\d+) \|", table)]
    rates = Rates()
    assert found == [
        (b.burst, b.per_second) for b in (rates.anonymous, rates.person, rates.device, rates.client)
    ]


async def test_the_page_names_every_scope_an_app_may_have(city: City) -> None:
    said = (await city.client.get("/.well-known/oauth-authorization-server")).json()
    scopes = PAGE.partition("**Scopes**")[2].partition("**Tokens**")[0]
    assert [s for s in said["scopes_supported"] if f"`{s}`" not in scopes] == []
