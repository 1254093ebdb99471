"""What processes cost, from /proc: CPU seconds and resident memory of a tree, and of PostgreSQL."""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """One line of /proc/<pid>/stat; `cpu` in seconds, `rss` in bytes."""

    pid: int
    parent: int
    cpu: float
    rss: int


def processes() -> Iterator[Process]:
    """All processes that this user may look at."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has ended
            fields = text.rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            yield Process(int(entry.name), int(fields[1]), ticks / TICKS, int(fields[21]) * PAGE)


def family(root: int) -> list[Process]:
    """A process and everything below it."""
    found = list(processes())
    known = {root}
    while True:
        more = {p.pid for p in found if p.parent in known} - known
        if not more:
            return [p for p in found if p.pid in known]
        known |= more


def cpu_of(root: int | None) -> dict[int, float]:
    """CPU seconds so far of each process of a tree; empty when it is not on this machine."""
    return {p.pid: p.cpu for p in family(root)} if root else {}


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """CPU seconds between two looks. What a process used that ended in between is not seen."""
    return sum(cpu - before.get(pid, 0.0) for pid, cpu in after.items())


def rss_of(root: int) -> float:
    """Resident memory in MB of the largest process of a tree: the worker, without who watches over it."""
    return max((p.rss for p in family(root)), default=0) / 1e6


def pin(root: int | None, cores: Collection[int]) -> None:
    """Every process and thread of a tree may run on these cores only."""
    for process in family(root) if root else ():
        for task in Path(f"/proc/{process.pid}/task").glob("*"):
            try:
                os.sched_setaffinity(int(task.name), cores)
            except (ProcessLookupError, FileNotFoundError):
                continue


def cores() -> set[int]:
    """The cores that this process may use."""
    return set(os.sched_getaffinity(0))
