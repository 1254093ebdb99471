"""Figures beside the tables: unknown documents, ten times the rows, subscribers, the guard."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.live import of_case
from benchmarks.peers import report
from benchmarks.peers.guarding import guard_cost
from benchmarks.peers.measure import Options, Task, measure
from benchmarks.peers.place import place
from benchmarks.peers.servers import KINDS, WIDE, Server, running

SUBSCRIBERS = 1000


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
    """A thousand subscribers of one case and one event, told to Lugas and to mercurius by the same NOTIFY."""
    crowd = {**WIDE, "LUGAS_SOCKETS_PER_NETWORK": str(2 * SUBSCRIBERS)}
    kinds = [replace(KINDS["lugas"], env=crowd), KINDS["mercurius"]]
    with place(1) as where, running(kinds, where) as servers:
        number = where.filled.numbers[0]
        measured = {}
        for server in servers:
            address = f"http://127.0.0.1:{server.port}"
            measured[server.name] = asyncio.run(
                of_case(where.dsn, address, number, subscribers=SUBSCRIBERS, events=5)
            )
    ratio = measured["mercurius"]["last_ms"] / measured["lugas"]["last_ms"]
    found["subscribers"] = measured | {"last_to_mercurius": round(ratio, 2)}
    lines = ["| server | first ms | median ms | last ms |", "|---|--:|--:|--:|"]
    for name, m in measured.items():
        lines.append(f"| {name} | {m['first_ms']} | {m['median_ms']} | {m['last_ms']} |")
    pages.append(f"### {SUBSCRIBERS:,} subscribers, one event\n\n" + "\n".join(lines))
    print(f"\n{pages[-1]}\n", flush=True)


def guard(found: dict[str, Any], pages: list[str]) -> None:
    """CPU ms of the guard for the four questions and for the heaviest document it lets through."""
    began = time.process_time()
    found["guard_ms"] = guard_cost()
    said = ", ".join(f"{name} {value} ms" for name, value in found["guard_ms"].items())
    pages.append(f"### The guard\n\nCPU of weighing one document: {said}.")
    print(f"{pages[-1]} ({time.process_time() - began:.1f} s)", flush=True)
