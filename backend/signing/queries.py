"""Reading letters: for a case that the actor may see, and for anyone who holds a verification id."""

from dataclasses import dataclass
from uuid import UUID

from backend.core.ids import read_verify_id
from backend.core.reads import Table, columns_of
from backend.delegation import queries as delegation
from backend.signing.models import Letter, LetterMark
from backend.signing.rules import LetterStatus

# What can be read of a letter; its content stays sealed.
LETTERS = Table(
    "letters",
    columns_of(
        "id subject_id kind title number status verify_id fragment draft_sha256 signed_sha256 signer_name"
        " signer_position signed_at problem"
    ),
)


# What was published once stays known, whatever became of it.
PUBLISHED = (LetterStatus.ISSUED, LetterStatus.REVOKED, LetterStatus.REPLACED)


async def of_subject(kind: str, subject: UUID) -> Letter | None:
    return await Letter.get_or_none(subject_kind=kind, subject_id=subject)


@dataclass(frozen=True)
class Verified:
    """A letter that was issued: whether it is still in force, what ended it, and by which order its signer stood in."""

    letter: Letter
    mark: LetterMark | None = None
    successor: Letter | None = None
    order_number: str = ""


async def by_verify_id(text: str) -> Verified | None:
    """The letter that was issued, revoked or replaced under this id; None for every other id."""
    verify_id = read_verify_id(text)
    if verify_id is None:
        return None
    letter = await Letter.get_or_none(verify_id=verify_id, status__in=PUBLISHED)
    return await verified(letter) if letter else None


async def in_force(text: str) -> Letter | None:
    """The letter under this id that was issued and still holds; None for every other id."""
    verify_id = read_verify_id(text)
    return await Letter.get_or_none(verify_id=verify_id, status=LetterStatus.ISSUED) if verify_id else None


async def verified(letter: Letter) -> Verified:
    """Everything that anyone may know about a published letter."""
    mark = None
    if letter.status != LetterStatus.ISSUED:
        mark = await LetterMark.filter(letter_id=letter.id).order_by("-at", "-id").first()
    successor = None
    if mark is not None and mark.replaced_by is not None:
        successor = await Letter.get_or_none(id=mark.replaced_by, status__in=PUBLISHED)
    order = ""
    if letter.delegation_id is not None:
        order = await delegation.number_of_order(letter.delegation_id) or ""
    return Verified(letter, mark, successor, order)
