"""`make fuzz`: counts of what strange requests did to a real server; the last line is one JSON object."""

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

from benchmarks.fuzz import cost
from benchmarks.fuzz.attack import honest_rate_ratio
from benchmarks.fuzz.city import ROOT, WIDE, Target, seeded_home, serving
from benchmarks.fuzz.fire import Tally, fire
from benchmarks.fuzz.shots import Gun

SDL = ROOT / "schema" / "schema.graphql"
OPERATIONS = ROOT / "schema" / "operations" / "manifest.json"
REPORT = ROOT / ".lugas" / "fuzz-faults.txt"
SCHEMATHESIS_SECONDS = 60


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    many = int(os.environ.get("FUZZ_REQUESTS", "100000"))
    parser.add_argument(
        "--requests", type=int, default=many, help="of the own generator (FUZZ_REQUESTS or 100000)"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randint(1, 2**31))
    parser.add_argument(
        "--attack-seconds", type=int, default=30, help="of honest traffic, without and with attack"
    )
    parser.add_argument("--no-schemathesis", action="store_true")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    print(f"seed {options.seed}", flush=True)
    with seeded_home() as (home, dsn, cookies):
        with serving(home, dsn, cookies, **WIDE) as target:
            found = shoot(schema, target, options)
            if not options.no_schemathesis:
                found["schemathesis"] = schemathesis(target)
            found |= worst(schema, target, options.seed)
            found["tracebacks"] = target.tracebacks
            if found["tracebacks"]:
                keep(target.log.read_text(encoding="utf-8", errors="replace")[-20_000:])
        with serving(home, dsn, cookies, LUGAS_TRUST_PROXY="1") as target:
            found["honest_rate_ratio"] = honest_rate_ratio(target, home, options.attack_seconds, options.seed)
            found["tracebacks"] += target.tracebacks
    print(json.dumps(found))
    return 0 if clean(found) else 1


def clean(found: dict[str, Any]) -> bool:
    counts = any(found[name] for name in ("http_500", "tracebacks", "internal", "hangs"))
    return not counts and not found.get("schemathesis", {}).get("failed")


def shoot(schema: GraphQLSchema, target: Target, options: argparse.Namespace) -> dict[str, Any]:
    """The own generator."""
    tally, began = Tally(), time.monotonic()
    gun = Gun(schema, options.seed, target.cookies, target.origin)
    asyncio.run(fire(target.origin, gun.shots(options.requests), tally))
    rate = tally.requests / (time.monotonic() - began)
    print(f"{tally.requests} requests, {rate:.0f} a second; statuses {dict(sorted(tally.statuses.items()))}")
    for fault in tally.faults[:10]:
        print(fault[:600])
    if tally.faults:
        keep("\n".join(tally.faults))
    return {
        "requests": tally.requests,
        "http_500": tally.http_500,
        "tracebacks": 0,
        "internal": tally.internal,
        "hangs": tally.hangs,
        "dropped": tally.dropped,
    }


def schemathesis(target: Target) -> dict[str, Any]:
    """A minute of schemathesis, half of it with a session; it reads the schema from the server."""
    cases, failed = 0, False
    for headers in ([], ["-H", f"Cookie: {target.cookies[-1]}", "-H", f"Origin: {target.origin}"]):
        command = [str(Path(sys.executable).with_name("st")), "--no-color", "run", f"{target.origin}/graphql"]
        command += ["--request-timeout", "5", "--max-time", str(SCHEMATHESIS_SECONDS // 2), "--workers", "4"]
        done = subprocess.run(
            [*command, "--checks", "nothing_unexpected", "--continue-on-failure", *headers],
            cwd=target.log.parent,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "benchmarks.fuzz.checks", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        text = done.stdout + done.stderr
        counted = re.search(r"(\d+) generated", text)
        cases += int(counted[1]) if counted else 0
        failed |= done.returncode != 0
        if done.returncode:
            keep(text)
    print(f"schemathesis: {cases} cases, {'faults found' if failed else 'no fault'}", flush=True)
    return {"cases": cases, "failed": failed}


def worst(schema: GraphQLSchema, target: Target, seed: int) -> dict[str, Any]:
    """The dearest single anonymous request."""
    documents = list(json.loads(OPERATIONS.read_text(encoding="utf-8")).values())
    shots = cost.candidates(schema, [text for text in documents if isinstance(text, str)], seed)
    costs = asyncio.run(cost.measure(target, shots))
    for kind, (mean, most) in sorted(cost.by_kind(costs).items(), key=lambda item: -item[1][0]):
        print(f"  {kind:22} {mean:7.1f} ms on average, at most {most:.1f}")
    cpu, memory = asyncio.run(cost.worst(target, costs))
    print(f"dearest in CPU: {cpu.kind}, {cpu.cpu_ms:.1f} ms; in memory: {memory.kind}, {memory.mb:.1f} MB")
    return {
        "worst_cpu_ms": round(cpu.cpu_ms, 1),
        "worst_cpu": cpu.kind,
        "worst_mb": round(memory.mb, 1),
        "worst_memory": memory.kind,
    }


def keep(text: str) -> None:
    """What went wrong, for whoever mends it."""
    REPORT.parent.mkdir(exist_ok=True)
    with REPORT.open("a", encoding="utf-8") as file:
        file.write(text + "\n")
    print(f"written to {REPORT.relative_to(ROOT)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
