"""Honest traffic alone, and while every tenth request means harm: how much of its rate stays."""

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.fuzz import hostile
from benchmarks.fuzz.city import Target
from benchmarks.peers.load import Requests, Taken, listed, run

SCRIPT = Path(__file__).with_name("attack.lua")
HOMES = 2000  # honest callers, each from a network of its own
ATTACKERS = 20
SETTLE_SECONDS = 10.0
SHARE = 9  # honest requests for each hostile one
CONNECTIONS = 128  # many, so that what each one waits for an answer matters little to the rate
ROUNDS = 10  # without and with attack in turns, each held against the one beside it: the machine has other work too
VARIANTS = 8  # of each kind of hostile document
QUESTION = "{ services(first: 10) { edges { node { code name promise { text } fee { text } } } } }"


def honest_rate_ratio(target: Target, folder: Path, seconds: int, seed: int) -> float:
    """Honest answers a second under attack, divided by those without; rate limits are the usual ones."""
    networks = [f"10.{n // 250}.{n % 250}.7" for n in range(HOMES)]
    asked = Requests(
        f"{target.origin}/graphql",
        json.dumps({"query": QUESTION}),
        {"Host": target.origin.partition("//")[2]},
        networks,
        networks,
        "X-Forwarded-For",
    )
    run(asked, min(3, seconds), folder)
    rate = run(asked, seconds, folder).rate
    # What counts is an attack that lasts: the attackers' first allowance is spent before.
    with _attack(target, folder, rate / SHARE, SETTLE_SECONDS + 5, seed):
        run(asked, SETTLE_SECONDS, folder)
    alone, attacked = [], []
    part = max(1, round(seconds / ROUNDS))  # wrk knows whole seconds alone
    for _ in range(ROUNDS):
        alone.append(_answered(run(asked, part, folder)))
        with _attack(target, folder, rate / SHARE, part + 5, seed):
            attacked.append(_answered(run(asked, part, folder)))
    print(f"honest answers a second: {_said(alone)} alone, {_said(attacked)} under attack", flush=True)
    return round(median(under / free for free, under in zip(alone, attacked, strict=True)), 2)


def _answered(taken: Taken) -> float:
    return (taken.requests - taken.failed) / taken.seconds


def _said(rates: list[float]) -> str:
    return ", ".join(f"{rate:.0f}" for rate in rates)


@contextmanager
def _attack(target: Target, folder: Path, rate: float, seconds: float, seed: int) -> Iterator[None]:
    """Hostile documents at a steady rate from a few networks, by a generator that takes little of the machine."""
    dice = random.Random(seed)
    bodies = [json.dumps({"query": maker(dice)}) for maker in hostile.DOCUMENTS for _ in range(VARIANTS)]
    dice.shuffle(bodies)
    networks = [f"172.16.{n}.9" for n in range(ATTACKERS)]
    plan = folder / "attack.lua"
    plan.write_text(
        f"return {{bodies = {listed(bodies)}, networks = {listed(networks)}, seed = {seed},"
        f" wait = {round(CONNECTIONS / rate * 1000)}}}",
        encoding="utf-8",
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(SCRIPT)]
    with subprocess.Popen(
        [*command, f"{target.origin}/graphql", "--", str(plan)], stdout=subprocess.PIPE, text=True
    ) as attacking:
        try:
            yield
        finally:
            attacking.send_signal(signal.SIGINT)
            said, _ = attacking.communicate(timeout=30)
    print(f"hostile: {rate:.0f} a second wanted; {' '.join(said.split())[-200:]}", flush=True)
