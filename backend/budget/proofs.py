"""Where figures come from, and how they are kept at hand: what an import says never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.budget.queries import TOPIC
from backend.core.kept import Kept
from backend.core.reads import fetch

# What an import says never changes, and which import counts is known by the topic's version: both are kept.
_found: Kept[Sequence[Any]] = Kept(TOPIC, most=5000)


async def kept_rows(sql: str, *values: object) -> Sequence[Any]:
    """The rows of a statement, kept as long as the budget stands."""
    return await _found.get(lambda: fetch(sql, values), (sql, values))


@dataclass(frozen=True)
class Proof:
    """Where figures come from: the file under its hash, when it came, and what it was held against."""

    import_id: UUID
    kind: str
    file_name: str
    sha256: str
    classification: str
    lines: int
    total: Decimal
    control_total: Decimal
    at: datetime
    superseded_by: UUID | None
    sample: bool


_PROOF = """
SELECT id, kind, file_name, sha256, classification, lines, total, control_total, at, superseded_by,
       sample
FROM budget_imports WHERE id = $1
"""


async def proof(import_id: UUID) -> Proof:
    """Where the figures of an import come from."""
    return Proof(*(await kept_rows(_PROOF, import_id))[0])
