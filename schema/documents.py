"""Trusted documents: the app's own operations, known by the SHA-256 of their text."""

from pathlib import Path

import orjson

MANIFEST = Path(__file__).parent / "operations" / "manifest.json"


def load_manifest(path: Path = MANIFEST) -> dict[str, str]:
    """SHA-256 (hex) to document; empty while the app has not been built."""
    if not path.exists():
        return {}
    found: dict[str, str] = orjson.loads(path.read_bytes())
    return found
