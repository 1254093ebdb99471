"""Registers third-party apps: `client add`, `list`, `rotate`, `revoke`."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from backend import database
from backend.core.actors import SYSTEM
from backend.core.problems import InvalidInput, Problem
from backend.logs import set_up_logs
from backend.partners import actions, queries
from backend.settings import Settings

MOST_BYTES = 64 * 1024
Act = Callable[[argparse.Namespace], Awaitable[None]]


def main(settings: Settings, arguments: list[str]) -> int:
    """Run one of the four; 0 when it is done, 1 when it was refused."""
    set_up_logs(settings.log_level)
    given = _parser().parse_args(arguments)
    return asyncio.run(_run(settings, given))


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    acts: dict[str, Act] = {"add": _add, "list": _list, "rotate": _rotate, "revoke": _revoke}
    await database.connect(database.url_of(settings), pool=2)
    try:
        await acts[given.act](given)
    except (Problem, OSError) as refused:
        for line in _said(refused):
            print(f"lugas: {line}")
        return 1
    finally:
        await database.disconnect()
    return 0


async def _add(given: argparse.Namespace) -> None:
    client = await actions.register(SYSTEM, given.name, given.contact, given.scope, _read(given.jwks))
    print(client.id)


async def _rotate(given: argparse.Namespace) -> None:
    client = await actions.rotate(SYSTEM, given.id, _read(given.jwks))
    print(f"{client.id} has new keys; those that were left out are removed")


async def _revoke(given: argparse.Namespace) -> None:
    client = await actions.revoke(SYSTEM, given.id)
    print(f"{client.id} is revoked; its tokens are refused from now on")


async def _list(_: argparse.Namespace) -> None:
    for found in await queries.registered():
        client = found.client
        state = f"revoked {client.revoked_at:%Y-%m-%d}" if client.revoked_at else "active"
        print("\t".join((str(client.id), state, client.name, client.contact, client.scopes, *found.kids)))


def _read(path: Path) -> bytes:
    """The file, of which no more than 64 KiB can be a key set."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def _said(refused: Problem | OSError) -> list[str]:
    if isinstance(refused, InvalidInput) and refused.faults:
        return [f"{fault.path}: {fault.text.en}" for fault in refused.faults]
    if isinstance(refused, Problem):
        return [refused.text.en]
    return [f"{refused.filename}: {refused.strerror}"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lugas client", description="Third-party apps.")
    acts = parser.add_subparsers(dest="act", required=True)
    add = acts.add_parser("add", help="register an app; prints its client id")
    add.add_argument("--name", required=True, help="what people call it")
    add.add_argument("--contact", required=True, help="e-mail address of who answers for it")
    add.add_argument("--scope", required=True, action="append", help="what it may read; may be repeated")
    add.add_argument("--jwks", required=True, type=Path, help="file with its public keys (JWKS)")
    acts.add_parser("list", help="every app: id, state, name, contact, scopes, kids")
    rotate = acts.add_parser("rotate", help="replace the keys of an app")
    rotate.add_argument("id", type=UUID, help="client id")
    rotate.add_argument("--jwks", required=True, type=Path, help="file with the keys that count from now on")
    revoke = acts.add_parser("revoke", help="shut an app out, at once")
    revoke.add_argument("id", type=UUID, help="client id")
    return parser
