"""`lugas passkey reset PHONE --by A --and B`: two officials take all passkeys of somebody who lost the phone away."""

import argparse
import asyncio
from collections.abc import Sequence

from backend import database
from backend.core.problems import Problem
from backend.core.secrets import Keyring
from backend.core.texts import Locale
from backend.identity import recovery
from backend.settings import SettingError, Settings


async def _run(settings: Settings, phone: str, by: Sequence[str]) -> int:
    await database.connect(database.url_of(settings), pool=2, long=True)
    try:
        gone = await recovery.reset(phone, by, Keyring.load_or_make(settings.key_file))
    except Problem as problem:
        raise SettingError(problem.text.said(Locale.EN)) from problem
    finally:
        await database.disconnect()
    print(
        f"{gone} passkeys revoked, every session ended; the next log-in is by code, and asks for a new passkey"
    )
    return 0


def main(settings: Settings, arguments: Sequence[str]) -> int:
    """Reset, and say how many keys went."""
    parser = argparse.ArgumentParser(prog="lugas passkey", allow_abbrev=False)
    parser.add_argument("act", choices=["reset"])
    parser.add_argument("phone", help="whose passkeys, such as 081100020001")
    parser.add_argument("--by", required=True, help="phone of one official who answers for it")
    parser.add_argument("--and", required=True, dest="second", help="phone of another one")
    given = parser.parse_args(arguments)
    return asyncio.run(_run(settings, given.phone, (given.by, given.second)))
