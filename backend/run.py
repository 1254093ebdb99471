"""`python -m backend run`: database, server and worker of one machine, started and stopped together."""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from backend import embedded
from backend.seeds.people import load_people
from backend.settings import Settings

COMMAND = (sys.executable, "-m", "backend")
PREPARE_SECONDS = 600.0  # migrate and seed
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LAST_LINES = 20


class RunError(RuntimeError):
    """Lugas cannot start or cannot go on; the message says what happened and what to do."""


class Child:
    """A program of ours in a session of its own: Ctrl-C reaches only the supervisor, which stops in order."""

    def __init__(self, name: str, command: Sequence[str], env: dict[str, str]) -> None:
        self.name = name
        self.command = list(command)
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip())
            print(f"{self.name:8} {line}", end="", flush=True)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self) -> str:
        self._reader.join(timeout=2)
        return "\n".join(self.lines) or "(it printed nothing)"

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not end in time."""
        if not self.ended:
            self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not stop in {STOP_SECONDS:.0f} s and is killed", flush=True)
        with _gone_is_fine():
            os.killpg(self.process.pid, signal.SIGKILL)  # its own children too, whatever became of them
        self.process.wait()
        self._reader.join(timeout=2)


def main(settings: Settings, command: Sequence[str] = COMMAND) -> int:
    """Run until Ctrl-C or SIGTERM, or until a part dies. Returns the exit code: 0 only after a wanted stop."""
    stopping = threading.Event()
    old = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number in old:
        signal.signal(number, lambda *_: stopping.set())
    try:
        with _only_one(settings.home):
            return _run(settings, command, stopping)
    except (RunError, embedded.EmbeddedError) as error:
        print(f"\nLugas berhenti / stopped: {error}", file=sys.stderr, flush=True)
        return 1
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _run(settings: Settings, command: Sequence[str], stopping: threading.Event) -> int:
    _end_orphans(settings.home)
    _require_free(settings.host, settings.port)
    children: list[Child] = []
    try:
        env = _environment(settings)
        if settings.database_url is None:
            env["LUGAS_DATABASE_URL"] = embedded.start(settings.home).dsn
        if not _finish(Child("prepare", [*command, "prepare"], env), stopping):
            return 0
        children += [Child("server", [*command, "serve"], env), Child("worker", [*command, "worker"], env)]
        _remember(settings.home, children)
        if _wait_until_ready(settings, children, stopping):
            _greet(settings)
            while not stopping.wait(0.3):
                _require_alive(children)
        return 0
    finally:
        _stop(settings, children)


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of the children: what we were given, with the settings as they were understood."""
    said = {
        "LUGAS_HOME": str(settings.home),
        "LUGAS_HOST": settings.host,
        "LUGAS_PORT": str(settings.port),
        "LUGAS_PUBLIC_URL": settings.public_url,
        "LUGAS_STORAGE_URL": settings.storage_url,
        "LUGAS_DATABASE_URL": settings.database_url or "",
        "LUGAS_DEV_CODES": "1" if settings.show_codes else "0",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **said}


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """One supervisor per home: a second one would stop the first one's database when it ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"Lugas sudah berjalan dari {home}. It already runs from there: stop that one first, "
                "or set LUGAS_HOME and LUGAS_PORT for a second one."
            ) from None
        yield


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RunError(
                f"Alamat {host}:{port} tidak dapat dipakai ({error.strerror}). The address is taken: stop the "
                f"program that uses it, or choose another port: LUGAS_PORT={port + 1} make run"
            ) from None


def _finish(child: Child, stopping: threading.Event) -> bool:
    """Wait for a step that must end well; False when a stop was asked for meanwhile."""
    deadline = time.monotonic() + PREPARE_SECONDS
    while not child.ended:
        if stopping.wait(0.1) or time.monotonic() > deadline:
            child.stop()
            if stopping.is_set():
                return False
            raise RunError(f"{child.name} took longer than {PREPARE_SECONDS:.0f} s:\n{child.last_words()}")
    if child.process.returncode != 0:
        raise RunError(f"{child.name} failed ({child.process.returncode}):\n{child.last_words()}")
    return True


def _wait_until_ready(settings: Settings, children: list[Child], stopping: threading.Event) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while not stopping.wait(0.2):
        _require_alive(children)
        if _is_ready(settings):
            return True
        if time.monotonic() > deadline:
            words = "\n".join(f"{child.name}:\n{child.last_words()}" for child in children)
            raise RunError(f"not ready after {READY_SECONDS:.0f} s.\n{words}")
    return False


def _is_ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared only
    connection = http.client.HTTPConnection(host, settings.port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _require_alive(children: list[Child]) -> None:
    for child in children:
        if child.ended:
            code = child.process.returncode
            raise RunError(
                f"the {child.name} ended by itself ({code}). Its last lines:\n{child.last_words()}"
            )


def _stop(settings: Settings, children: list[Child]) -> None:
    """Server first, so that nothing new comes in; then the worker; the database last."""
    for child in children:
        child.stop()
    (settings.home / "run.json").unlink(missing_ok=True)
    if settings.database_url is None:
        embedded.stop(settings.home)
    print("Lugas berhenti dengan rapi. Stopped; your data stay.", flush=True)


def _remember(home: Path, children: list[Child]) -> None:
    rows = {child.name: {"pid": child.process.pid, "command": child.command} for child in children}
    (home / "run.json").write_text(json.dumps(rows), encoding="utf-8")


def _end_orphans(home: Path) -> None:
    """A supervisor that was killed leaves its server and worker behind; they hold the port and the jobs.

    A process number may be another program's by now, so the whole command must be the one we started.
    """
    try:
        rows = json.loads((home / "run.json").read_text(encoding="utf-8"))
        left = {name: (int(row["pid"]), " ".join(row["command"])) for name, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    for name, (pid, command) in left.items():
        if not _is_running(pid, command):
            continue
        print(f"Ending the {name} that an earlier start left behind (process {pid})", flush=True)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with _gone_is_fine():
                os.kill(pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while _is_running(pid, command) and time.monotonic() < deadline:
                time.sleep(0.1)


def _is_running(pid: int, command: str) -> bool:
    return embedded.command_line(pid).replace("\0", " ").strip() == command


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except (ProcessLookupError, PermissionError):  # macOS says the second of a group that has ended
        return


def _greet(settings: Settings) -> None:
    lines = [f"Lugas siap: {settings.public_url}", "Ctrl-C untuk berhenti / to stop."]
    if settings.demo:
        lines += ["", "Orang contoh / demo people (log in with the number):"]
        lines += [f"  {p.local_phone}  {p.name}, {p.description}" for p in load_people() if p.shown]
    if settings.show_codes:
        lines += [
            "Kode masuk / log-in codes appear in this window and at",
            f"  {settings.public_url}/dev/codes",
        ]
    print("\n" + "\n".join(lines) + "\n", flush=True)
