"""Migrate and seed in one process: what a start needs before it serves."""

from backend.commands import migrate, seed
from backend.settings import Settings


def main(settings: Settings) -> int:
    """Bring the database to the newest migration and plant the city; safe to repeat."""
    return migrate.main(settings) or seed.main(settings)
