"""Writes schema/schema.graphql; CI refuses a difference."""

from pathlib import Path

from backend.settings import Settings
from schema.build import build_schema

SDL = Path(__file__).parent.parent.parent / "schema" / "schema.graphql"


def main(_: Settings) -> int:
    """Write the file; `git diff --exit-code` tells whether it changed."""
    SDL.write_text(build_schema().as_str() + "\n", encoding="utf-8")
    return 0
