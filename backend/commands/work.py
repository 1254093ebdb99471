"""The worker process."""

import asyncio

from backend import worker
from backend.settings import Settings


def main(settings: Settings) -> int:
    """Work until SIGINT or SIGTERM."""
    asyncio.run(worker.run(settings))
    return 0
