"""The one database of a comparison: started or given, filled once, and kept for the next run."""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
from tortoise.migrations.api import migrate

from backend import database, embedded
from backend.core.secrets import Keyring
from benchmarks.peers.fill import Filled, fill

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".lugas" / "bench"
SQL = Path(__file__).with_name("peers.sql")
GIVEN = "LUGAS_BENCH_DATABASE_URL"
# A city's server has more than a laptop's 64 MB.
MEMORY = "512MB"


@dataclass(frozen=True)
class Place:
    """Where the rows are. `dsn` is for Tortoise, `libpq` for everyone else; `home` holds the root key."""

    home: Path
    dsn: str
    libpq: str
    filled: Filled
    postmaster: int | None


@contextmanager
def place(scale: int) -> Iterator[Place]:
    """A filled database; the embedded server is stopped at the end, its rows stay for the next run."""
    home = KEPT / f"scale-{scale}"
    home.mkdir(parents=True, exist_ok=True)
    given = os.environ.get(GIVEN)
    if given:
        yield asyncio.run(_open(home, given, given.replace("asyncpg://", "postgresql://", 1), scale))
        return
    marker = home / "filled.json"
    if (home / "postgres.lock").exists() and not _is_current(marker, scale):
        embedded.discard(home)
    try:
        cluster = embedded.start(home)
        if asyncio.run(_give_memory(cluster.libpq)):
            embedded.stop(home)
            cluster = embedded.start(home)
        yield asyncio.run(_open(home, cluster.dsn, cluster.libpq, scale))
    finally:
        embedded.stop(home)


async def _give_memory(libpq: str) -> bool:
    """Set shared_buffers; True when the server must start again for it."""
    connection = await asyncpg.connect(libpq)
    try:
        if await connection.fetchval("SHOW shared_buffers") == MEMORY:
            return False
        await connection.execute(f"ALTER SYSTEM SET shared_buffers = '{MEMORY}'")
        return True
    finally:
        await connection.close()


async def _open(home: Path, dsn: str, libpq: str, scale: int) -> Place:
    marker = home / "filled.json"
    if not _is_current(marker, scale):
        print(f"filling the database, scale {scale} (once)", flush=True)
        await migrate(config=database.configuration(dsn, long=True))
        await database.disconnect()
        await database.connect(dsn, pool=4)
        try:
            filled = await fill(libpq, Keyring.load_or_make(home / "secrets" / "root.key"), scale)
        finally:
            await database.disconnect()
        # Officers' sessions are in here: the folder is ignored by git, the file is the owner's alone.
        marker.touch(mode=0o600)
        marker.write_text(json.dumps({"of": fingerprint(scale), **asdict(filled)}), encoding="utf-8")
    raw = json.loads(marker.read_text(encoding="utf-8"))
    filled = Filled(raw["numbers"], raw["opds"], raw["tokens"])
    await _prepare(libpq)
    return Place(home, dsn, libpq, filled, await _postmaster(libpq))


async def _prepare(libpq: str) -> None:
    """PostGraphile's views are made anew, rate limits of an earlier run forgotten, the tables read once."""
    connection = await asyncpg.connect(libpq)
    try:
        await connection.execute(SQL.read_text(encoding="utf-8"))
        await connection.execute("TRUNCATE rate_buckets")
        await connection.fetchval(
            "SELECT count(*) FROM applications a JOIN recorded_events e ON e.subject_id = a.id"
        )
    finally:
        await connection.close()


async def _postmaster(libpq: str) -> int | None:
    """The server's first process, None when it runs on another machine."""
    connection = await asyncpg.connect(libpq)
    try:
        return _parent_of_postgres(int(await connection.fetchval("SELECT pg_backend_pid()")))
    finally:
        await connection.close()


def _parent_of_postgres(backend: int) -> int | None:
    try:
        text = Path(f"/proc/{backend}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[1]) if "postgres" in text else None


def _is_current(marker: Path, scale: int) -> bool:
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["of"] == fingerprint(scale))
    except (OSError, ValueError, KeyError):
        return False


def fingerprint(scale: int) -> str:
    """Changes when the tables, the seeds or the filling change."""
    parts = [
        *sorted((ROOT / "backend" / "migrations").glob("*.py")),
        *sorted((ROOT / "backend" / "seeds" / "data").rglob("*.json")),
        ROOT / "benchmarks" / "peers" / "fill.py",
    ]
    digest = hashlib.sha256(str(scale).encode())
    for path in parts:
        digest.update(path.read_bytes())
    return digest.hexdigest()
