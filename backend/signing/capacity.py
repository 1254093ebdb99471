"""Whether a letter's signer still stands in the post, asked in the worker right before the key is used."""

from backend.core.actors import Capacity, StaffRole
from backend.delegation.queries import fits
from backend.identity.queries import posts_of
from backend.signing.models import Letter


async def stands(letter: Letter) -> bool:
    """The post and the right by which the letter says its signer acts are in force now, and cover this letter.

    A stand-in has the post of the one they stand in for (identity.queries), so one question covers both.
    """
    right = (Capacity(letter.capacity), letter.delegation_id)
    return any(
        (post.capacity, post.delegation) == right
        and (
            post.title == letter.signer_position
            if letter.delegation_id is None
            else post.role is StaffRole.HEAD
        )
        and fits(post, letter.service, letter.amount, strategic=letter.strategic)
        for post in await posts_of(letter.signer_id)
    )
