"""Plants the city, and in development the people of the demonstration."""

import asyncio

from backend import database
from backend.core.secrets import Keyring
from backend.logs import set_up_logs
from backend.seeds import plant
from backend.settings import Settings
from storage.open import open_documents


def main(settings: Settings) -> int:
    """Add what is missing or changed; safe to repeat."""
    set_up_logs(settings.log_level)
    asyncio.run(_seed(settings))
    return 0


async def _seed(settings: Settings) -> None:
    await database.connect(database.url_of(settings))
    try:
        await plant.plant_city()
        documents = open_documents(settings.storage)
        try:
            await documents.prepare()
            await plant.plant_money(documents)
            if settings.demo:
                await plant.plant_sample_money(documents)
        finally:
            await documents.close()
        if settings.demo:
            await plant.plant_people(Keyring.load_or_make(settings.key_file))
    finally:
        await database.disconnect()
