"""A file of the budget on its way in through the web: announced with the hash of each part, then read by the worker."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from backend.budget import claims
from backend.budget.actions import FILE_MOST, Announced, check, store
from backend.budget.claims import Claim
from backend.budget.events import SUBJECT, BudgetKind
from backend.budget.models import BudgetFilePart, BudgetImport
from backend.budget.policy import is_treasury, require_treasury
from backend.budget.rules import ImportState
from backend.core import clock, jobs
from backend.core.actors import SYSTEM, Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import next_seq, record
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotFound, NotNow, TooLarge
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.database import transaction
from backend.identity.policy import require_signed_in
from storage import keys
from storage.documents import AlreadyThere, Documents

PART = 2 * 1024**2
MEDIA_TYPE = "application/octet-stream"
OPEN_MOST = 10
LEFT_AFTER = timedelta(hours=24)
# The job of the worker that reads a file.
READ = "read_budget_file"

TOO_BIG = Text("Berkas paling besar 1 GiB.", "A file has at most 1 GiB.")
BAD_PARTS = Text(
    "Sebut SHA-256 (64 angka heksadesimal) tiap bagian 2 MiB, urut.",
    "Name the SHA-256 (64 hex digits) of each part of 2 MiB, in order.",
)
TOO_MANY = Text(
    "Terlalu banyak berkas yang belum selesai. Batalkan satu dulu.",
    "Too many files are not done yet. Cancel one first.",
)
NOT_ARRIVED = Text("Berkas belum sampai seluruhnya.", "The file has not arrived whole.")
HASH_DIFFERS = Text(
    "Bagian berkas rusak di jalan. Kirim lagi.", "A part was damaged on its way. Send it again."
)
NOT_TRIED = Text(
    "Hanya uji coba yang bersih yang bisa langsung diberlakukan.",
    "Only a trial without faults can be put in force.",
)
UNDONE = (ImportState.ARRIVING, ImportState.WAITING, ImportState.FAILED)


@dataclass(frozen=True)
class Sent:
    """A file as its sender has it: bytes, and the SHA-256 (hex) of each part of 2 MiB in their order."""

    size: int
    parts: Sequence[str]


@dataclass(frozen=True)
class Place:
    """Where one part of a file goes, and how many bytes it has."""

    import_id: UUID
    number: int
    size: int
    sha256: str

    @property
    def key(self) -> str:
        return keys.part(self.import_id.hex, self.number)


async def announce(actor: Actor, key: UUID, said: Announced, sent: Sent) -> UUID:
    """Say what a file is before its parts come; the import's id. The same bytes again go on where they stopped.

    Raises NotAllowed, InvalidInput, TooLarge past 1 GiB, and NotNow past ten files of one person on their way.
    """
    _require_person(actor)
    check(said)
    _check_parts(sent)

    async def act() -> UUID:
        return await _resumed(actor, said, sent) or await _new(actor, said, sent)

    body = [*map(str, asdict(said).values()), sent.size, *sent.parts]
    return UUID((await once(Command(actor.scope, key, "announce_budget_file", body), act)).result)


def _require_person(actor: Actor) -> None:
    require_signed_in(actor)
    require_treasury(actor)


def _check_parts(sent: Sent) -> None:
    if sent.size > FILE_MOST:
        raise TooLarge("file_too_large", TOO_BIG, limit=FILE_MOST)
    if sent.size < 1:
        raise InvalidInput.at("size", "Berkas ini kosong.", "This file is empty.")
    right = all(len(p) == 64 and set(p) <= set("0123456789abcdef") for p in sent.parts)
    if len(sent.parts) != -(-sent.size // PART) or not right:
        raise InvalidInput(FieldFault("parts", BAD_PARTS))


async def _resumed(actor: Actor, said: Announced, sent: Sent) -> UUID | None:
    """This person's import of the same parts that has not arrived whole; what is said of it now counts."""
    mine = BudgetImport.filter(person_id=actor.person, state=ImportState.ARRIVING, size=sent.size)
    for row in await mine.order_by("-at").limit(OPEN_MOST).select_for_update():
        if [str(part.sha256) for part in await _parts(row.id)] == list(sent.parts):
            await BudgetImport.filter(id=row.id).update(**asdict(said))
            return row.id
    return None


