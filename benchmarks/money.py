"""`make bench-budget`: a million budget lines brought in and walked through; the last line is one JSON object."""

import asyncio
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from backend import embedded
from backend.budget.expenditure import HEADINGS
from backend.seeds.load import City, load_city
from benchmarks import walking
from benchmarks.fuzz.city import ROOT, WIDE, serving
from benchmarks.peers.load import Requests, Taken, run
from schema.documents import load_manifest

LINES = int(os.environ.get("BUDGET_LINES", "1000000"))
YEAR = 2026
SECONDS = 8
RATIO_SECONDS = 5  # for each of four servers, four questions and four turns
ITEMS = 20  # lines of one account, told apart by what is bought
MOST = {"explore_p95_ms": 50.0, "import_rss_mb": 300.0}
LEAST = {"import_rows_s": 20_000.0}
# A field and the OPD whose programmes are made in it; enough for some thousand sub-activities.
FIELDS = ("1.01", "1.02", "1.03", "1.05", "1.06", "2.11", "2.12", "2.15", "2.16", "5.02")
ACCOUNTS = tuple(f"5.{group}.{kind:02d}" for group, kinds in ((1, 6), (2, 6)) for kind in range(1, kinds + 1))


def main() -> int:
    """Measure, print, and say by the exit code whether every bound was kept."""
    with tempfile.TemporaryDirectory(prefix="lugas-money-") as folder:
        home = Path(folder)
        found = measure(home)
    within = all(found[name] <= most for name, most in MOST.items())
    within = within and all(found[name] >= least for name, least in LEAST.items())
    print(json.dumps(found | {"within": within}))
    return 0 if within else 1


def measure(home: Path) -> dict[str, float]:
    """Fill a throw-away database over the command line, then ask a server of one worker."""
    city = load_city()
    table = home / "apbd.csv"
    began = time.monotonic()
    total = write(table, city)
    print(
        f"{LINES} lines written in {time.monotonic() - began:.0f} s, {table.stat().st_size >> 20} MB",
        flush=True,
    )
    with embedded.scratch(home / "pg") as cluster:
        env = {**os.environ, "LUGAS_HOME": str(home), "LUGAS_DATABASE_URL": cluster.dsn}
        lugas(env, "prepare")
        figures = bring(env, table, total)
        over = {**WIDE, "LUGAS_HOME": str(home)}
        figures |= walk(home, cluster.dsn, city, over)
        asyncio.run(walking.prepare(cluster.libpq))
        figures |= walking.ratios(home, cluster, questions(city), RATIO_SECONDS)
    return figures


def bring(env: dict[str, str], table: Path, total: Decimal) -> dict[str, float]:
    """Import the file; wall-clock rows a second, and the most memory of the process that reads it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    lugas(env, "budget", "import", str(table), "--year", str(YEAR), "--total", str(total))
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"imported in {seconds:.1f} s, {cpu:.1f} s of it CPU of the importing process", flush=True)
    # The children before it (migrate, seed) are small: the largest of all is this one.
    return {
        "import_rows_s": round(LINES / seconds),
        "import_cpu_s": round(cpu, 1),
        "import_rss_mb": round(after.ru_maxrss / 1024, 1),
    }


def walk(home: Path, dsn: str, city: City, over: dict[str, str]) -> dict[str, float]:
    """Four questions at 16 connections: with the kept answers as the product has them, and without any."""
    documents = {
        name: text
        for text in load_manifest().values()
        for name in ("BudgetPlace",)
        if f"query {name}(" in text
    }
    figures: dict[str, float] = {}
    for label, kept in (("", "32"), ("_unkept", "0")):
        with serving(home, dsn, [], **over, LUGAS_ANSWERS_MIB=kept) as target:
            worst = 0.0
            for name, variables in questions(city).items():
                taken = ask(target.origin, documents["BudgetPlace"], variables, home)
                print(
                    f"{name}{label}: {taken.rate:.0f} a second, p50 {taken.p50:.1f}, p95 {taken.p95:.1f} ms",
                    flush=True,
                )
                figures[f"{name}{label}_p95_ms"] = round(taken.p95, 1)
                worst = max(worst, taken.p95)
            figures[f"explore{label}_p95_ms"] = round(worst, 1)
    return figures


def ask(origin: str, document: str, variables: list[dict[str, object]], home: Path) -> Taken:
    """Load with one of the variables at each request, in turn."""
    body = json.dumps({"query": document, "variables": "@V@"}).replace('"@V@"', "@V@")
    values = [json.dumps(one) for one in variables]
    asked = Requests(f"{origin}/graphql", body, {"Content-Type": "application/json"}, values)
    run(asked, 2, home)
    taken = run(asked, SECONDS, home)
    if taken.failed:
        raise SystemExit(f"{taken.failed} requests failed")
    return taken


def questions(city: City) -> dict[str, list[dict[str, object]]]:
    """The city, every OPD, their programmes, and sub-activities; what exists in the file that was made."""
    opds = [office.code for office in city.opds]
    place: dict[str, object] = {"year": YEAR}
    return {
        "city": [place],
        "opd": [{**place, "opd": opd} for opd in opds],
        "programme": [
            {**place, "opd": opd, "code": f"{field}.02"}
            for opd, field in zip(opds, _fields(opds), strict=True)
        ],
        "sub_activity": [
            {**place, "opd": opd, "code": f"{field}.02.2.01.{sub:04d}"}
            for opd, field in zip(opds, _fields(opds), strict=True)
            for sub in range(1, 11)
        ],
    }


def _fields(opds: list[str]) -> Iterator[str]:
    for place in range(len(opds)):
        yield FIELDS[place % len(FIELDS)]


def write(path: Path, city: City) -> Decimal:
    """Write an export of `LINES` lines over all OPDs; its control total in rupiah."""
    dice = random.Random(2026)
    names = [office.name for office in city.opds]
    sources = [source.code for source in city.fund_sources]
    sen = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for number in range(LINES):
            # As SIPD writes it: the items of an account, the accounts of a sub-activity, one after the other.
            group = number // ITEMS
            place = group % len(names)
            field = FIELDS[place % len(FIELDS)]
            programme = f"{field}.{2 + group // 28 % 6:02d}"
            activity = f"{programme}.2.{1 + group // 168 % 4:02d}"
            sub = f"{activity}.{1 + group // 672 % 10:04d}"
            amount = dice.randint(1_000_00, 900_000_000_00)
            sen += amount
            account = f"{ACCOUNTS[group % len(ACCOUNTS)]}.01.01.{1 + group % 300:04d}"
            source = sources[group % len(sources)]
            unit = f"{field}.0.00.0.00.{place:02d}.0000"
            out.writerow(
                (
                    *(
                        YEAR,
                        field[0],
                        "Urusan",
                        unit,
                        names[place],
                        unit,
                        names[place],
                        field,
                        f"Bidang {field}",
                    ),
                    *(programme, f"Program {programme}", activity, f"Kegiatan {activity}", sub, f"Sub {sub}"),
                    *(
                        source,
                        "Sumber",
                        account,
                        f"Belanja {account}",
                        "",
                        f"Barang contoh {number}",
                    ),
                    f"{amount // 100}.{amount % 100:02d}",
                )
            )
    return Decimal(sen) / 100


def lugas(env: dict[str, str], *command: str) -> None:
    """One command of ours; what it prints is shown when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "backend", *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout[-2000:]} {done.stderr[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
