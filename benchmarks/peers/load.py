"""Load by wrk: the same script for every server, requests made from one template."""

import json
import random
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("wrk.lua")


class LoadError(RuntimeError):
    """wrk could not run; the message says why."""


@dataclass(frozen=True)
class Requests:
    """POST requests: a body in which @V@ is one of `values` and @N@ a number never used before.

    `marks` gives each value a header of its own, called `mark`.
    """

    url: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[str] = ()
    marks: Sequence[str] = ()
    mark: str = "Cookie"


@dataclass(frozen=True)
class Taken:
    """One run: requests answered, seconds, latencies in ms, answers that failed, bytes an answer."""

    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    failed: int
    bytes_each: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def run(asked: Requests, seconds: float, folder: Path, cores: Sequence[int] = ()) -> Taken:
    """Load a server for so many seconds over 16 connections of one thread."""
    plan = folder / "plan.lua"
    plan.write_text(_plan(asked), encoding="utf-8")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(SCRIPT)]
    if cores:
        command = ["taskset", "-c", ",".join(map(str, cores)), *command]
    try:
        done = subprocess.run(
            [*command, asked.url, "--", str(plan)],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    except FileNotFoundError:
        raise LoadError("wrk is missing: apt-get install wrk") from None
    line = next((text for text in done.stdout.splitlines() if text.startswith("{")), None)
    if done.returncode or line is None:
        raise LoadError(f"wrk failed ({done.returncode}): {done.stdout[-500:]} {done.stderr[-500:]}")
    raw = json.loads(line)
    return Taken(
        requests=raw["requests"],
        seconds=raw["us"] / 1e6,
        p50=raw["p50"] / 1000,
        p95=raw["p95"] / 1000,
        p99=raw["p99"] / 1000,
        failed=raw["failed"],
        bytes_each=raw["bytes"] / max(1, raw["requests"]),
    )


def _plan(asked: Requests) -> str:
    """The requests as a Lua table; JSON strings are Lua strings but for \\u and \\/ escapes."""
    rows = {
        "body": _text(asked.body),
        "headers": "{" + ", ".join(f"[{_text(k)}] = {_text(v)}" for k, v in asked.headers.items()) + "}",
        "values": listed(asked.values),
        "marks": listed(asked.marks),
        "mark": _text(asked.mark),
        "seed": str(random.SystemRandom().randint(1, 2**31)),
    }
    return "return {" + ", ".join(f"{k} = {v}" for k, v in rows.items()) + "}"


def listed(texts: Sequence[str]) -> str:
    """Texts as a Lua list."""
    return "{" + ",".join(map(_text, texts)) + "}"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
