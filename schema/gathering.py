"""Fields side by side are waited for until the last has ended, also when one of them was refused.

graphql-core cancels the others at the first refusal. Those that had not taken their first step leave coroutines
that nobody awaits, and the warnings about them, printed whenever memory is cleared, end in tracebacks. Waiting costs
nothing more: what a request may hold is bounded by the guard, and its time by the endpoint. When that time is up,
each field takes its first step before it is told. graphql-core is pinned in pyproject.toml; `install` fails at the
start when another version no longer has the name that is replaced.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql.execution import executor

REPLACED = "gather_with_cancel"


async def gather(*awaitables: Awaitable[Any]) -> list[Any]:
    """All results in order; else, when all have ended, the first exception."""
    tasks = [asyncio.ensure_future(a) for a in awaitables]
    try:
        await _ended(tasks)
    except asyncio.CancelledError:
        # A task that is cancelled before its first step drops what it was to await.
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await _ended(tasks)
        raise
    return [task.result() for task in tasks]


async def _ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Wait for all; unlike asyncio.gather, being cancelled meanwhile cancels none of them."""
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            # Looked at here, so that nobody is told later of an exception that was never retrieved.
            task.exception()


def install() -> None:
    """Have graphql-core gather this way, in the whole process; a second time changes nothing."""
    if not hasattr(executor, REPLACED):
        raise RuntimeError(f"graphql-core no longer has {REPLACED}: see schema/gathering.py")
    setattr(executor, REPLACED, gather)
