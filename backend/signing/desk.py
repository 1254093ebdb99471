"""The worker's way of a decided letter: sign it, count it as issued, and keep the order when the signer is away."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import structlog

from backend.core import jobs
from backend.database import transaction
from backend.signing import actions, outages, work
from backend.signing.events import SIGN
from backend.signing.models import Letter, SignerOutage
from backend.signing.rules import LetterStatus
from backend.signing.signer import SignerRefused, SignerUnavailable
from backend.signing.work import Tools

log = structlog.get_logger()


class Subject(Protocol):
    """What a letter is about: a case, a trip, a delegation. Each is told inside the worker's transaction."""

    async def issued(self, letter: Letter) -> None:
        """The letter is signed and validated."""
        ...

    async def refused(self, letter: Letter, reason: str) -> None:
        """The signer refused for good: the letter is back with who decided."""
        ...

    async def waits(self, letter: Letter, outage: SignerOutage) -> None:
        """The signer is away: said once for each outage, however often the letter is tried."""
        ...

    async def goes_on(self, letter: Letter, outage: SignerOutage) -> None:
        """The signer is back, and the letter had waited."""
        ...


class Behind(SignerUnavailable):
    """The signer is away and an earlier letter is tried; whoever signs that one wakes the others."""


class Desk:
    """Signs decided letters for subjects by their kind (`Letter.subject_kind`)."""

    def __init__(self, tools: Tools, subjects: Mapping[str, Subject]) -> None:
        self._tools = tools
        self._subjects = subjects

    async def sign(self, letter_id: UUID) -> None:
        """Sign one letter; SignerUnavailable when it is to be tried again soon, `Behind` when it is not its turn.

        While the signer is away only the letter that was decided first tries, so that the queue drains in the
        order of decision and a signer in trouble is not asked for every letter.
        """
        provider = self._tools.signer.name
        outage = await outages.current(provider)
        if outage is not None and await outages.is_behind(letter_id):
            await self._wait(letter_id, outage)
            raise Behind("the signer is away")
        try:
            signed = await work.sign(letter_id, self._tools)
        except SignerUnavailable as problem:
            await self._wait(letter_id, await outages.began(provider, str(problem)))
            raise
        except SignerRefused as refused:
            await self._refuse(letter_id, refused)
            await self._back(provider)
            return
        if signed is not None:
            async with transaction():
                letter = await actions.complete(letter_id, signed)
                if letter is not None:
                    await self._subjects[letter.subject_kind].issued(letter)
            await self._back(provider)
        await self._forget(letter_id)

    async def _wait(self, letter_id: UUID, outage: SignerOutage) -> None:
        async with transaction():
            letter = await Letter.filter(id=letter_id).select_for_update().get()
            if letter.status == LetterStatus.SIGNING:
                await self._subjects[letter.subject_kind].waits(letter, outage)

    async def _back(self, provider: str) -> None:
        """The signer answered: whoever waited goes on, in the order of decision."""
        outage = await outages.current(provider)
        if outage is None:
            return
        async with transaction():
            ended = await outages.ended(provider)
            if ended is None:
                return
            for letter in await outages.waiting():
                await self._subjects[letter.subject_kind].goes_on(letter, ended)
                await jobs.enqueue(SIGN, {"letter": str(letter.id)})

    async def _refuse(self, letter_id: UUID, refused: SignerRefused) -> None:
        log.warning("signature refused", letter=str(letter_id), reason=refused.reason, detail=refused.detail)
        if refused.reason == "wrong_passphrase":
            # Providers lock an account after a few: the rest of the batch asks its signer again.
            await self._forget(letter_id, whole=False)
        async with transaction():
            letter = await actions.fail(letter_id, refused.reason)
            if letter is not None:
                await self._subjects[letter.subject_kind].refused(letter, refused.reason)
        await self._forget(letter_id)

    async def _forget(self, letter_id: UUID, *, whole: bool = True) -> None:
        """Forget the passphrase of the letter's batch; with `whole`, once no letter of it is left to be signed."""
        if not self._tools.signer.passphrase_needed:
            return
        letter = await Letter.get(id=letter_id)
        intent = letter.intent_id
        if intent is None:
            return
        left = await Letter.filter(intent_id=intent, status=LetterStatus.SIGNING).exists() if whole else False
        if not left:
            await self._tools.passphrases.forget(intent)
