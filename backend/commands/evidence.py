"""`lugas evidence LETTER-NUMBER`: what was approved with which passkey, as JSON that anyone can check."""

import asyncio
from collections.abc import Sequence

import orjson

from backend import database
from backend.settings import SettingError, Settings
from backend.signing.evidence import export


async def _run(settings: Settings, number: str) -> int:
    await database.connect(database.url_of(settings), pool=2, long=True)
    try:
        found = await export(number)
    finally:
        await database.disconnect()
    if found is None:
        print(f"no approval is kept for {number}")
        return 1
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    return 0


def main(settings: Settings, arguments: Sequence[str]) -> int:
    """Print the evidence; 1 when there is none."""
    if len(arguments) != 1:
        raise SettingError("lugas evidence LETTER-NUMBER, such as 470/0012/DISPENDUKCAPIL/2026")
    return asyncio.run(_run(settings, arguments[0]))
