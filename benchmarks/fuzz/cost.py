"""What one anonymous request costs the server at worst: CPU from its scheduler's count, memory from its peak."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
from graphql import GraphQLSchema

from benchmarks.fuzz import hostile
from benchmarks.fuzz.city import Target
from benchmarks.fuzz.fire import HANG_SECONDS, Tally, one
from benchmarks.fuzz.grammar import Grammar
from benchmarks.fuzz.shots import Shot

RANDOM_DOCUMENTS = 300
AGAIN = 3  # the dearest are measured again; the least of it counts, for the machine has other work
DEAREST = 12


@dataclass(frozen=True)
class Cost:
    """CPU in ms and growth of the resident peak in MB."""

    kind: str
    cpu_ms: float
    mb: float
    shot: Shot


def candidates(schema: GraphQLSchema, documents: Sequence[str], seed: int) -> list[Shot]:
    """Every hostile document and body in several sizes, the app's own operations, and random ones."""
    dice = random.Random(seed)
    grammar = Grammar(schema, dice)
    texts = [(maker.__name__, maker(dice)) for maker in hostile.DOCUMENTS for _ in range(5)]
    texts += [("operation", text) for text in documents]
    texts += [("random", grammar.document()) for _ in range(RANDOM_DOCUMENTS)]
    shots = [Shot(kind, body=json.dumps({"query": text}).encode()) for kind, text in texts]
    return shots + [Shot("body", body=hostile.body(dice)) for _ in range(60)]


async def measure(target: Target, shots: Sequence[Shot]) -> list[Cost]:
    """Every shot once, one after the other, none of them known to a cache."""
    async with _client() as http:
        # Whatever is made at the first request of a process is made now.
        for shot in shots[:40]:
            await _cost(http, target, shot)
        return [await _cost(http, target, fresh(shot, n)) for n, shot in enumerate(shots)]


async def worst(target: Target, costs: Sequence[Cost]) -> tuple[Cost, Cost]:
    """The dearest in CPU, and the dearest in memory."""
    async with _client() as http:
        cpu = [await _least(http, target, c) for c in sorted(costs, key=lambda c: c.cpu_ms)[-DEAREST:]]
        memory = [await _least(http, target, c) for c in sorted(costs, key=lambda c: c.mb)[-DEAREST:]]
    return max(cpu, key=lambda c: c.cpu_ms), max(memory, key=lambda c: c.mb)


def by_kind(costs: Sequence[Cost]) -> dict[str, tuple[float, float]]:
    """Mean and most CPU of each kind in ms, as measured once."""
    found: dict[str, list[float]] = {}
    for c in costs:
        found.setdefault(c.kind, []).append(c.cpu_ms)
    return {kind: (sum(ms) / len(ms), max(ms)) for kind, ms in found.items()}


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=HANG_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
    )


def fresh(shot: Shot, number: int) -> Shot:
    """The same as a text that no cache has seen, where it is a document."""
    if not shot.body.startswith(b'{"query": "'):
        return shot
    return replace(shot, body=shot.body.replace(b'{"query": "', b'{"query": "#%d\\n' % number, 1))


async def _least(http: aiohttp.ClientSession, target: Target, cost: Cost) -> Cost:
    again = [cost]
    for _ in range(AGAIN):
        again.append(await _cost(http, target, fresh(cost.shot, time.time_ns())))
    return replace(cost, cpu_ms=min(c.cpu_ms for c in again), mb=min(c.mb for c in again))


async def _cost(http: aiohttp.ClientSession, target: Target, shot: Shot) -> Cost:
    pid = target.worker
    _forget_peak(pid)
    cpu, resident = cpu_ns(pid), _status(pid, "VmRSS")
    # Hangs and faults are counted elsewhere.
    with suppress(TimeoutError, aiohttp.ClientError, ConnectionError, ValueError):
        await one(http, target.origin, shot, Tally())
    await asyncio.sleep(0.01)
    return Cost(
        shot.kind, (cpu_ns(pid) - cpu) / 1e6, max(0.0, (_status(pid, "VmHWM") - resident) / 1024), shot
    )


def cpu_ns(pid: int) -> int:
    """Nanoseconds on a core so far, all threads."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        except OSError:
            continue
    return total


def _forget_peak(pid: int) -> None:
    """The kernel starts to count the peak anew (proc_pid_clear_refs(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _status(pid: int, name: str) -> int:
    """A line of /proc/<pid>/status in kB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0
