"""Reading letters: for a case that the actor may see, and for anyone who holds a verification id."""

from uuid import UUID

from backend.core.ids import read_verify_id
from backend.signing.models import Letter


async def of_subjects(kind: str, ids: list[UUID]) -> dict[UUID, Letter]:
    """Letters by subject; the caller has passed the policy of the subjects."""
    return {x.subject_id: x for x in await Letter.filter(subject_kind=kind, subject_id__in=ids)}


async def of_subject(kind: str, subject: UUID) -> Letter | None:
    return await Letter.get_or_none(subject_kind=kind, subject_id=subject)


async def by_verify_id(text: str) -> Letter | None:
    """The letter that was issued, revoked or replaced under this id; None for every other id."""
    verify_id = read_verify_id(text)
    return await Letter.get_or_none(verify_id=verify_id, status="issued") if verify_id else None
