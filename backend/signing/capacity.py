"""Whether a letter's signer still stands in the post, asked in the worker right before the key is used."""

from backend.core.actors import Capacity, StaffRole
from backend.identity.queries import posts_of
from backend.signing.models import Letter


async def stands(letter: Letter) -> bool:
    """The post and the right by which the letter says its signer acts are in force now.

    A stand-in has the post of the one they stand in for (identity.queries), so one question covers both.
    """
    held = await posts_of(letter.signer_id)
    delegation = letter.delegation_id
    if Capacity(letter.capacity) is Capacity.DEFINITIVE and delegation is None:
        return any(p.capacity is Capacity.DEFINITIVE and p.title == letter.signer_position for p in held)
    return any(
        p.role is StaffRole.HEAD and p.capacity == letter.capacity and p.delegation == delegation
        for p in held
    )
