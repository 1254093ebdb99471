"""Fields side by side are waited for until the last has ended, also when one of them was refused.

graphql-core cancels the others at the first refusal. Those that had not taken their first step leave coroutines
that nobody awaits, and the warnings about them, printed whenever memory is cleared, end in tracebacks. Waiting costs
nothing more: what a request may hold is bounded by the guard, and its time by the endpoint. graphql-core is pinned
in pyproject.toml; `install` fails at the start when another version no longer has the name that is replaced.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

from graphql.execution import executor

REPLACED = "gather_with_cancel"


async def gather(*awaitables: Awaitable[Any]) -> list[Any]:
    """All results in order; else, when all have ended, the first exception."""
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def install() -> None:
    """Have graphql-core gather this way, in the whole process; a second time changes nothing."""
    if not hasattr(executor, REPLACED):
        raise RuntimeError(f"graphql-core no longer has {REPLACED}: see schema/gathering.py")
    setattr(executor, REPLACED, gather)
