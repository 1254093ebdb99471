"""Brings the database to the newest migration."""

import asyncio

from tortoise.migrations.api import migrate

from backend import database
from backend.logs import set_up_logs
from backend.settings import Settings


def main(settings: Settings) -> int:
    """Run what has not run yet; safe to repeat."""
    set_up_logs(settings.log_level)
    asyncio.run(_migrate(database.url_of(settings)))
    return 0


async def _migrate(url: str) -> None:
    try:
        await migrate(config=database.configuration(url, long=True))
    finally:
        await database.disconnect()
