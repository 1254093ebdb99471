"""Honest traffic alone, and while every tenth request means harm: how much of its rate stays."""

import asyncio
import json
import random
import threading
import time
from pathlib import Path

import aiohttp

from benchmarks.fuzz import hostile
from benchmarks.fuzz.city import Target
from benchmarks.fuzz.fire import HANG_SECONDS, Tally, one
from benchmarks.fuzz.shots import Shot
from benchmarks.peers.load import Requests, run

HOMES = 2000  # honest callers, each from a network of its own
ATTACKERS = 20
SETTLE_SECONDS = 10.0
SHARE = 9  # honest requests for each hostile one
QUESTION = "{ services(first: 10) { edges { node { code name promise { text } fee { text } } } } }"


def honest_rate_ratio(target: Target, folder: Path, seconds: float, seed: int) -> float:
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
    run(asked, min(3.0, seconds), folder)
    alone = run(asked, seconds, folder)
    stop = threading.Event()
    attack = threading.Thread(target=lambda: asyncio.run(_attack(target, alone.rate / SHARE, stop, seed)))
    attack.start()
    try:
        # What counts is an attack that lasts: the attackers' first allowance is spent meanwhile.
        run(asked, SETTLE_SECONDS, folder)
        attacked = run(asked, seconds, folder)
    finally:
        stop.set()
        attack.join()
    answered = (attacked.requests - attacked.failed) / attacked.seconds
    print(f"honest answers a second: {alone.rate:.0f} alone, {answered:.0f} under attack", flush=True)
    return round(answered / alone.rate, 2)


async def _attack(target: Target, rate: float, stop: threading.Event, seed: int) -> None:
    """Hostile documents at a steady rate from a few networks."""
    dice = random.Random(seed)
    shots = [
        Shot("attack", body=json.dumps({"query": maker(dice)}).encode())
        for maker in hostile.DOCUMENTS
        for _ in range(8)
    ]
    timeout = aiohttp.ClientTimeout(total=HANG_SECONDS)
    tally, running = Tally(), set[asyncio.Task[None]]()
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=64)) as http:
        due = time.monotonic()
        while not stop.is_set():
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(running) < 256:
                task = asyncio.create_task(_shot(http, target, dice, shots, tally))
                running.add(task)
                task.add_done_callback(running.discard)
        await asyncio.gather(*running, return_exceptions=True)
    print(f"hostile answers: {dict(sorted(tally.statuses.items()))}", flush=True)


async def _shot(
    http: aiohttp.ClientSession, target: Target, dice: random.Random, shots: list[Shot], tally: Tally
) -> None:
    shot = dice.choice(shots)
    headers = {**shot.headers, "X-Forwarded-For": f"172.16.{dice.randrange(ATTACKERS)}.9"}
    try:
        await one(http, target.origin, Shot(shot.kind, headers=headers, body=shot.body), tally)
    except (TimeoutError, aiohttp.ClientError, ConnectionError, ValueError):
        return