async def _parts(import_id: UUID) -> list[BudgetFilePart]:
    return await BudgetFilePart.filter(import_id=import_id).order_by("number")


async def _new(actor: Actor, said: Announced, sent: Sent) -> UUID:
    on_their_way = await BudgetImport.filter(person_id=actor.person, state__in=list(UNDONE)).count()
    if on_their_way >= OPEN_MOST:
        raise NotNow("too_many_files", TOO_MANY)
    row = await _create(actor, said, ImportState.ARRIVING, size=sent.size)
    await BudgetFilePart.bulk_create(
        [BudgetFilePart(import_id=row.id, number=n, sha256=sha) for n, sha in enumerate(sent.parts)]
    )
    await _note(row, actor, BudgetKind.ANNOUNCED)
    return row.id


async def _create(actor: Actor, said: Announced, state: ImportState, **file: Any) -> BudgetImport:
    given: dict[str, Any] = {"sha256": "", "key": ""} | file | asdict(said)
    return await BudgetImport.create(
        id=uuid7(), state=state, person_id=actor.person, person_name=actor.name, at=clock.now(), **given
    )


async def _note(row: BudgetImport, actor: Actor, kind: BudgetKind) -> None:
    data = {"file": row.file_name, "sha256": row.sha256}
    await record(Event(kind, SUBJECT, row.id, await next_seq(SUBJECT, row.id), data), actor, silent=True)


async def place(actor: Actor, import_id: UUID, number: int) -> Place:
    """Where a part of one's own file goes; NotFound for another's, one that is not on its way, or no such part."""
    row = await BudgetImport.get_or_none(id=import_id, person_id=actor.person, state=ImportState.ARRIVING)
    part = await BudgetFilePart.get_or_none(import_id=import_id, number=number)
    if row is None or part is None or not is_treasury(actor):
        raise NotFound
    return Place(import_id, number, min(PART, row.size - number * PART), part.sha256)


async def keep(where: Place, sha256: str, data: bytes, documents: Documents) -> None:
    """Keep the bytes of one part; the same again change nothing. InvalidInput for others than were announced."""
    if len(data) != where.size or hashlib.sha256(data).hexdigest() != where.sha256 or sha256 != where.sha256:
        raise InvalidInput(FieldFault("part", HASH_DIFFERS), code="part_differs")
    with suppress(AlreadyThere):  # the very bytes: nothing else passes the hash
        await documents.put(where.key, _once(data), media_type=MEDIA_TYPE, limit=where.size)
    await BudgetFilePart.filter(import_id=where.import_id, number=where.number).update(kept=True)


async def missing(import_id: UUID) -> list[int]:
    """The numbers of the parts that have not arrived."""
    found = BudgetFilePart.filter(import_id=import_id, kept=False).order_by("number")
    return [int(str(n)) for n in await found.values_list("number", flat=True)]


async def start(actor: Actor, key: UUID, import_id: UUID) -> UUID:
    """Have the worker read a file that arrived whole, or try one again that it gave up.

    Raises NotAllowed, NotFound, and Conflict("being_read", "not_arrived", "already_read").
    """
    _require_person(actor)

    async def act() -> UUID:
        row = await claims.locked(import_id)
        if row.state == ImportState.WAITING:
            return row.id
        if row.state not in UNDONE:
            raise Conflict("already_read", claims.READ, state=row.state)
        if await missing(row.id):
            raise Conflict("not_arrived", NOT_ARRIVED, state=row.state)
        if row.state == ImportState.FAILED:
            await _note(row, actor, BudgetKind.READ_AGAIN)
        await _read_later(row)
        return row.id

    return UUID((await once(Command(actor.scope, key, "read_budget_file", str(import_id)), act)).result)


async def _read_later(row: BudgetImport) -> None:
    await BudgetImport.filter(id=row.id).update(state=ImportState.WAITING, done_at=None)
    await jobs.enqueue(READ, {"import": str(row.id)})


