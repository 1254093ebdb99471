"""Documents: the app's own, trusted by the SHA-256 of their text, and those lately seen, parsed once."""

from collections import OrderedDict
from pathlib import Path

import orjson
from graphql import DocumentNode, GraphQLError, parse

MANIFEST = Path(__file__).parent / "operations" / "manifest.json"


KEPT = 256
DEEPEST = 60


class Documents:
    """Parses documents; the last 256 are kept, each at most 64 KiB of text."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._kept: OrderedDict[str, DocumentNode] = OrderedDict()

    def parse(self, text: str) -> DocumentNode:
        """The document, or GraphQLError for one that is none, nests too deeply or has too many tokens."""
        known = self._kept.get(text)
        if known is not None:
            self._kept.move_to_end(text)
            return known
        _check_nesting(text)
        document = parse(text, no_location=False, max_tokens=self._tokens)
        self._kept[text] = document
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return document


def _check_nesting(text: str) -> None:
    """The parser recurses as deeply as brackets nest, so they are counted first."""
    depth = 0
    for char in text:
        if char in "{[(":
            depth += 1
            if depth > DEEPEST:
                raise GraphQLError(f"The document nests deeper than {DEEPEST}.")
        elif char in "}])":
            depth -= 1


def load_manifest(path: Path = MANIFEST) -> dict[str, str]:
    """SHA-256 (hex) to document; empty while the app has not been built."""
    if not path.exists():
        return {}
    found: dict[str, str] = orjson.loads(path.read_bytes())
    return found
