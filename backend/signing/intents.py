"""Approving letters with a passkey: prepare what is to be approved, burn it once, prove it, sign each letter.

The order is that of the notes: the intent is used up first, then the assertion is checked against what the server
itself wrote down, then each letter is signed in a transaction of its own.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from uuid import UUID, uuid5

from asyncpg.exceptions import UniqueViolationError
from tortoise.exceptions import IntegrityError

from backend.core import clock
from backend.core.actors import Actor, Capacity
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.models import RecordedEvent
from backend.core.outbox import record
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotAllowed, Problem
from backend.core.texts import Text
from backend.database import transaction
from backend.identity import ceremonies, passkeys
from backend.identity.ceremonies import Assertion, RelyingParty, Unproven
from backend.identity.models import Passkey
from backend.identity.policy import require_signed_in
from backend.signing import approvals
from backend.signing.approvals import FIRST, SECOND, Approval, Entry
from backend.signing.events import INTENT, Kind
from backend.signing.models import Letter, LetterOpening, SigningEvidence, SigningIntent


@dataclass(frozen=True)
class Wish:
    """A letter that somebody opened and wants to sign: its id and the SHA-256 (hex) they saw."""

    letter: UUID
    sha256: str


@dataclass(frozen=True)
class Prepared:
    """What the passkey is asked to approve: WebAuthn options as JSON, those of the second turn where it is needed."""

    intent: UUID
    options: str
    second: str | None
    expires_at: datetime
    letters: tuple[Letter, ...]


async def opened(actor: Actor, letter: Letter, *, ahead: bool) -> None:
    """Keep that this person had these bytes before them, inside the caller's transaction."""
    await LetterOpening.create(
        id=uuid7(),
        letter_id=letter.id,
        person_id=actor.person,
        sha256=letter.draft_sha256 or "",
        ahead=ahead,
        at=clock.now(),
    )


async def prepare(
    actor: Actor, key: UUID, wishes: Sequence[Wish], party: RelyingParty, *, ahead: bool = False
) -> Prepared:
    """Write down what is to be approved: each letter opened by this person with this very hash.

    Valid for five minutes; `ahead`, for a phone without a signal, one letter to the end of the day.
    Raises NotAllowed("not_opened"), Conflict("letter_moved"), NotAllowed("no_passkey").
    """
    signer = require_signed_in(actor)
    known = await passkeys.own(signer)
    if not known:
        raise NotAllowed("no_passkey", approvals.NO_PASSKEY)
    if not wishes or len({w.letter for w in wishes}) < len(wishes) or (ahead and len(wishes) != 1):
        raise InvalidInput.at("letters", "Pilih surat, masing-masing sekali.", "Choose letters, each once.")

    async def act() -> UUID:
        letters = [await _openable(signer, wish, ahead=ahead) for wish in wishes]
        now = clock.now()
        expires = _end_of_day(now) if ahead else now + approvals.LIFETIME
        entries = [_entry(letter) for letter in letters]
        text = approvals.manifest(signer, secrets.token_urlsafe(24), expires, entries)
        second = len(letters) > approvals.BATCH_PLAIN or any(letter.high for letter in letters)
        row = await SigningIntent.create(
            id=uuid7(),
            signer_id=signer,
            manifest=text,
            ahead=ahead,
            second=second,
            created_at=now,
            expires_at=expires,
        )
        return row.id

    body = [ahead, *([str(w.letter), w.sha256] for w in wishes)]
    done = await once(Command(actor.scope, key, "prepare_signing", body), act)
    intent = await SigningIntent.get(id=done.result)
    letters = {row.id: row for row in await Letter.filter(id__in=[w.letter for w in wishes])}
    return Prepared(
        intent.id,
        _options(party, intent, known, FIRST),
        _options(party, intent, known, SECOND) if intent.second else None,
        intent.expires_at,
        tuple(letters[w.letter] for w in wishes),
    )


def _options(party: RelyingParty, intent: SigningIntent, known: Sequence[Passkey], turn: int) -> str:
    challenge = approvals.challenge(intent.manifest, turn)
    return ceremonies.request_options(party, challenge, [passkeys.credential_of(k) for k in known])


