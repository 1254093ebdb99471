"""What a signer approves: the manifest, its challenge, and one entry of it as a signing act gets it.

Plain Python: anybody can compute the same from the exported evidence (docs/signing.md).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from backend.core.actors import Capacity
from backend.core.texts import Text

DOMAIN = b"malang-tte-v1"
PURPOSE = "sign_letters"
FIRST, SECOND = 1, 2
BATCH_MOST = 50
# Above so many letters at once, and for kinds marked high, a second finger and a reason are asked for.
BATCH_PLAIN = 20
LIFETIME = timedelta(minutes=5)
REASON_LEAST, REASON_MOST = 10, 600

CHANGED = Text(
    "Surat berubah setelah Anda membukanya. Buka lagi, baca, lalu tanda tangani.",
    "The letter changed after you opened it. Open it again, read it, then sign.",
)
NOT_OPENED = Text(
    "Surat ini belum Anda buka. Buka dan baca dulu.",
    "You have not opened this letter. Open and read it first.",
)
USED = Text(
    "Persetujuan ini sudah dipakai. Tidak ada yang ditandatangani lagi. Mulai dari awal.",
    "This approval was used already. Nothing more was signed. Start again.",
)
EXPIRED = Text(
    "Waktu untuk menyetujui sudah lewat. Tidak ada yang ditandatangani. Mulai dari awal.",
    "The time to approve is over. Nothing was signed. Start again.",
)
UNPROVEN = Text(
    "Kunci sandi tidak membuktikan persetujuan Anda. Tidak ada yang ditandatangani.",
    "The passkey does not prove your approval. Nothing was signed.",
)
NO_PASSKEY = Text(
    "Untuk menandatangani Anda perlu kunci sandi. Tambahkan di Akun.",
    "To sign you need a passkey. Add one under Account.",
)
SECOND_NEEDED = Text(
    "Untuk surat sebanyak atau sepenting ini, setujui sekali lagi dengan alasan.",
    "For so many letters, or letters of this weight, approve once more with a reason.",
)
NOT_IN_IT = Text("Surat ini tidak ada dalam persetujuan Anda.", "This letter is not in what you approved.")


@dataclass(frozen=True)
class Entry:
    """One letter of a manifest: its id, the SHA-256 (hex) of the draft, and by what right it is signed."""

    letter: UUID
    sha256: str
    capacity: Capacity = Capacity.DEFINITIVE
    delegation: UUID | None = None


@dataclass(frozen=True)
class Approval:
    """An entry that its signer approved with a passkey; without one no letter is signed."""

    intent: UUID
    signer: UUID
    entry: Entry


def manifest(signer: UUID, nonce: str, expires: datetime, entries: Sequence[Entry]) -> str:
    """Canonical JSON: keys sorted, no spaces, UTF-8; `exp` in whole seconds of Unix time."""
    first = entries[0]
    same = all((e.capacity, e.delegation) == (first.capacity, first.delegation) for e in entries)
    said: dict[str, Any] = {
        "v": 1,
        "purpose": PURPOSE,
        "signer": str(signer),
        # Of the whole batch, where it is one; each document says its own as well.
        "capacity": first.capacity.value if same else "mixed",
        "delegation": _text(first.delegation) if same else None,
        "nonce": nonce,
        "exp": int(expires.timestamp()),
        "docs": [
            {
                "letter": str(e.letter),
                "sha256": e.sha256,
                "capacity": e.capacity.value,
                "delegation": _text(e.delegation),
            }
            for e in entries
        ],
    }
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def entries_of(text: str) -> dict[UUID, Entry]:
    """The documents of a manifest, by letter."""
    docs = orjson.loads(text)["docs"]
    found = (
        Entry(
            UUID(d["letter"]),
            d["sha256"],
            Capacity(d["capacity"]),
            UUID(d["delegation"]) if d["delegation"] else None,
        )
        for d in docs
    )
    return {e.letter: e for e in found}


def challenge(text: str, turn: int = FIRST) -> bytes:
    """SHA-256 of the domain, a byte (0; 1 for the second assertion) and the manifest."""
    return hashlib.sha256(DOMAIN + bytes([turn - 1]) + text.encode()).digest()