async def give_up(import_id: UUID) -> None:
    """Say that a waiting file could not be read however often the worker tried; nothing of it counts."""
    async with transaction():
        row = await BudgetImport.filter(id=import_id).select_for_update().get_or_none()
        if row is None or row.state != ImportState.WAITING:
            return
        await BudgetImport.filter(id=row.id).update(state=ImportState.FAILED, done_at=clock.now())
        await _note(row, SYSTEM, BudgetKind.FAILED)


async def cancel(actor: Actor, key: UUID, import_id: UUID) -> UUID:
    """Give a file up that is not read yet, or could not be. NotAllowed, NotFound, Conflict("being_read", "already_read")."""
    _require_person(actor)

    async def act() -> UUID:
        row = await claims.locked(import_id)
        if row.state not in UNDONE:
            raise Conflict("already_read", claims.READ, state=row.state)
        await BudgetImport.filter(id=row.id).update(state=ImportState.CANCELLED, done_at=clock.now())
        await _note(row, actor, BudgetKind.CANCELLED)
        return row.id

    return UUID((await once(Command(actor.scope, key, "cancel_budget_file", str(import_id)), act)).result)


async def put_in_force(actor: Actor, key: UUID, import_id: UUID) -> UUID:
    """Read a tried file once more, for good: no other upload is needed. The new import's id.

    Raises NotAllowed, NotFound, and Conflict("not_tried") for anything but a trial without faults.
    """
    _require_person(actor)

    async def act() -> UUID:
        tried = await claims.locked(import_id)
        if tried.state != ImportState.TRIAL:
            raise Conflict("not_tried", NOT_TRIED, state=tried.state)
        said = Announced(**{name: getattr(tried, name) for name in Announced.__dataclass_fields__})
        file = {"size": tried.size, "sha256": tried.sha256, "key": tried.key}
        row = await _create(actor, replace(said, trial=False), ImportState.WAITING, **file)
        await _note(row, actor, BudgetKind.RECEIVED)
        await _read_later(row)
        return row.id

    return UUID((await once(Command(actor.scope, key, "put_budget_in_force", str(import_id)), act)).result)


async def join(row: BudgetImport, claim: Claim, path: Path, actor: Actor, documents: Documents) -> None:
    """Write the parts of an arrived file as one, keep it under its hash, and forget the parts.

    Raises Conflict for a claim that stands no more; then the row and the parts are left as they are.
    """
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in await _parts(row.id):
            async for chunk in documents.read(keys.part(row.id.hex, part.number)):
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
    row.sha256 = digest.hexdigest()
    row.key = await store(path, row.sha256, row.file_name, documents)
    async with transaction():
        await claims.require(row.id, claim)
        await row.save(update_fields=["sha256", "key"])
        await _note(row, actor, BudgetKind.RECEIVED)
    await drop(row.id, documents)


async def drop(import_id: UUID, documents: Documents) -> None:
    """Forget the parts of an import: bytes first, so that a break leaves the rows that name them."""
    for part in await BudgetFilePart.filter(import_id=import_id):
        await documents.delete(keys.part(import_id.hex, part.number))
        await BudgetFilePart.filter(id=part.id).delete()


_DONE_WITH = """
SELECT i.id FROM budget_imports i WHERE (i.state = $1 OR i.sha256 <> '')
AND i.id IN (SELECT import_id FROM budget_file_parts) ORDER BY i.at LIMIT 500
"""


async def sweep(documents: Documents) -> int:
    """Give up files that stopped arriving a day ago, and forget parts that nobody needs any more; returns of how many files.

    Nobody needs those of what was given up, nor of what was joined by a worker that could not forget them itself.
    """
    late = BudgetImport.filter(state=ImportState.ARRIVING, at__lt=clock.now() - LEFT_AFTER)
    await late.update(state=ImportState.CANCELLED, done_at=clock.now())
    done = await fetch(_DONE_WITH, [ImportState.CANCELLED.value])
    for (import_id,) in done:
        await drop(import_id, documents)
    return len(done)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
