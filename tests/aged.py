"""Lets things of a running `make run` grow old, for browser tests that cannot set its clock.

LUGAS_HOME=... python -m tests.aged intent <id>      what five minutes do to a signing intent
LUGAS_HOME=... python -m tests.aged code <phone>     what a minute does: the number may ask for a code again
LUGAS_HOME=... python -m tests.aged reading <id>     what workers do that die over a file of the budget
"""

import asyncio
import sys
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from backend.budget.reading import BEGUN_MOST
from backend.core.secrets import Keyring
from backend.database import url_of
from backend.identity.rules import CODE_PAUSE, read_phone
from backend.settings import Settings
from schema.ids import uuid_of


async def main(kind: str, which: str) -> None:
    """Age one thing; fails loudly when there is none such."""
    settings = Settings.from_env()
    parts = urlsplit(url_of(settings))
    database = await asyncpg.connect(urlunsplit(parts._replace(scheme="postgresql")))
    try:
        if kind == "reading":
            done = await database.execute(
                "INSERT INTO budget_readings (import_id, lines, begun) VALUES ($1, 0, $2)",
                uuid_of(which, "BudgetImport"),
                BEGUN_MOST,
            )
        elif kind == "intent":
            done = await database.execute(
                "UPDATE signing_intents SET expires_at = now() - interval '1 second'"
                " WHERE id = $1 AND used_at IS NULL",
                UUID(which),
            )
        else:
            index = Keyring.load_or_make(settings.key_file).blind_index("phone", read_phone(which) or "")
            done = await database.execute(
                "UPDATE one_time_codes SET asked_at = asked_at - $2::interval WHERE phone_index = $1",
                index,
                CODE_PAUSE,
            )
    finally:
        await database.close()
    if done == "UPDATE 0":
        raise SystemExit(f"no {kind} {which} waits")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