def _end_of_day(now: datetime) -> datetime:
    """Midnight of this day in Malang: a draft of another day is never signed."""
    local = now.astimezone(clock.CITY_ZONE)
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)


async def _openable(signer: UUID, wish: Wish, *, ahead: bool) -> Letter:
    """The letter as it was opened. Who never opened it is told the same whether it exists or not."""
    openings = LetterOpening.filter(letter_id=wish.letter, person_id=signer)
    if not ahead:
        openings = openings.filter(ahead=False)
    seen = {str(s) for s in await openings.limit(500).values_list("sha256", flat=True)}
    if not seen:
        raise NotAllowed("not_opened", approvals.NOT_OPENED)
    letter = await Letter.get(id=wish.letter)
    if wish.sha256 not in seen or letter.draft_sha256 != wish.sha256 or letter.signer_id != signer:
        raise Conflict("letter_moved", approvals.CHANGED, state=letter.status)
    return letter


def _entry(letter: Letter) -> Entry:
    assert letter.draft_sha256 is not None, "a letter that was opened is drawn"
    return Entry(letter.id, letter.draft_sha256, Capacity(letter.capacity), letter.delegation_id)


@dataclass(frozen=True)
class Given:
    """What comes back from the phone: the assertions, the reason, and the letters with the versions that were seen."""

    intent: UUID
    first: Assertion
    second: Assertion | None
    reason: str
    letters: Sequence[tuple[Wish, int]]

    @property
    def body(self) -> list[object]:
        """The command's body: another one under the same key is refused."""
        again = self.second.said if self.second else None
        letters = [[str(w.letter), w.sha256, version] for w, version in self.letters]
        return [str(self.intent), self.first.said, again, self.reason, letters]


class SignLetter(Protocol):
    """The signing act of a kind of subject; returns the subject's id, raises a Problem."""

    async def __call__(
        self, actor: Actor, key: UUID, letter: Letter, version: int, sha256: str, approval: Approval
    ) -> UUID: ...


@dataclass(frozen=True)
class Outcome:
    """What came of one letter; `letter` None where there is none that this person may know of."""

    wish: Wish
    letter: Letter | None
    problem: Problem | None


async def sign_each(
    actor: Actor,
    key: UUID,
    given: Given,
    acts: Mapping[str, SignLetter],
    party: RelyingParty,
    hand_over: Callable[[UUID], Awaitable[None]] | None = None,
) -> list[Outcome]:
    """Sign what was approved, each letter in its own transaction; a refusal is that letter's and stops no other.

    Raises, with nothing signed: Conflict("intent_used"), Conflict("intent_expired"),
    NotAllowed("approval_unproven"), InvalidInput("second_needed"). Each of them leaves an audit row. `hand_over`
    gives the passphrase of this approval to who signs, in memory only; it is called for proven approvals alone.
    """
    signer = require_signed_in(actor)
    intent = await _burn(actor, key, signer, given)
    await _approve(actor, intent, given, party)
    if hand_over is not None:
        await hand_over(intent.id)
    entries = approvals.entries_of(intent.manifest)
    outcomes = []
    for wish, version in given.letters:
        outcomes.append(await _sign(actor, key, (wish, version), entries.get(wish.letter), intent, acts))
    return outcomes


async def _burn(actor: Actor, key: UUID, signer: UUID, given: Given) -> SigningIntent:
    """Use the intent up, once, in a transaction of its own; the same request sent again finds it used by itself."""

    async def act() -> UUID:
        now = clock.now()
        free = SigningIntent.filter(id=given.intent, signer_id=signer, used_at=None, expires_at__gt=now)
        if not await free.update(used_at=now, reason=given.reason.strip()[: approvals.REASON_MOST]):
            raise await _not_free(given.intent, signer)
        return given.intent

    try:
        await once(Command(actor.scope, key, "sign_letters", given.body), act)
    except Problem as problem:
        await _audit(actor, given.intent, problem.code)
        raise
    return await SigningIntent.get(id=given.intent)


