"""A file in parts of 256 KiB: each is kept on its own, so that a break costs at most one of them."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.connection import get_connection

from backend.applications.models import Upload, UploadPart
from backend.core import clock
from backend.core.actors import Actor
from backend.core.ids import uuid7
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotFound
from backend.core.texts import Text
from backend.identity.policy import require_signed_in
from storage import keys
from storage.documents import AlreadyThere, Documents, Missing

PART = 256 * 1024
MEDIA_TYPE = "application/octet-stream"

OTHER_BYTES = Text(
    "Bagian ini sudah ada dengan isi lain. Pilih berkasnya lagi.",
    "This part is here with other bytes. Choose the file again.",
)
HASH_DIFFERS = Text(
    "Bagian berkas rusak di jalan. Kirim lagi.", "A part was damaged on its way. Send it again."
)
NOT_ARRIVED = Text("Berkas belum sampai. Unggah lagi.", "The file has not arrived. Upload it again.")


@dataclass(frozen=True)
class Place:
    """Where a part goes: the upload's id, the part's number from 0, and how many bytes it has."""

    upload: UUID
    number: int
    size: int
    arrived: bool

    @property
    def key(self) -> str:
        return keys.part(self.upload.hex, self.number)


def parts_of(size: int) -> int:
    """How many parts a file of `size` bytes has."""
    return -(-size // PART)


def part_size(size: int, number: int) -> int:
    """How many bytes part `number` has; only the last one is shorter."""
    return min(PART, size - number * PART)


async def place(actor: Actor, upload_id: UUID, number: int) -> Place:
    """Where a part of one's own upload goes; NotFound for an upload of another, a swept one, or no such part."""
    person = require_signed_in(actor)
    upload = await Upload.get_or_none(id=upload_id, person_id=person)
    if upload is None or not 0 <= number < parts_of(upload.sent_size):
        raise NotFound
    return Place(upload_id, number, part_size(upload.sent_size, number), upload.stored)


async def keep(where: Place, sha256: str, data: bytes, documents: Documents) -> None:
    """Keep the bytes of one part; the same bytes again change nothing.

    Raises InvalidInput("part_differs") when length or SHA-256 (hex) are not those announced, and
    Conflict("other_bytes") when other bytes stand under the number. May raise Unavailable.
    """
    if len(data) != where.size or hashlib.sha256(data).hexdigest() != sha256:
        raise InvalidInput(FieldFault("part", HASH_DIFFERS), code="part_differs")
    if where.arrived:
        return
    # The row first: what is left half done is found, and swept, by it.
    await get_connection("default").execute_query(
        "INSERT INTO upload_parts (id, upload_id, number, sha256, kept, at) VALUES ($1, $2, $3, $4, false, $5)"
        " ON CONFLICT (upload_id, number) DO NOTHING",
        [uuid7(), where.upload, where.number, sha256, clock.now()],
    )
    try:
        await documents.put(where.key, _once(data), media_type=MEDIA_TYPE, limit=where.size)
    except AlreadyThere:
        there = await documents.stat(where.key)
        if there is not None and there.sha256 != sha256:
            raise Conflict("other_bytes", OTHER_BYTES) from None
    await UploadPart.filter(upload_id=where.upload, number=where.number).update(kept=True, sha256=sha256)


async def missing(upload: Upload) -> list[int]:
    """The numbers of the parts that have not arrived, in order; none when the file is kept already."""
    if upload.stored:
        return []
    rows = await UploadPart.filter(upload_id=upload.id, kept=True).values_list("number", flat=True)
    return sorted(set(range(parts_of(upload.sent_size))) - {int(str(n)) for n in rows})


async def join(upload: Upload, documents: Documents) -> bool:
    """Write the parts, when all are here, as one file under the upload's key; False while some are missing."""
    if await missing(upload):
        return False
    try:
        await documents.put(
            upload.key, _joined(upload, documents), media_type=upload.media_type, limit=upload.sent_size
        )
    except AlreadyThere:
        # A join whose answer was lost; what stands there is examined by its hash like everything else.
        return True
    except Missing as gone:
        number = int(gone.key.rpartition("-")[2])
        await UploadPart.filter(upload_id=upload.id, number=number).delete()
        raise Conflict("not_arrived", NOT_ARRIVED) from None
    return True


async def _joined(upload: Upload, documents: Documents) -> AsyncIterator[bytes]:
    for number in range(parts_of(upload.sent_size)):
        async for chunk in documents.read(keys.part(upload.id.hex, number)):
            yield chunk


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def drop(upload_id: UUID, documents: Documents) -> None:
    """Forget the parts of an upload: bytes first, so that a break leaves the rows that name them."""
    rows = await UploadPart.filter(upload_id=upload_id)
    for row in rows:
        await documents.delete(keys.part(upload_id.hex, row.number))
        await UploadPart.filter(id=row.id).delete()


_LONE = """
SELECT p.id, p.upload_id, p.number FROM upload_parts p WHERE p.at < $1 AND NOT EXISTS (
    SELECT FROM uploads u WHERE u.id = p.upload_id AND NOT u.stored AND u.asked_at >= $1)
ORDER BY p.at LIMIT $2
"""


async def sweep(limit: datetime, documents: Documents, most: int) -> int:
    """Forget parts older than `limit` of uploads that are kept, gone, or not asked for since; returns how many."""
    rows = await get_connection("default").execute_query_dict(_LONE, [limit, most])
    for row in rows:
        await documents.delete(keys.part(row["upload_id"].hex, row["number"]))
        await UploadPart.filter(id=row["id"]).delete()
    return len(rows)
