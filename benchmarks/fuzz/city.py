"""A throw-away Lugas for the fuzz: database, server process, sessions, and the server's own log."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tortoise.migrations.api import migrate

from backend import database, embedded
from backend.core import clock
from backend.core.ids import uuid7
from backend.core.secrets import Keyring
from backend.identity.models import Person, Session
from backend.identity.sessions import COOKIE, session_token, token_hash
from backend.seeds import plant

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 15
# Rates are lifted, so that every request reaches the code behind them.
WIDE = {f"LUGAS_RATE_{who}": "2000000000:1000000000" for who in ("ANONYMOUS", "PERSON", "DEVICE", "CLIENT")}


@dataclass(frozen=True)
class Target:
    """A running server: its port, its process that answers, its log, and sessions of the demo's people."""

    port: int
    supervisor: int
    log: Path
    cookies: list[str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def worker(self) -> int:
        """granian's worker, or the one process there is."""
        children = Path(f"/proc/{self.supervisor}/task/{self.supervisor}/children").read_text().split()
        return int(children[-1]) if children else self.supervisor

    @property
    def tracebacks(self) -> int:
        return self.log.read_text(encoding="utf-8", errors="replace").count(
            "Traceback (most recent call last)"
        )


@contextmanager
def seeded_home() -> Iterator[tuple[Path, str, list[str]]]:
    """A migrated and seeded database of its own: home, address, cookies; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="lugas-fuzz-") as folder:
        home = Path(folder)
        with embedded.scratch(home) as cluster:
            yield home, cluster.dsn, asyncio.run(_seed(home, cluster.dsn))


async def _seed(home: Path, dsn: str) -> list[str]:
    await migrate(config=database.configuration(dsn, long=True))
    await database.disconnect()
    await database.connect(dsn, pool=4)
    try:
        keyring = Keyring.load_or_make(home / "secrets" / "root.key")
        await plant.plant_city()
        await plant.plant_people(keyring)
        return [await _session(person, keyring) for person in await Person.all().order_by("id").limit(12)]
    finally:
        await database.disconnect()


async def _session(person: Person, keyring: Keyring) -> str:
    row, now = uuid7(), clock.now()
    token = session_token(keyring, row)
    await Session.create(
        id=row,
        person_id=person.id,
        token_hash=token_hash(token),
        label="fuzz",
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=1),
    )
    return f"{COOKIE}={token}"


@contextmanager
def serving(home: Path, dsn: str, cookies: list[str], **over: str) -> Iterator[Target]:
    """`python -m backend serve` on a port of 127.0.0.1; ended by its pid."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    log = home / f"server-{port}.log"
    env: Mapping[str, str] = {
        **os.environ,
        "LUGAS_HOME": str(home),
        "LUGAS_DATABASE_URL": dsn,
        "LUGAS_PORT": str(port),
        "LUGAS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LUGAS_LOG_LEVEL": "WARNING",
        **over,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "serve"], cwd=ROOT, env=env, stdout=out, stderr=out
        )
    try:
        _wait(process, port, log)
        yield Target(port, process.pid, log, cookies)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
