"""Clearing away what nobody will use: files that no case and no draft took within a day, and lone parts."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection

from backend.applications import file_parts
from backend.applications.models import CaseDocument, DraftDocument, Upload
from backend.core import clock
from backend.core.reads import fetch
from backend.database import transaction
from storage.documents import Documents

UNUSED_AFTER = timedelta(hours=24)
AT_ONCE = 500
_UNUSED = """
SELECT u.id FROM uploads u WHERE NOT u.taken AND u.asked_at < $1
    AND NOT EXISTS (SELECT FROM draft_documents d WHERE d.upload_id = u.id)
ORDER BY u.asked_at LIMIT $2
"""


async def hold(key: str) -> None:
    """Until the transaction ends, nobody else takes this object into use or throws it away."""
    await get_connection("default").execute_query(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [key]
    )


async def sweep_uploads(documents: Documents) -> int:
    """Delete uploads older than a day that no case took and no draft holds, and their bytes unless someone else has the same.

    Raises Unavailable when the store does not answer; what is left is swept next time.
    """
    limit = clock.now() - UNUSED_AFTER
    swept = 0
    for (upload_id,) in await fetch(_UNUSED, [limit, AT_ONCE]):
        swept += await _sweep(upload_id, limit, documents)
    await file_parts.sweep(limit, documents, AT_ONCE)
    return swept


async def _sweep(upload_id: UUID, limit: datetime, documents: Documents) -> bool:
    """One unused upload: True when it went. Row and bytes go together, while nobody can take either into use."""
    async with transaction():
        upload = await Upload.filter(id=upload_id).select_for_update().get_or_none()
        if upload is None or upload.taken or upload.asked_at >= limit:
            return False
        if await DraftDocument.filter(upload_id=upload_id).exists():
            return False
        await hold(upload.key)
        await file_parts.drop(upload.id, documents)
        await upload.delete()
        if not await _is_used(upload.key):
            await documents.delete(upload.key)
    return True


async def _is_used(key: str) -> bool:
    return await Upload.filter(key=key).exists() or await CaseDocument.filter(key=key).exists()
