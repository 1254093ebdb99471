"""Orders that wait for a signature follow the post: drawn anew for whoever signs for the office now."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.core.problems import Conflict
from backend.delegation import queries as delegation
from backend.delegation.queries import Signing
from backend.signing import actions
from backend.signing.actions import Signatory
from backend.signing.models import Letter


@dataclass(frozen=True)
class Waits:
    """A letter that waits, the office whose head signs it, and the person whom it is about, who never does."""

    letter: UUID
    office: str
    about: UUID


async def to_who_signs(waiting: Sequence[Waits]) -> int:
    """Draw anew each letter that names somebody who may not sign for its office now; returns how many.

    Where nobody can, the letter is left as it is: the gap is told to the regional secretary.
    """
    signers = await delegation.signers_of({w.office for w in waiting})
    return sum([await _pass_on(w, [s for s in signers[w.office] if s.whole]) for w in waiting])


async def _pass_on(one: Waits, signers: Sequence[Signing]) -> bool:
    able = [Signatory.of(s.person, s.name, s.post) for s in signers if s.person != one.about]
    letter = await Letter.get(id=one.letter)
    if not able or any(actions.names(letter, who) for who in able):
        return False
    try:
        await actions.redraw(letter.id, able[0])
    except Conflict:
        return False  # it moved on meanwhile
    return True
