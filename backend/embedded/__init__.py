"""PostgreSQL 17 from the wheel, for a laptop and for tests: started, adopted and stopped on a unix socket.

Never for production: it keeps no backups, and any program that runs as the server's user may connect.

Where things lie:

    <home>/postgres/{data,socket,log}   usually
    <home>/postgres.place               as root, where the server's user cannot enter <home>: a pointer to
                                        /var/lib/lugas-<random>/{data,socket,log,server-<version>}
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog

from backend.embedded.host import MAJOR, EmbeddedError, Place, Runner, find, prepare, runner_for, version

__all__ = ["Cluster", "EmbeddedError", "command_line", "discard", "running", "scratch", "start", "stop"]

log = structlog.get_logger(__name__)

PORT = 5432  # only a part of the socket's name: nothing listens on TCP
DATABASE = "lugas"
SOCKET_PATH_LIMIT = 103  # bytes; with its NUL the system's limit is 104 on macOS and 108 on Linux
START_SECONDS = 60
STOP_SECONDS = 60
ANSWER_SECONDS = 30

CONFIG = """\
# Written at every start; changes here are lost.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
shared_buffers = '64MB'
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""
ACCESS = "# unix socket only, in a folder that is private to the server's user\nlocal all all trust\n"


@dataclass(frozen=True)
class Cluster:
    """A running server. `dsn` is for Tortoise, `libpq` for asyncpg and psql; both name the unix socket."""

    dsn: str
    libpq: str
    data: Path
    socket: Path
    adopted: bool


def start(home: Path, *, durable: bool = True) -> Cluster:
    """Start the server that belongs to `home`, or adopt the one that still runs, and make the database.

    `durable=False` gives up crash safety for speed and is for tests only. Raises EmbeddedError.
    """
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        place, runner = prepare(home)
        _initialise(place, runner, durable=durable)
        socket = _running(place, runner, durable=durable)
        adopted = socket is not None
        if socket is None:
            socket = _launch(place, runner, durable=durable)
        _make_database(runner, socket)
    log.warning(
        "embedded_postgresql_is_not_for_production",
        version=version(),
        data=str(place.data),
        adopted=adopted,
        durable=durable,
    )
    return Cluster(
        dsn=_dsn(socket),
        libpq=_dsn(socket, "postgresql"),
        data=place.data,
        socket=socket,
        adopted=adopted,
    )


def running(home: Path) -> str | None:
    """The address of the server that `home` has running, as in `Cluster.dsn`; None when there is none."""
    home = home.absolute()
    found = _postmaster(find(home)) if home.is_dir() else None
    return _dsn(found.socket) if found else None


def _dsn(socket: Path, scheme: str = "asyncpg") -> str:
    return f"{scheme}://postgres@/{DATABASE}?host={quote(str(socket))}&port={PORT}"


def stop(home: Path) -> None:
    """Stop the server of `home`: open transactions roll back, every session ends. None running is fine."""
    home = home.absolute()
    if not home.is_dir():
        return
    with _alone(home):
        place = find(home)
        found = _postmaster(place)
        if found is None:
            return
        _stop(place, runner_for(place))
        if place.root not in found.socket.parents:
            shutil.rmtree(found.socket, ignore_errors=True)


def discard(home: Path) -> None:
    """Stop the server of `home` and delete all of its data, wherever they lie."""
    stop(home)
    shutil.rmtree(find(home.absolute()).root, ignore_errors=True)
    (home / "postgres.place").unlink(missing_ok=True)


