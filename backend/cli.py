"""The commands: run, serve, worker, prepare, migrate, seed, demo, export-schema, client, verify, budget, evidence, passkey."""

import argparse
import sys
from importlib import import_module
from types import ModuleType

from backend.settings import SettingError, Settings

# By name, so that a small command need not load the large ones: half a second against five.
COMMANDS = {
    "run": "backend.run",
    "serve": "backend.commands.serve",
    "worker": "backend.commands.work",
    "prepare": "backend.commands.prepare",
    "migrate": "backend.commands.migrate",
    "seed": "backend.commands.seed",
    "demo": "backend.demo",
    "export-schema": "backend.commands.export_schema",
    "client": "backend.commands.client",
    "evidence": "backend.commands.evidence",
    "passkey": "backend.commands.passkey",
    "verify": "backend.commands.verify",
    "budget": "backend.commands.budget",
}
# These read the rest of the line themselves.
WITH_ARGUMENTS = ("budget", "client", "evidence", "passkey", "verify")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether it did what it should."""
    parser = argparse.ArgumentParser(
        prog="lugas", description="Public services of a city.", allow_abbrev=False
    )
    parser.add_argument("command", choices=sorted(COMMANDS), help="what to do")
    parser.add_argument(
        "--check", action="store_true", help="export-schema: only say whether the file is stale"
    )
    given = sys.argv[1:] if arguments is None else arguments
    rest = given[1:] if given[:1] and given[0] in WITH_ARGUMENTS else []
    chosen = parser.parse_args(given[:1] if rest else given)
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(f"lugas: {error}")
        return 2
    module = import_module(COMMANDS[chosen.command])
    try:
        code: int = _call(module, settings, chosen, rest)
    except SettingError as error:
        print(f"lugas: {error}")
        return 2
    return code


def _call(module: ModuleType, settings: Settings, chosen: argparse.Namespace, rest: list[str]) -> int:
    if chosen.command in WITH_ARGUMENTS:
        code: int = module.main(settings, rest)
    else:
        code = module.check() if chosen.check else module.main(settings)
    return code
