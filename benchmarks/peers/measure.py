"""Asks servers in turns and keeps what came out; compares their answers first."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.peers import processes
from benchmarks.peers.load import Requests, Taken, run
from benchmarks.peers.servers import Server, ServerError

SAMPLES = (0, 7, 15, 4711)
# Answers differ in length from request to request; a server that answers errors with 200 differs by far more.
LENGTH_SLACK = 0.5


@dataclass(frozen=True)
class Options:
    """How long, how often, and on which cores. `pinned`: the server on core 0, all else on core 1."""

    seconds: float = 5.0
    rounds: int = 3
    pinned: bool = False


@dataclass(frozen=True)
class Figure:
    """Medians over the rounds: answers a second, ms, CPU ms a request of server and PostgreSQL, MB."""

    rate: float
    p50: float
    p99: float
    server_ms: float
    postgres_ms: float
    rss: float

    @property
    def total_ms(self) -> float:
        return self.server_ms + self.postgres_ms


Figures = dict[tuple[str, str], Figure]


@dataclass(frozen=True)
class Task:
    """One cell of the table: a server and the requests of a question, under a name of its own."""

    name: str
    question: str
    server: Server
    asked: Requests


def compare(servers: Sequence[Server], questions: Sequence[str]) -> None:
    """Every server gives the same data to every question; ServerError otherwise."""
    for question in questions:
        first = servers[0]
        wanted = [first.answer(question, which) for which in SAMPLES]
        for server in servers[1:]:
            for which, expected in zip(SAMPLES, wanted, strict=True):
                found = server.answer(question, which)
                if found != expected:
                    raise ServerError(
                        f"{server.name} and {first.name} differ in {question}:\n"
                        f"{_first_difference(found, expected)}"
                    )
        print(f"{question:10} the same from {', '.join(s.name for s in servers)}", flush=True)


def _first_difference(found: object, expected: object) -> str:
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple):
        for one, other in zip(found, expected, strict=False):
            if one != other:
                return _first_difference(one, other)
    return f"{str(found)[:300]}\n{str(expected)[:300]}"


def measure(tasks: Sequence[Task], options: Options) -> Figures:
    """Warm up, then every task once a round, in turns; medians of the rounds."""
    taken: dict[tuple[str, str], list[Figure]] = {}
    _pin(tasks, pinned=options.pinned)
    for task in tasks:
        _one(task, replace(options, seconds=min(2.0, options.seconds)))
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        for task in tasks:
            taken.setdefault((task.name, task.question), []).append(_one(task, options))
    return {key: _median(figures) for key, figures in taken.items()}


def _pin(tasks: Sequence[Task], *, pinned: bool) -> None:
    """New backends of PostgreSQL inherit its cores; wrk gets its own by taskset."""
    everywhere = processes.cores()
    for server in {task.server.pid: task.server for task in tasks}.values():
        processes.pin(server.pid, {0} if pinned else everywhere)
        processes.pin(server.place.postmaster, {1} if pinned else everywhere)


def _one(task: Task, options: Options) -> Figure:
    _, length = task.server.ask(task.asked)
    place = task.server.place
    server, postgres = processes.cpu_of(task.server.pid), processes.cpu_of(place.postmaster)
    taken = run(task.asked, options.seconds, place.home, (1,) if options.pinned else ())
    time.sleep(0.1)  # what is under way ends
    server_s = processes.spent(server, processes.cpu_of(task.server.pid))
    postgres_s = processes.spent(postgres, processes.cpu_of(place.postmaster))
    _check(task, taken, length)
    return Figure(
        rate=taken.rate,
        p50=taken.p50,
        p99=taken.p99,
        server_ms=server_s * 1000 / taken.requests,
        postgres_ms=postgres_s * 1000 / taken.requests,
        rss=processes.rss_of(task.server.pid),
    )


def _check(task: Task, taken: Taken, length: int) -> None:
    """No answer failed, and they are as long as the one that was looked at before."""
    if taken.requests == 0 or taken.failed:
        raise ServerError(f"{task.name}, {task.question}: {taken.failed} of {taken.requests} answers failed")
    if not 1 - LENGTH_SLACK < taken.bytes_each / length < 1 + LENGTH_SLACK + 600 / length:
        raise ServerError(
            f"{task.name}, {task.question}: answers of {taken.bytes_each:.0f} bytes, not {length}"
        )
    task.server.ask(task.asked, which=len(task.asked.values) // 2)


def _median(figures: Sequence[Figure]) -> Figure:
    names = ("rate", "p50", "p99", "server_ms", "postgres_ms", "rss")
    return Figure(*(statistics.median(getattr(f, name) for f in figures) for name in names))
