"""The commands: run, serve, worker, prepare, migrate, seed, demo, export-schema."""

import argparse
from importlib import import_module

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
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether it did what it should."""
    parser = argparse.ArgumentParser(prog="lugas", description="Public services of a city.")
    parser.add_argument("command", choices=sorted(COMMANDS), help="what to do")
    parser.add_argument(
        "--check", action="store_true", help="export-schema: only say whether the file is stale"
    )
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
    except SettingError as error:
        print(f"lugas: {error}")
        return 2
    module = import_module(COMMANDS[chosen.command])
    try:
        code: int = module.check() if chosen.check else module.main(settings)
    except SettingError as error:
        print(f"lugas: {error}")
        return 2
    return code
