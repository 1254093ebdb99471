"""Writes schema/schema.graphql; CI refuses a difference."""

from pathlib import Path

from backend.settings import Settings
from schema.build import build_schema

SDL = Path(__file__).parent.parent.parent / "schema" / "schema.graphql"


def main(_: Settings) -> int:
    """Write schema/schema.graphql."""
    SDL.write_text(_sdl(), encoding="utf-8")
    return 0


def check() -> int:
    """0 when the file says what the code says."""
    if SDL.is_file() and SDL.read_text(encoding="utf-8") == _sdl():
        return 0
    print(f"{SDL.name} is stale: run `make schema` and commit it")
    return 1


def _sdl() -> str:
    return build_schema().as_str() + "\n"
