"""Signing letters as the API says it: what the passkey is asked to approve, and what came of each letter."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications import heads
from backend.applications.events import SUBJECT
from backend.appointing import orders as appointing
from backend.delegation.events import SUBJECT as DELEGATION
from backend.signing import intents
from backend.signing.approvals import BATCH_MOST
from backend.signing.intents import Given, Outcome, SignLetter, Wish
from backend.travel import actions as travel
from backend.travel.events import SHEET
from backend.travel.events import SUBJECT as TRIP
from schema import problems
from schema.applications.inputs import bounded
from schema.applications.reading import case_by_id
from schema.applications.types import Application
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.ids import encode, uuid_of
from schema.passkeys import AssertionInput, party_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped

# Whose letters are signed, and by which act.
ACTS: Mapping[str, SignLetter] = {
    SUBJECT: heads.sign_letter,
    TRIP: travel.sign_letter,
    SHEET: travel.sign_letter,
    DELEGATION: appointing.sign_order,
}


@input_type
class LetterSeenInput:
    """A letter that was opened."""

    letter_id: strawberry.ID
    """The letter."""
    sha256: str
    """Of the draft that was opened."""

    def wish(self) -> Wish:
        return Wish(uuid_of(self.letter_id, "Letter"), self.sha256)


@input_type
class PrepareSigningInput:
    """Up to 50 opened letters that are to be signed."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    letters: list[LetterSeenInput]
    """Each was opened before, with this very hash."""
    ahead: bool = False
    """True for one letter that may be decided without a signal, to the end of the day."""


@input_type
class SignLetterInput(LetterSeenInput):
    """One letter that was approved and is to be signed."""

    version: int
    """The version of its case, trip or delegation that was seen."""


@input_type
class SignLettersInput:
    """The approval of up to 50 letters."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    intent_id: UUID
    """From SigningPrepared."""
    assertion: AssertionInput
    """The passkey's answer to its options."""
    second: AssertionInput | None = None
    """The second answer, where it is needed."""
    reason: str = ""
    """Why, where it is needed: 10 to 600 letters."""
    passphrase: str | None = None
    """For the certificate, where the signing method needs one; it is kept nowhere."""
    letters: list[SignLetterInput]
    """The letters to sign; none that the intent does not name."""

    def given(self) -> Given:
        letters = [(row.wish(), row.version) for row in bounded(self.letters, BATCH_MOST)]
        second = self.second.read() if self.second else None
        return Given(self.intent_id, self.assertion.read(), second, self.reason, letters)


@scoped(Scope.OFFICE)
@object_type
class LetterToSign:
    """A letter that the passkey is asked to approve."""

    letter_id: strawberry.ID
    """The letter."""
    number: str
    """Its number."""
    title: str
    """Its title."""


@scoped(Scope.OFFICE)
@object_type
class SigningPrepared:
    """What the passkey is asked to approve: its challenge is the hash of who signs which letters, by what right."""

    intent_id: UUID
    """For signLetters, once."""
    expires_at: datetime
    """Until when it may be approved."""
    options: str
    """PublicKeyCredentialRequestOptions (WebAuthn) as JSON."""
    second_options: str | None
    """The same for the second answer, where one is needed."""
    letters: list[LetterToSign]
    """The letters, in the order asked."""
    second_needed: bool
    """More than 20 letters, or a kind of weight: two answers."""
    reason_needed: bool
    """And a reason in words."""

    @staticmethod
    def of(made: intents.Prepared) -> "SigningPrepared":
        return SigningPrepared(
            intent_id=made.intent,
            expires_at=made.expires_at,
            options=made.options,
            second_options=made.second,
            letters=[
                LetterToSign(letter_id=encode("Letter", row.id), number=row.number, title=row.title)
                for row in made.letters
            ],
            second_needed=made.second is not None,
            reason_needed=made.second is not None,
        )


@scoped(Scope.OFFICE)
@object_type
class SignOutcome:
    """What came of one letter of the batch."""

    letter_id: strawberry.ID
    """The letter."""
    application_id: strawberry.ID | None
    """The case whose letter it is."""
    application: Application | None
    """As it stands now, when the letter goes to be signed."""
    problem: problems.Problem | None
    """Why not; the others were not stopped by it."""


@scoped(Scope.OFFICE)
@object_type
class LettersSigned:
    """The batch is done; each letter has its own outcome."""

    outcomes: list[SignOutcome]
    """In the order asked."""


PrepareSigningResult = Annotated[SigningPrepared | Refusal, strawberry.union("PrepareSigningResult")]
SignLettersResult = Annotated[LettersSigned | Refusal, strawberry.union("SignLettersResult")]


@scoped(Scope.OFFICE)
@strawberry.type
class SigningMutation:
    """Approving letters with a passkey."""

    @mutation
    async def prepare_signing(self, info: Info, input: PrepareSigningInput) -> PrepareSigningResult:
        """Ask what the passkey has to approve; valid for five minutes, and used once."""
        context = info.context
        wishes = [row.wish() for row in bounded(input.letters, BATCH_MOST)]
        made = await intents.prepare(
            context.actor, input.idempotency_key, wishes, party_of(info), ahead=input.ahead
        )
        return SigningPrepared.of(made)

    @mutation
    async def sign_letters(self, info: Info, input: SignLettersInput) -> SignLettersResult:
        """Sign approved letters; one that cannot be signed does not stop the others."""
        give = hand_over(info, input)
        done = await intents.sign_each(
            info.context.actor, input.idempotency_key, input.given(), ACTS, party_of(info), give
        )
        return LettersSigned(outcomes=[await outcome(info, one) for one in done])


def hand_over(info: Info, input: SignLettersInput) -> Callable[[UUID], Awaitable[None]] | None:
    """How a passphrase that was typed gets to the worker: by no database, queue or log."""
    said, passphrases = input.passphrase, info.context.parts.passphrases
    return (lambda intent: passphrases.hand_over(intent, said)) if said else None


async def outcome(info: Info, one: Outcome) -> SignOutcome:
    """One letter's outcome: the case as it stands, or the refusal."""
    of_case = one.letter is not None and one.letter.subject_kind == SUBJECT
    case = one.letter.subject_id if one.letter is not None and of_case else None
    problem = problems.of(one.problem, info.context.locale) if one.problem else None
    seen = await case_by_id(info, case, "outcomes", "application") if case and problem is None else None
    return SignOutcome(
        letter_id=encode("Letter", one.wish.letter),
        application_id=encode("Application", case) if case else None,
        application=seen,
        problem=problem,
    )
