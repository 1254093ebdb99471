"""Reading letters: for a case that the actor may see, and for anyone who holds a verification id."""

from uuid import UUID

from backend.core.ids import read_verify_id
from backend.core.reads import Table, columns_of
from backend.signing.models import Letter

# What can be read of a letter; its content stays sealed.
LETTERS = Table(
    "letters",
    columns_of(
        "id subject_id kind title number status verify_id fragment draft_sha256 signed_sha256 signer_name"
        " signer_position signed_at problem"
    ),
)


async def of_subject(kind: str, subject: UUID) -> Letter | None:
    return await Letter.get_or_none(subject_kind=kind, subject_id=subject)


async def by_verify_id(text: str) -> Letter | None:
    """The letter that was issued, revoked or replaced under this id; None for every other id."""
    verify_id = read_verify_id(text)
    return await Letter.get_or_none(verify_id=verify_id, status="issued") if verify_id else None