@contextmanager
def scratch(folder: Path) -> Iterator[Cluster]:
    """A throw-away server for tests, fast and not crash safe; it is stopped and deleted at the end."""
    try:
        yield start(folder, durable=False)
    finally:
        discard(folder)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two starts at the same moment must not both run initdb."""
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(place: Place, runner: Runner, *, durable: bool) -> None:
    """initdb into a draft that is renamed when complete, so that a killed first start leaves no half."""
    if place.data.is_dir():
        made_by = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if made_by != MAJOR:
            raise EmbeddedError(f"{place.data} was made by PostgreSQL {made_by}, not {MAJOR}.")
        return
    draft = place.root / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    runner.give(draft)
    # The built-in locale sorts and folds the same on every system, with no locale files installed.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    options = ["--username=postgres", "--auth=trust", *locale, *([] if durable else ["--no-sync"])]
    made = runner.run("initdb", f"--pgdata={draft}", *options, timeout=120)
    if made.returncode != 0:
        raise EmbeddedError(f"initdb failed:\n{made.stdout[-2000:]}")
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("\ninclude_if_exists 'lugas.conf'\n")
    (draft / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
    draft.rename(place.data)


@dataclass(frozen=True)
class _Postmaster:
    pid: int
    socket: Path


def _postmaster(place: Place) -> _Postmaster | None:
    """The process and socket folder that postmaster.pid names, None unless that process is our server."""
    named = _named(place)
    if named is None or not _alive(named.pid) or str(place.data) not in command_line(named.pid):
        return None
    return named


def _named(place: Place) -> _Postmaster | None:
    try:
        lines = (place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return _Postmaster(int(lines[0]), Path(lines[4]))
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it lives, under another user
    return True


def command_line(pid: int) -> str:
    """A process number is used again after a restart of the machine, so ask what the process is."""
    if Path("/proc/self/cmdline").exists():  # Linux; a slim image has no ps
        line = Path(f"/proc/{pid}/cmdline")
        return line.read_bytes().decode(errors="replace") if line.exists() else ""
    return subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    ).stdout


def _running(place: Place, runner: Runner, *, durable: bool) -> Path | None:
    """The socket folder of a server that already runs on this data and answers.

    A pid file whose process is gone is PostgreSQL's own to judge (it also looks for left-over backends);
    one whose number now belongs to another program would stop it for ever, so that one is removed.
    """
    found = _postmaster(place)
    if found is None:
        named = _named(place)
        if named is not None and _alive(named.pid):
            (place.data / "postmaster.pid").unlink(missing_ok=True)
        return None
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline and _postmaster(place) is not None:
        answer = _ask(runner, found.socket, "SELECT current_setting('fsync')")
        if answer.returncode == 0:
            if answer.stdout.strip() == "on" or not durable:
                return found.socket
            break
        time.sleep(0.2)
    log.warning("embedded_postgresql_restarts", pid=found.pid, reason="it does not answer or is not durable")
    _stop(place, runner)
    return None


def _launch(place: Place, runner: Runner, *, durable: bool) -> Path:
    socket = _socket_folder(place, runner)
    settings = CONFIG.format(port=PORT, socket=socket, durable="on" if durable else "off")
    (place.data / "lugas.conf").write_text(settings, encoding="utf-8")
    for path in (place.data / "lugas.conf", place.log):
        path.touch(mode=0o600)
        runner.give(path)
    options = (f"--pgdata={place.data}", f"--log={place.log}", "--wait", f"--timeout={START_SECONDS}")
    for wait in (0.5, 2.0, 0.0):
        started = runner.run("pg_ctl", *options, "--silent", "start", timeout=START_SECONDS + 10)
        if started.returncode == 0:
            return socket
        time.sleep(wait)  # after a kill -9 the old backends need a moment to let go of the memory
    raise EmbeddedError(f"PostgreSQL did not start:\n{started.stdout[-1000:]}\n{place.last_lines()}")


def _socket_folder(place: Place, runner: Runner) -> Path:
    """A private folder short enough for a socket's name; under the temporary folder when ours is too deep."""
    folder = place.root / "socket"
    if _fits(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        short = Path(tempfile.gettempdir())
        # mkdtemp makes a private folder, so /tmp is safe; only a very long TMPDIR leads there.
        parent = short if _fits(short / "lugas-12345678") else Path("/tmp")  # noqa: S108
        folder = Path(tempfile.mkdtemp(prefix="lugas-", dir=parent))
    runner.give(folder)
    return folder


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT


def _stop(place: Place, runner: Runner) -> None:
    options = (f"--pgdata={place.data}", "--mode=fast", "--wait", f"--timeout={STOP_SECONDS}", "--silent")
    stopped = runner.run("pg_ctl", *options, "stop", timeout=STOP_SECONDS + 10)
    if stopped.returncode != 0 and _postmaster(place) is not None:
        raise EmbeddedError(f"PostgreSQL did not stop:\n{stopped.stdout[-1000:]}\n{place.last_lines()}")


def _ask(runner: Runner, socket: Path, sql: str) -> subprocess.CompletedProcess[str]:
    where = (f"--host={socket}", f"--port={PORT}", "--username=postgres", "--dbname=postgres")
    options = ("--no-psqlrc", "--no-password", "--tuples-only", "--no-align")
    return runner.run("psql", *options, *where, "--command", sql, timeout=30)


def _make_database(runner: Runner, socket: Path) -> None:
    exists = _ask(runner, socket, f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'")  # noqa: S608
    if exists.returncode == 0 and exists.stdout.strip() == "1":
        return
    made = _ask(runner, socket, f"CREATE DATABASE {DATABASE}")
    if made.returncode != 0:
        raise EmbeddedError(f"The database {DATABASE} could not be made:\n{made.stdout[-1000:]}")
