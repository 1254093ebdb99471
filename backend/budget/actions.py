"""Receiving a file of the budget: kept under its hash, announced with what it must add up to."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from backend.budget import codes, rules
from backend.budget.events import SUBJECT, BudgetKind
from backend.budget.models import BudgetImport
from backend.budget.policy import require_treasury
from backend.budget.rules import ImportKind, ImportState
from backend.budget.tables import CSV, XLSX
from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.problems import InvalidInput
from storage import keys
from storage.documents import AlreadyThere, Documents

FILE_MOST = 1024**3
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Announced:
    """What whoever brings a file says of it. `control_total` is rupiah with sen, as the regulation prints it.

    `stage` of an expenditure export and of a cash plan is murni, pergeseran-n or perubahan; of the other kinds the day of their
    figures, as 2026-10-31. A `trial` (dry run) is read only to say what would change. A `sample` is invented.
    """

    kind: ImportKind
    year: int
    stage: str
    classification: str
    effective_on: date
    control_total: Decimal
    file_name: str
    trial: bool = False
    sample: bool = False


async def receive(actor: Actor, key: UUID, said: Announced, path: Path, documents: Documents) -> UUID:
    """Keep a file and what was said of it; it waits to be read. Returns the import's id, the same for a repeat.

    Raises NotAllowed, and InvalidInput for a year, stage, decree or total that cannot be.
    """
    require_treasury(actor)
    check(said)
    sha256, size = await asyncio.to_thread(_measure, path)
    stored = await store(path, sha256, said.file_name, documents)

    async def act() -> UUID:
        row = await BudgetImport.create(
            id=uuid7(),
            **asdict(said),
            sha256=sha256,
            size=size,
            key=stored,
            state=ImportState.WAITING,
            person_id=actor.person,
            person_name=actor.name,
            at=clock.now(),
        )
        event = Event(BudgetKind.RECEIVED, SUBJECT, row.id, 1, {"file": said.file_name, "sha256": sha256})
        await record(event, actor, office="", silent=True)
        return row.id

    body = [*map(str, asdict(said).values()), sha256]
    return UUID((await once(Command(actor.scope, key, "receive_budget", body), act)).result)


async def store(path: Path, sha256: str, file_name: str, documents: Documents) -> str:
    """Put a file into the store under its hash, where it stays whatever becomes of it; its key."""
    key = keys.budget(sha256)
    media = XLSX if file_name.lower().endswith(".xlsx") else CSV
    with suppress(AlreadyThere):
        await documents.put(key, _chunks(path), media_type=media, limit=FILE_MOST)
    return key


def check(said: Announced) -> None:
    """InvalidInput for a kind, year, stage, decree, total or name that cannot be."""
    rules.read_year(said.year)
    if said.kind in rules.STAGED:
        rules.read_stage(said.stage)
    else:
        rules.read_day_of(said.year, said.stage)
    if codes.classification(said.classification) is None:
        known = "; ".join(c.name for c in codes.CLASSIFICATIONS)
        raise InvalidInput.at(
            "classification",
            f"Kodefikasi tidak dikenal. Pilih: {known}.",
            f"Unknown decree. Choose: {known}.",
        )
    if not 0 <= said.control_total < Decimal(10) ** 18 or said.control_total != round(said.control_total, 2):
        raise InvalidInput.at(
            "controlTotal",
            "Total kendali dalam rupiah, paling banyak dua angka sen.",
            "A control total is in rupiah with at most two digits of sen.",
        )
    if not 1 <= len(said.file_name) <= 200:
        raise InvalidInput.at(
            "fileName", "Nama berkas 1 sampai 200 huruf.", "A file name has 1 to 200 letters."
        )


def _measure(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
