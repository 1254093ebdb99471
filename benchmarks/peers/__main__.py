"""`make bench`: Lugas and its peers on one database, in turns; tables, and one JSON object as the last line."""

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.peers import extras, report
from benchmarks.peers.load import LoadError
from benchmarks.peers.measure import Figures, Options, Task, compare, measure
from benchmarks.peers.place import place
from benchmarks.peers.questions import QUESTIONS
from benchmarks.peers.servers import KINDS, Server, ServerError, running

READS_SUMMARY_ANYWAY = ("lugas", "cached", "unkept", "limit")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement (5)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, in turns (3)")
    parser.add_argument("--scale", type=int, default=1, help="times 100,000 cases (1)")
    parser.add_argument("--only", default=",".join(KINDS), help="servers, by comma; lugas must be among them")
    parser.add_argument("--questions", default=",".join(QUESTIONS), help="by comma")
    parser.add_argument(
        "--pin", action="store_true", help="only the table with the server pinned to one core"
    )
    parser.add_argument(
        "--no-extras", action="store_true", help="leave out unknown documents, growth, live, guard"
    )
    parser.add_argument("--no-page", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser.parse_args(given)


def main() -> int:
    options = arguments()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk", file=sys.stderr)
        return 1
    try:
        found, pages = bench(options)
    except (LoadError, ServerError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    if not options.no_page:
        report.write_page("\n\n".join(pages))
    print(json.dumps(found))
    return 0


def bench(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Everything that was asked for: the JSON object, and the parts of the page."""
    kinds = [KINDS[name] for name in options.only.split(",")]
    questions = options.questions.split(",")
    found: dict[str, Any] = {"machine": report.machine(), "scale_of_rows": options.scale}
    pages = [machine_line(found["machine"], options)]
    with place(options.scale) as where, running(kinds, where) as servers:
        compare(servers, questions)
        load = [
            t
            for t in tasks(servers, questions)
            if t.name != "cached" or t.question in ("catalogue", "budget")
        ]
        if not options.pin:
            figures = measure(load, Options(options.seconds, options.rounds))
            note(found, pages, "", figures)
        if options.pin or not options.no_extras:
            load = [task for task in load if task.name != "cached"]
            pinned = measure(load, Options(options.seconds, options.rounds, pinned=True))
            note(found, pages, "pinned", pinned)
        if not options.no_extras:
            extras.unknown(found, pages, servers, Options(options.seconds, options.rounds))
    if not options.no_extras:
        extras.growth(found, pages, Options(options.seconds, options.rounds))
        extras.live(found, pages)
        extras.guard(found, pages)
    return found, pages


def tasks(servers: Sequence[Server], questions: Sequence[str]) -> list[Task]:
    """Question by question, so that all servers meet the same mood of the machine."""
    return [
        Task(server.name, question, server, server.requests(question))
        for question in questions
        for server in servers
        if question != "kept" or server.name not in READS_SUMMARY_ANYWAY
    ]


def note(found: dict[str, Any], pages: list[str], prefix: str, figures: Figures) -> None:
    """One table with its ratios, printed, kept for the page and for the JSON object."""
    title = "Server on one core, PostgreSQL and load on the other" if prefix else "Both cores for everyone"
    ratios = report.all_ratios(figures)
    kept = report.kept_ratios(figures)
    page = f"### {title}\n\n{report.table(figures)}\n\n{report.ratio_table(ratios)}"
    if kept:
        said = ", ".join(f"{name} {value}" for name, value in kept.items())
        page += f"\n\nBudget with every server reading the kept totals (throughput, Lugas to): {said}."
    print(f"\n{page}\n", flush=True)
    pages.append(page)
    where = found.setdefault("pinned", {}) if prefix else found
    where["ratios"] = ratios
    where["budget_kept"] = kept
    if not prefix:
        cached = {}
        for peer in report.PEERS:
            values = report.ratios(figures, "cached", peer, report.by_rate)
            if values:
                cached[peer] = values
        found["cached"] = cached
        found["rss_mb"] = {name: round(f.rss) for (name, _), f in figures.items()}
    where["figures"] = {
        f"{name}.{question}": [round(f.rate, 1), round(f.p50, 2), round(f.p99, 2), round(f.total_ms, 3)]
        for (name, question), f in figures.items()
    }


def machine_line(machine: dict[str, Any], options: argparse.Namespace) -> str:
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    cases = options.scale * 100_000
    return (
        f"Measured on: {said}. {cases:,} cases, {options.rounds} rounds of {options.seconds:g} s, 16 connections,"
        " medians. MB is resident memory of the process that answers."
    )


if __name__ == "__main__":
    sys.exit(main())
