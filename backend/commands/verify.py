"""`lugas verify`: recompute every summary and compare it with what is kept; 1 when one is wrong."""

import asyncio

from backend import database
from backend.applications import counts
from backend.budget import verify as money
from backend.settings import Settings


async def differences() -> list[str]:
    """One line for each sum that does not say what the rows say."""
    cases = [f"cases {d.where}: {d.summary}, counted {d.counted}" for d in await counts.differences()]
    return cases + [
        f"budget {d['year']} {d['stage']} {d['opd']} {d['fund_source']}: {d['kept_amount']}, counted {d['real_amount']}"
        for d in await money.differences()
    ]


async def _run(settings: Settings) -> int:
    await database.connect(database.url_of(settings), pool=2, long=True)
    try:
        found = await differences()
    finally:
        await database.disconnect()
    for line in found:
        print(line)
    print("every summary is right" if not found else f"{len(found)} sums are wrong")
    return 1 if found else 0


def main(settings: Settings) -> int:
    """Compare and say so."""
    return asyncio.run(_run(settings))
