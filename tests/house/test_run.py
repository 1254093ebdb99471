"""`make run` starts its parts in order, says what dies and why, and leaves nothing running behind."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend import embedded

ROOT = Path(__file__).parents[2]

# A stand-in for `python -m backend`: each step writes down that it ran, as the real one would do its work.
PARTS = """
import http.server, os, pathlib, signal, sys, threading, time
step, home = sys.argv[1], pathlib.Path(os.environ["LUGAS_HOME"])
def note_the_end(*_):
    with (home / "trace").open("a") as trace:
        trace.write(f"{step} ended\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, note_the_end)
with (home / "trace").open("a") as trace:
    trace.write(f"{step} {os.environ['LUGAS_DATABASE_URL'].split('?')[0]}\\n")
if step == os.environ.get("BROKEN"):
    print(f"the {step} met a wall", flush=True)
    sys.exit(3)
if step == "serve":
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health/ready" else 404)
            self.end_headers()
        def log_message(self, *_): pass
    http.server.HTTPServer(("127.0.0.1", int(os.environ["LUGAS_PORT"])), Answer).serve_forever()
if step == "worker":
    time.sleep(float(os.environ.get("WORKER_LIVES", "600")))
    print("the worker fell asleep", flush=True)
"""
SUPERVISOR = """
import sys
from backend import run
from backend.settings import Settings
sys.exit(run.main(Settings.from_env(), [sys.executable, sys.argv[1]]))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lg-"))
    folder.chmod(0o755)
    (folder / "parts.py").write_text(PARTS)
    yield folder
    embedded.discard(folder)
    shutil.rmtree(folder)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


class Supervisor:
    """A real supervisor in a process of its own, with its output."""

    def __init__(self, home: Path, port: int, **env: str) -> None:
        said = {"LUGAS_HOME": str(home), "LUGAS_PORT": str(port), **env}
        self.home = home
        self.port = port
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(home / "parts.py")],
            cwd=ROOT,
            env={**os.environ, **said},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, text: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        pytest.fail(f"never said {text!r}:\n{self.output}")

    def end(self, number: int | None = None) -> int:
        """Send a signal if given, and wait for the end; returns the exit code."""
        if number is not None:
            self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=90)
        self.output += rest
        return self.process.returncode

    def trace(self, lines: int = 0) -> list[str]:
        """What the parts wrote down so far; waits until there are as many lines as expected."""
        deadline = time.monotonic() + 60
        while True:
            found = (self.home / "trace").read_text().splitlines()
            if len(found) >= lines or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def runs(home: Path) -> bool:
    return bool(list(home.glob("postgres*/data/postmaster.pid")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_everything_starts_in_order_and_one_signal_ends_it_all(home: Path, port: int, number: int) -> None:
    supervisor = Supervisor(home, port)
    supervisor.until("/dev/codes")

    assert is_ready(port)
    assert runs(home)
    steps = [line.split()[0] for line in supervisor.trace(3)]
    assert supervisor.end(number) == 0

    assert steps[0] == "prepare"
    assert set(steps[1:3]) == {"serve", "worker"}
    assert supervisor.trace()[3:] == ["serve ended", "worker ended"]
    assert all("asyncpg://postgres@/lugas" in line for line in supervisor.trace()[:3])
    assert not is_ready(port)
    assert not runs(home)
    assert f"http://localhost:{port}" in supervisor.output
    assert "081100000001  Sari Wulandari, Warga" in supervisor.output


def test_a_part_that_dies_stops_the_rest_and_its_last_lines_are_shown(home: Path, port: int) -> None:
    supervisor = Supervisor(home, port, WORKER_LIVES="2")

    assert supervisor.end() == 1

    assert "the worker ended by itself (0). Its last lines:\nthe worker fell asleep" in supervisor.output
    assert "serve ended" in supervisor.trace()
    assert not is_ready(port)
    assert not runs(home)


def test_a_migration_that_fails_keeps_the_server_from_starting(home: Path, port: int) -> None:
    supervisor = Supervisor(home, port, BROKEN="prepare")

    assert supervisor.end() == 1

    assert "prepare failed (3):\nthe prepare met a wall" in supervisor.output
    assert [line.split()[0] for line in supervisor.trace()] == ["prepare"]
    assert not runs(home)


def test_a_taken_port_is_named_before_anything_starts(home: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        supervisor = Supervisor(home, port)

        assert supervisor.end() == 1

    assert f"LUGAS_PORT={port + 1} make run" in supervisor.output
    assert not (home / "trace").exists()


def test_a_second_start_from_the_same_home_leaves_the_first_alone(home: Path, port: int) -> None:
    first = Supervisor(home, port)
    first.until("/dev/codes")
    second = Supervisor(home, port + 1)

    assert second.end() == 1

    assert "sudah berjalan" in second.output
    assert is_ready(port)
    assert first.end(signal.SIGINT) == 0


def test_what_a_killed_supervisor_left_behind_is_ended_and_the_database_adopted(
    home: Path, port: int
) -> None:
    killed = Supervisor(home, port)
    killed.until("/dev/codes")
    killed.end(signal.SIGKILL)
    assert is_ready(port)

    again = Supervisor(home, port)
    again.until("/dev/codes")

    assert "Ending the server that an earlier start left behind" in again.output
    assert "Ending the worker that an earlier start left behind" in again.output
    assert "adopted=True" in again.output
    assert is_ready(port)
    assert again.end(signal.SIGINT) == 0


def test_a_database_of_ones_own_is_used_and_left_running(home: Path, port: int) -> None:
    own = embedded.start(home / "own", durable=False)
    supervisor = Supervisor(home, port, LUGAS_DATABASE_URL=own.dsn)
    supervisor.until("/dev/codes")

    assert supervisor.end(signal.SIGINT) == 0

    assert not (home / "postgres").exists()
    assert embedded.start(home / "own", durable=False).adopted
    embedded.discard(home / "own")


def test_a_stop_during_the_start_ends_cleanly(home: Path, port: int) -> None:
    supervisor = Supervisor(home, port)
    deadline = time.monotonic() + 60
    while not (home / "run.lock").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)

    assert supervisor.end(signal.SIGINT) == 0

    assert not is_ready(port)
    assert not runs(home)
