"""The servers of a comparison: each one process with one worker on 127.0.0.1, started and ended by its pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.identity.sessions import COOKIE
from benchmarks.peers import questions
from benchmarks.peers.load import Requests
from benchmarks.peers.place import ROOT, Place
from benchmarks.peers.questions import Wording

NODE = ROOT / "benchmarks" / "peers" / "node"
START_SECONDS = 60
STOP_SECONDS = 15


class ServerError(RuntimeError):
    """A server does not start or answers wrongly; the message says which and what it said."""


@dataclass(frozen=True)
class Kind:
    """A server that can be started, and how it is asked."""

    name: str
    command: Callable[[int], Sequence[str]]
    wording: Callable[[str], Wording]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path = ROOT
    is_lugas: bool = False


def _granian(target: str) -> Callable[[int], Sequence[str]]:
    def command(port: int) -> Sequence[str]:
        serve = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-access-log"]
        return [*serve, "--host", "127.0.0.1", "--port", str(port), "--workers", "1", target]

    return command


def _node(script: str) -> Callable[[int], Sequence[str]]:
    return lambda _: [sys.executable, str(ROOT / "tools" / "node.py"), "node", script]


def _lugas(_: int) -> Sequence[str]:
    return [sys.executable, "-m", "backend", "serve"]


# Nobody is slowed down here: what is measured is the work, and the buckets stay in the path.
WIDE = {f"LUGAS_RATE_{who}": "2000000000:1000000000" for who in ("ANONYMOUS", "PERSON", "DEVICE", "CLIENT")}
NO_CACHE = {"LUGAS_ANSWERS_MIB": "0"}
PRODUCTION = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
KINDS = {
    kind.name: kind
    for kind in (
        Kind("lugas", _lugas, questions.ours, WIDE | NO_CACHE, is_lugas=True),
        Kind("cached", _lugas, questions.ours, WIDE, is_lugas=True),
        Kind(
            "unkept", _lugas, questions.ours, WIDE | NO_CACHE | {"LUGAS_KEEP_REFERENCE": "0"}, is_lugas=True
        ),
        Kind("postgraphile", _node("postgraphile.mjs"), questions.postgraphile, PRODUCTION, NODE),
        Kind("mercurius", _node("mercurius.mjs"), questions.theirs, PRODUCTION, NODE),
        Kind("yoga", _node("yoga.mjs"), questions.theirs, PRODUCTION, NODE),
        Kind("strawberry", _granian("benchmarks.peers.plain:app"), questions.theirs),
        Kind("limit", _granian("benchmarks.peers.limit:app"), questions.route),
    )
}


@dataclass(frozen=True)
class Server:
    """A running server."""

    kind: Kind
    port: int
    pid: int
    place: Place

    @property
    def name(self) -> str:
        return self.kind.name

    def requests(self, question: str, *, never_seen: bool = False) -> Requests:
        """Requests of a question; with `never_seen` each one is a document of its own."""
        wording = self.kind.wording(question)
        document = f"# {questions.NEVER}\n{wording.document}" if never_seen else wording.document
        body = {"query": document, "variables": wording.variables}
        values = questions.values(question, self.place.filled)
        headers = {"Host": f"127.0.0.1:{self.port}", "Accept": "application/json"}
        cookies: list[str] = []
        if self.kind.is_lugas and question == "inbox":
            headers["Origin"] = f"http://127.0.0.1:{self.port}"
            cookies = [f"{COOKIE}={self.place.filled.tokens[opd]}" for opd in values]
        return Requests(
            f"http://127.0.0.1:{self.port}{wording.path}", json.dumps(body), headers, values, cookies
        )

    def answer(self, question: str, which: int = 0) -> object:
        """The answer to one request, in the shape that all servers share. ServerError for errors inside."""
        data, _ = self.ask(self.requests(question), which)
        try:
            return self.kind.wording(question).read(data["data"])
        except (KeyError, TypeError, IndexError) as error:
            raise ServerError(f"{self.name}, {question}: {error!r} in {str(data)[:600]}") from error

    def ask(self, asked: Requests, which: int = 0) -> tuple[Any, int]:
        """One request by hand: its JSON without errors, and its length in bytes."""
        body, headers = asked.body, dict(asked.headers)
        if asked.values:
            which %= len(asked.values)
            body = body.replace(questions.VALUE, asked.values[which])
            if asked.marks:
                headers[asked.mark] = asked.marks[which]
        body = body.replace(questions.NEVER, str(time.time_ns()))
        headers["Content-Type"] = "application/json"
        request = urllib.request.Request(asked.url, body.encode(), headers)  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise ServerError(f"{self.name}: {error.code} {error.read()[:600]!r}") from error
        found = json.loads(text)
        if "errors" in found:
            raise ServerError(f"{self.name}: {str(found['errors'])[:600]}")
        return found, len(text)


@contextmanager
def running(kinds: Sequence[Kind], place: Place) -> Iterator[list[Server]]:
    """Start servers one after the other; end them all, by pid, whatever happens."""
    with ExitStack() as stack:
        yield [stack.enter_context(_running(kind, place)) for kind in kinds]


@contextmanager
def _running(kind: Kind, place: Place) -> Iterator[Server]:
    port = _free_port()
    log = place.home / f"{kind.name}.log"
    env = os.environ | {
        "PORT": str(port),
        "DATABASE_URL": place.dsn if kind.name == "strawberry" else place.libpq,
        "LUGAS_DATABASE_URL": place.dsn,
        "LUGAS_HOME": str(place.home),
        "LUGAS_PORT": str(port),
        "LUGAS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LUGAS_LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
        **kind.env,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            kind.command(port),
            cwd=kind.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait(kind.name, process, port, log)
        yield Server(kind, port, process.pid, place)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL for the process group that is its own."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise ServerError(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
