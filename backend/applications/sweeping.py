"""Clearing away what nobody will use: files that no case took within a day."""

from datetime import timedelta

from backend.applications.models import CaseDocument, Upload
from backend.core import clock
from storage.documents import Documents

UNUSED_AFTER = timedelta(hours=24)
AT_ONCE = 500


async def sweep_uploads(documents: Documents) -> int:
    """Delete uploads older than a day that no case took, and their bytes unless someone else has the same.

    Raises Unavailable when the store does not answer; what is left is swept next time.
    """
    old = await Upload.filter(asked_at__lt=clock.now() - UNUSED_AFTER).order_by("asked_at").limit(AT_ONCE)
    taken = {d.upload_id for d in await CaseDocument.filter(upload_id__in=[u.id for u in old])}
    unused = [u for u in old if u.id not in taken]
    for upload in unused:
        await Upload.filter(id=upload.id).delete()
        shared = (
            await Upload.filter(key=upload.key).exists() or await CaseDocument.filter(key=upload.key).exists()
        )
        if not shared:
            await documents.delete(upload.key)
    return len(unused)
