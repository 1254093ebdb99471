"""How a letter of a service is worded: the sentence that opens it, by what it is, and the law it rests on."""

from collections.abc import Mapping
from typing import Any

from backend.services.definition import Definition

_STATEMENT = "Yang bertanda tangan di bawah ini menerangkan dengan sebenarnya bahwa:"
OPENINGS: Mapping[str, str] = {
    "statement": _STATEMENT,
    "cover_letter": "Yang bertanda tangan di bawah ini memberikan pengantar kepada:",
    "notice": "Dengan ini kami beritahukan hasil permohonan atas nama:",
    "recommendation": "Setelah memeriksa berkas permohonan, kami memberikan rekomendasi kepada:",
    "approval": "Setelah memeriksa berkas permohonan, kami memberikan persetujuan kepada:",
    "permit": "Setelah memeriksa dan menilai permohonan, kami memberikan izin kepada:",
}


def opening(definition: Definition) -> str:
    """The sentence before the table: what the city does with this letter for the person named in it."""
    return OPENINGS.get(definition.product.letter.kind, _STATEMENT)


def data(definition: Definition) -> Mapping[str, Any]:
    """What the template prints beyond the rest: laws, only of services whose rules we have seen ourselves (mark V)."""
    return {} if definition.requirements_mark.is_sample else {"legal": list(definition.legal)}
