"""Figures beside the tables: unknown documents, ten times the rows, subscribers, the guard."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.peers import report
from benchmarks.peers.guarding import guard_cost
from benchmarks.peers.measure import Options, Task, measure
from benchmarks.peers.place import ROOT, place
from benchmarks.peers.servers import KINDS, Server, running

LIVE = ROOT / "benchmarks" / "live.py"
LIVE_SECONDS = 600


def unknown(found: dict[str, Any], pages: list[str], servers: Sequence[Server], options: Options) -> None:
    """Lugas with a document nobody has seen in every request, against PostGraphile's usual one and likewise."""
    asked = [s for s in servers if s.name in ("lugas", "postgraphile")]
    load = [
        Task(s.name + suffix, question, s, s.requests(question, never_seen=never))
        for question in report.ASKED
        for s in asked
        for suffix, never in (("", False), (" unknown", True))
    ]
    figures = measure(load, options)
    known = report.ratios(figures, "lugas unknown", "postgraphile", report.by_rate)
    alike = report.ratios(figures, "lugas unknown", "postgraphile unknown", report.by_rate)
    found["unknown"] = {"postgraphile": known, "postgraphile_unknown": alike}
    pages.append(f"### A new document in every request\n\n{report.table(figures)}")
    print(f"\n{pages[-1]}\n{json.dumps(found['unknown'])}\n", flush=True)


def growth(found: dict[str, Any], pages: list[str], options: Options) -> None:
    """Lugas on 100,000 and on 1,000,000 cases, in turns."""
    with place(1) as small, place(10) as large:
        kinds = [KINDS["lugas"]]
        with running(kinds, small) as one, running(kinds, large) as ten:
            load = [
                Task(name, question, s, s.requests(question))
                for question in ("track", "inbox")
                for name, s in (("lugas", one[0]), ("lugas, ten times", ten[0]))
            ]
            figures = measure(load, options)
    found["scale"] = report.ratios(figures, "lugas, ten times", "lugas", report.by_rate)
    pages.append(f"### Ten times the rows\n\n{report.table(figures)}")
    print(f"\n{pages[-1]}\n{json.dumps(found['scale'])}\n", flush=True)


def live(found: dict[str, Any], pages: list[str]) -> None:
    """Subscribers, measured by benchmarks/live.py."""
    if not LIVE.exists():
        return
    command = [sys.executable, "-m", "benchmarks.live"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIVE_SECONDS, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        print(f"benchmarks.live failed:\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}", flush=True)
        return
    found["subscribers"] = json.loads(lines[-1])
    pages.append("### Subscribers\n\n" + "\n".join(lines[:-1]))


def guard(found: dict[str, Any], pages: list[str]) -> None:
    """CPU ms of the guard for the four questions and for the heaviest document it lets through."""
    began = time.process_time()
    found["guard_ms"] = guard_cost()
    said = ", ".join(f"{name} {value} ms" for name, value in found["guard_ms"].items())
    pages.append(f"### The guard\n\nCPU of weighing one document: {said}.")
    print(f"{pages[-1]} ({time.process_time() - began:.1f} s)", flush=True)
