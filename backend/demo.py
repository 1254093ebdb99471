"""x"""

from backend.settings import Settings


def main(settings: Settings) -> int:
    return 1
