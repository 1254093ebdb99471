"""Takes issued letters out of force: revoked, or replaced by a new one; what was said stays for ever."""

from dataclasses import dataclass
from uuid import UUID

from backend.core import clock
from backend.core.ids import uuid7
from backend.core.problems import Conflict
from backend.core.texts import Text
from backend.signing import rules
from backend.signing.models import Letter, LetterMark
from backend.signing.rules import LetterStatus

# A replaced letter leaves its subject to the new one, and is its own subject from then on.
FORMER = "former"


@dataclass(frozen=True)
class By:
    """Who takes a letter out of force, in whose name, and why."""

    person: UUID
    name: str
    office: str
    reason: str


NO_LETTER = Text("Surat ini belum terbit.", "This letter has not been issued.")


async def published(subject_kind: str, subject_id: UUID, *, state: str) -> Letter:
    """The letter of a subject, locked; Conflict("not_issued") where none went out. `state` tells how the subject stands."""
    found = Letter.filter(subject_kind=subject_kind, subject_id=subject_id).select_for_update()
    letter = await found.first()
    if letter is None or letter.signed_sha256 is None:
        raise Conflict("not_issued", NO_LETTER, state=state)
    return letter


async def revoke(letter: Letter, by: By) -> None:
    """The letter no longer holds. Conflict unless it is in force. Inside the caller's transaction."""
    letter.status = rules.move(LetterStatus(letter.status), LetterStatus.REVOKED)
    await letter.save()
    await _mark(letter, LetterStatus.REVOKED, by)


async def make_room(letter: Letter, by: By) -> LetterMark:
    """The letter is replaced: its subject is free for the new one, which `name_successor` then names."""
    letter.status = rules.move(LetterStatus(letter.status), LetterStatus.REPLACED)
    letter.subject_kind, letter.subject_id = FORMER, letter.id
    await letter.save()
    return await _mark(letter, LetterStatus.REPLACED, by)


async def name_successor(mark: LetterMark, successor: Letter) -> None:
    """Which letter stands in the place of the old one; written once, with the mark's own transaction."""
    mark.replaced_by = successor.id
    await mark.save(update_fields=["replaced_by"])


async def _mark(letter: Letter, what: LetterStatus, by: By) -> LetterMark:
    return await LetterMark.create(
        id=uuid7(),
        letter_id=letter.id,
        what=what,
        reason=by.reason,
        by_person=by.person,
        by_name=by.name,
        by_office=by.office,
        at=clock.now(),
    )