async def _not_free(intent: UUID, signer: UUID) -> Problem:
    row = await SigningIntent.get_or_none(id=intent, signer_id=signer)
    if row is not None and row.used_at is None:
        return Conflict("intent_expired", approvals.EXPIRED)
    return Conflict("intent_used", approvals.USED)


async def _approve(actor: Actor, intent: SigningIntent, given: Given, party: RelyingParty) -> None:
    """Check the assertions and keep them as evidence, both or none."""
    if await SigningEvidence.filter(intent_id=intent.id).exists():
        return  # the same request, sent again: the burn let nobody else come here
    try:
        _require_second(intent, given)
        async with transaction():
            await _evidence(intent, FIRST, given.first, party)
            if intent.second and given.second is not None:
                await _evidence(intent, SECOND, given.second, party)
    except Unproven as unproven:
        await _audit(actor, intent.id, "approval_unproven", why=str(unproven))
        raise NotAllowed("approval_unproven", approvals.UNPROVEN) from None
    except (UniqueViolationError, IntegrityError):
        return  # the same request twice at once: the other one has kept it
    except Problem as problem:
        await _audit(actor, intent.id, problem.code)
        raise


def _require_second(intent: SigningIntent, given: Given) -> None:
    said = given.reason.strip()
    if not intent.second:
        return
    if given.second is None:
        raise InvalidInput(FieldFault("second", approvals.SECOND_NEEDED), code="second_needed")
    if not approvals.REASON_LEAST <= len(said) <= approvals.REASON_MOST:
        fault = Text("Tulis alasannya, 10 sampai 600 huruf.", "Write the reason, 10 to 600 letters.")
        raise InvalidInput(FieldFault("reason", fault), code="reason_needed")


async def _evidence(intent: SigningIntent, turn: int, assertion: Assertion, party: RelyingParty) -> None:
    row = await passkeys.live(assertion.credential_id, intent.signer_id)
    if row is None:
        raise Unproven("no live passkey of the signer")
    challenge = approvals.challenge(intent.manifest, turn)
    proof = await passkeys.prove(row, challenge, assertion, party, in_order=not intent.ahead)
    await SigningEvidence.create(
        id=uuid7(),
        intent_id=intent.id,
        turn=turn,
        credential_id=assertion.credential_id,
        public_key=bytes(row.public_key),
        authenticator_data=assertion.authenticator_data,
        client_data=assertion.client_data,
        signature=assertion.signature,
        user_verified=proof.user_verified,
        sign_count=proof.sign_count,
        origin=party.origin,
        rp_id=party.id,
        at=clock.now(),
    )


async def _sign(
    actor: Actor,
    key: UUID,
    asked: tuple[Wish, int],
    entry: Entry | None,
    intent: SigningIntent,
    acts: Mapping[str, SignLetter],
) -> Outcome:
    wish, version = asked
    letter = await Letter.get_or_none(id=wish.letter) if entry is not None else None
    try:
        if letter is None or entry is None or entry.sha256 != wish.sha256:
            raise Conflict("not_approved", approvals.NOT_IN_IT)
        approval = Approval(intent.id, intent.signer_id, entry)
        await acts[letter.subject_kind](
            actor, uuid5(key, str(letter.id)), letter, version, wish.sha256, approval
        )
    except Problem as problem:
        await _audit(actor, intent.id, problem.code, letter=str(wish.letter))
        return Outcome(wish, letter, problem)
    return Outcome(wish, letter, None)


async def _audit(actor: Actor, intent: UUID, code: str, **data: object) -> None:
    """Keep that something was refused, in a transaction of its own; of an intent that nobody made, nothing."""
    async with transaction():
        # Locked, so that two refusals at once are counted one after the other.
        if await SigningIntent.filter(id=intent).select_for_update().get_or_none() is None:
            return
        seq = await RecordedEvent.filter(subject_kind=INTENT, subject_id=intent).count() + 1
        await record(Event(Kind.REFUSED, INTENT, intent, seq, {"code": code} | data), actor, silent=True)


async def sweep() -> None:
    """Forget intents that nobody used within a day of their end; one that was used is evidence and stays."""
    before = clock.now() - timedelta(days=1)
    await SigningIntent.filter(used_at=None, expires_at__lt=before).delete()
