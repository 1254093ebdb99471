"""The embedded PostgreSQL keeps its rows, is adopted when orphaned, and finds a place where it may work."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from backend import embedded
from backend.embedded import host

PARENT = """
import sys, time
from pathlib import Path
from backend import embedded
embedded.start(Path(sys.argv[1]), durable=False)
print("started", flush=True)
time.sleep(600)
"""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder that any user may enter, which pytest's own tmp_path is not."""
    folder = Path(tempfile.mkdtemp(prefix="lg-"))
    folder.chmod(0o755)
    yield folder
    embedded.discard(folder)
    shutil.rmtree(folder)


async def _run(cluster: embedded.Cluster, sql: str) -> object:
    connection = await asyncpg.connect(cluster.libpq)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_second_start_finds_the_rows_of_the_first(home: Path) -> None:
    first = embedded.start(home, durable=False)
    await _run(first, "CREATE TABLE t (v text)")
    await _run(first, "INSERT INTO t VALUES ('masih ada')")
    embedded.stop(home)

    second = embedded.start(home, durable=False)

    assert (first.adopted, second.adopted) == (False, False)
    assert await _run(second, "SELECT v FROM t") == "masih ada"
    assert second.dsn.startswith("asyncpg://postgres@/lugas?host=")


async def test_the_server_speaks_utf8_and_listens_on_no_address(home: Path) -> None:
    cluster = embedded.start(home, durable=False)

    assert await _run(cluster, "SHOW server_encoding") == "UTF8"
    assert await _run(cluster, "SHOW listen_addresses") == ""
    assert await _run(cluster, "SHOW fsync") == "off"
    assert (cluster.data.parent / "socket").stat().st_mode & 0o777 == 0o700


def _start_and_kill_the_parent(home: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(home)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    with parent:
        assert parent.stdout is not None
        while b"started" not in (line := parent.stdout.readline()):
            assert line, "the parent ended before it started the server"
        parent.send_signal(signal.SIGKILL)


async def test_a_server_whose_parent_was_killed_is_adopted(home: Path) -> None:
    _start_and_kill_the_parent(home)

    cluster = embedded.start(home, durable=False)

    assert cluster.adopted
    assert await _run(cluster, "SELECT 1") == 1


async def test_a_killed_server_comes_back_with_what_was_committed(home: Path) -> None:
    cluster = embedded.start(home)
    await _run(cluster, "CREATE TABLE t AS SELECT 7 AS v")
    pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)

    again = embedded.start(home)

    assert not again.adopted
    assert await _run(again, "SELECT v FROM t") == 7


async def test_a_pid_file_that_names_another_program_is_cleared(home: Path) -> None:
    cluster = embedded.start(home, durable=False)
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    embedded.stop(home)
    stale = cluster.data / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    shutil.chown(stale, cluster.data.stat().st_uid)

    again = embedded.start(home, durable=False)

    assert not again.adopted
    assert await _run(again, "SELECT 1") == 1


async def test_a_server_without_crash_safety_is_never_adopted_by_a_durable_start(home: Path) -> None:
    embedded.start(home, durable=False)

    durable = embedded.start(home)

    assert not durable.adopted
    assert await _run(durable, "SHOW fsync") == "on"


def test_stopping_twice_or_what_never_started_is_fine(home: Path) -> None:
    embedded.stop(home / "never")
    cluster = embedded.start(home, durable=False)
    embedded.stop(home)
    embedded.stop(home)

    assert not (cluster.data / "postmaster.pid").exists()
    assert not (home / "never").exists()


async def test_a_home_too_deep_for_a_socket_uses_a_short_private_folder(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    with embedded.scratch(deep) as cluster:
        assert len(bytes(cluster.socket)) + len("/.s.PGSQL.5432") <= 103
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
        assert cluster.data == deep / "postgres" / "data"
        assert await _run(cluster, "SELECT 1") == 1
    assert not cluster.socket.exists()
    assert not cluster.data.exists()


async def test_a_home_with_blanks_and_quotes_works(home: Path) -> None:
    odd = home / "kota 'malang'"
    with embedded.scratch(odd) as cluster:
        assert await _run(cluster, "SELECT 1") == 1


@only_root
async def test_root_keeps_the_data_outside_a_home_that_the_server_cannot_enter(home: Path) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    clone = private / "clone"
    first = embedded.start(clone, durable=False)
    await _run(first, "CREATE TABLE t AS SELECT 7 AS v")
    embedded.stop(clone)

    second = embedded.start(clone, durable=False)

    assert private not in first.data.parents
    assert first.data.stat().st_uid != 0
    assert second.data == first.data
    assert await _run(second, "SELECT v FROM t") == 7
    embedded.discard(clone)
    assert not first.data.parent.exists()


@only_root
async def test_root_copies_programs_that_the_server_cannot_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = home / "venv"
    shutil.copytree(host.programs().parent, private / "pginstall", symlinks=True)
    private.chmod(0o700)
    monkeypatch.setattr(host, "programs", lambda: private / "pginstall" / "bin")
    with embedded.scratch(home / "city") as cluster:
        assert await _run(cluster, "SELECT 1") == 1
        assert (cluster.data.parent / f"server-{host.version()}" / "bin").is_dir()


@only_root
def test_data_that_the_server_can_no_longer_enter_is_never_thrown_away(home: Path) -> None:
    outer = home / "outer"
    outer.mkdir(mode=0o755)
    cluster = embedded.start(outer / "city", durable=False)
    embedded.stop(outer / "city")
    outer.chmod(0o700)

    with pytest.raises(embedded.EmbeddedError, match="can no longer enter"):
        embedded.start(outer / "city")

    assert (cluster.data / "PG_VERSION").read_text().strip() == "17"


def test_data_of_another_version_is_refused(home: Path) -> None:
    cluster = embedded.start(home, durable=False)
    embedded.stop(home)
    (cluster.data / "PG_VERSION").write_text("16\n")

    with pytest.raises(embedded.EmbeddedError, match="made by PostgreSQL 16"):
        embedded.start(home)


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(home)]
    root = Path(__file__).parents[2]
    parents = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
    try:
        deadline = time.monotonic() + 60
        for parent in parents:
            assert parent.stdout is not None
            while b"started" not in (line := parent.stdout.readline()):
                assert line
                assert time.monotonic() < deadline
    finally:
        for parent in parents:
            parent.kill()
            parent.communicate()

    assert embedded.start(home, durable=False).adopted


def test_a_system_without_any_postgresql_is_told_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "wheel", None)
    monkeypatch.setattr(host, "SYSTEM_PROGRAMS", (home / "none",))

    with pytest.raises(embedded.EmbeddedError, match="brew install postgresql@17"):
        embedded.start(home)
