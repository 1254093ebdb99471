"""`make bench-app`: start, memory and the app's first load, measured on a city of their own; JSON comes last."""

import gzip
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "pwa" / "dist"
START_SECONDS = 120
SETTLE_SECONDS = 5
ROUNDS = 3
READS = 200
SCREENS = ("/", "/layanan/DUK-KK-BARU", "/anggaran")
QUERIES = {
    "catalogue": "{ services(first: 50) { edges { node { code name promise { text } fee { text } } } } }",
    "service": '{ service(code: "DUK-KK-BARU") { name requirements { title } fields { label } opd { name } } }',
    "search": '{ services(search: "ktp hilang", first: 5) { edges { node { code name } } } }',
}


def main() -> None:
    """Measure and print; the last line is one JSON object."""
    figures: dict[str, Any] = {"first_load": first_load()}
    with city() as (url, server, seconds):
        figures["start_s"] = round(seconds, 1)
        time.sleep(SETTLE_SECONDS)
        figures["server_rss_mb"] = round(memory_of(server), 1)
        figures["reads_ms"] = {name: read_times(url, query) for name, query in QUERIES.items()}
        figures["lighthouse"] = lighthouse(url)
    for name, value in figures.items():
        print(f"{name:16} {json.dumps(value)}")
    print(json.dumps(figures))


@contextmanager
def city() -> Iterator[tuple[str, int, float]]:
    """A fresh Lugas: its address, the supervisor's pid, and the seconds until its first page came."""
    with tempfile.TemporaryDirectory(prefix="lugas-bench-") as home, create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        url = f"http://localhost:{port}"
        env = os.environ | {"LUGAS_HOME": home, "LUGAS_PORT": str(port)}
        with (Path(home) / "log").open("wb") as log:
            began = time.monotonic()
            run = subprocess.Popen([sys.executable, "-m", "backend", "run"], env=env, stdout=log, stderr=log)
            try:
                yield url, run.pid, wait_for(url, began)
            finally:
                run.send_signal(signal.SIGINT)
                run.wait(60)


def wait_for(url: str, began: float) -> float:
    """Seconds until the first page."""
    while time.monotonic() < began + START_SECONDS:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return time.monotonic() - began
        except OSError:
            time.sleep(0.05)
    raise SystemExit("Lugas did not start")


def memory_of(supervisor: int) -> float:
    """Resident memory of the server's processes in MB, the worker and PostgreSQL left out."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()]
    serving = {int(r[0]) for r in rows if int(r[1]) == supervisor and r[3].endswith("backend serve")}
    family = serving | {int(r[0]) for r in rows if int(r[1]) in serving}
    return sum(int(r[2]) for r in rows if int(r[0]) in family) / 1024


def read_times(url: str, query: str) -> dict[str, float]:
    """Median and 95th percentile of one query asked again and again, in milliseconds."""
    times = []
    for _ in range(READS):
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            body = json.loads(answer.read())
        times.append((time.perf_counter() - began) * 1000)
        assert "errors" not in body, body
    times.sort()
    return {"median": round(statistics.median(times), 2), "p95": round(times[int(len(times) * 0.95)], 2)}


def first_load() -> dict[str, float]:
    """What the first screen loads before anything else: kB of JavaScript and CSS, as brotli and gzip."""
    page = (DIST / "index.html").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', page))
    figures = {"js_br_kb": 0.0, "js_gz_kb": 0.0, "css_br_kb": 0.0, "css_gz_kb": 0.0}
    for name in names:
        file = DIST / name
        kind = "js" if file.suffix == ".js" else "css"
        figures[f"{kind}_br_kb"] += file.with_name(file.name + ".br").stat().st_size / 1000
        figures[f"{kind}_gz_kb"] += len(gzip.compress(file.read_bytes(), 9)) / 1000
    return {k: round(v, 1) for k, v in figures.items()}


def lighthouse(url: str, rounds: int = ROUNDS) -> dict[str, Any]:
    """Medians of the mobile preset for each screen; empty when Lighthouse is not installed."""
    if not (ROOT / "benchmarks" / "lighthouse" / "node_modules").is_dir():
        return {}
    chromium = subprocess.run(
        [sys.executable, "tools/system.py", "chromium"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    command = [sys.executable, "tools/node.py", "node", "benchmarks/lighthouse/run.mjs", str(rounds)]
    done = subprocess.run(
        [*command, *(url + screen for screen in SCREENS)],
        cwd=ROOT,
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    runs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    # On a busy machine Lighthouse may give a run up and say nothing of a figure: such a run is none.
    runs = [run for run in runs if None not in run.values()]
    left = {screen: sum(run["address"] == screen for run in runs) for screen in SCREENS}
    if any(2 * count <= rounds for count in left.values()):
        raise SystemExit(
            f"most Lighthouse runs came to nothing, {left} of {rounds}: repeat it on a quiet machine"
        )
    return {screen: medians([r for r in runs if r["address"] == screen]) for screen in SCREENS}


def medians(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {name: statistics.median(r[name] for r in runs) for name in runs[0] if name != "address"}


if __name__ == "__main__":
    main()
