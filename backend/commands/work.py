"""The worker process."""

import asyncio

from backend import worker
from backend.logs import set_up_logs
from backend.settings import Settings


def main(settings: Settings) -> int:
    """Work until SIGINT or SIGTERM."""
    set_up_logs(settings.log_level)
    asyncio.run(worker.run(settings))
    return 0
