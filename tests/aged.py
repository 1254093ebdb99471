"""Lets a signing intent of a running `make run` grow old: what five minutes do, for tests that cannot set its clock.

LUGAS_HOME=... python -m tests.aged <intent>
"""

import asyncio
import sys
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from backend.database import url_of
from backend.settings import Settings


async def main(intent: UUID) -> None:
    """Put the end of its time into the past; fails loudly when there is no such unused intent."""
    parts = urlsplit(url_of(Settings.from_env()))
    database = await asyncpg.connect(urlunsplit(parts._replace(scheme="postgresql")))
    try:
        done = await database.execute(
            "UPDATE signing_intents SET expires_at = now() - interval '1 second' WHERE id = $1 AND used_at IS NULL",
            intent,
        )
    finally:
        await database.close()
    if done != "UPDATE 1":
        raise SystemExit(f"no intent {intent} waits")


if __name__ == "__main__":
    asyncio.run(main(UUID(sys.argv[1])))
