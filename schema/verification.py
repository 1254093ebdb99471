"""Public verification of letters, how they are signed here, and taking them out of force."""

from collections.abc import Mapping
from datetime import date as Day  # noqa: N812 - a field is called date
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import strawberry

from backend.applications import revoking
from backend.applications.events import SUBJECT
from backend.core.actors import Capacity
from backend.core.ids import in_fours
from backend.core.problems import NotFound
from backend.core.texts import Locale
from backend.identity.policy import require_signed_in
from backend.signing import queries as letters
from backend.signing.ending import FORMER
from backend.signing.models import Letter
from backend.signing.queries import Verified
from backend.signing.rules import LetterStatus
from backend.travel import ending as travel
from backend.travel.orders import LETTERS as TRAVEL
from schema.applications.inputs import ReasonedCaseActionInput
from schema.applications.reading import case_by_id
from schema.applications.types import Application
from schema.context import Info
from schema.fields import input_type, mutation, object_type, query
from schema.ids import encode, uuid_of
from schema.permissions import Need
from schema.problems import Refusal
from schema.scopes import Scope, scoped
from schema.standins import capacity_text


@strawberry.enum(description="Whether a letter may be trusted.")
class Verdict(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@scoped(Scope.VERIFY)
@object_type
class LetterVerification:
    """What anyone may know of a letter: no personal data beyond a masked name."""

    verdict: Verdict
    """Valid, revoked, replaced, or unknown."""
    verify_id_text: str
    """The id in groups of four."""
    title: str | None = None
    """Kind of letter."""
    number: str | None = None
    """Its number."""
    date: Day | None = None
    """Its date."""
    holder_masked: str | None = None
    """B*** S******."""
    signed_by: str | None = None
    """Who signed."""
    position: str | None = None
    """In which post."""
    opd_name: str | None = None
    """For which department."""
    signed_at: datetime | None = None
    """When."""
    certified: bool | None = None
    """False: signed with the development key store, no certified signature by PP 71/2019."""
    signature_level: str | None = None
    """What the file really holds: PAdES B-B, B-T, B-LT or B-LTA."""
    sha256: str | None = None
    """Hex SHA-256 of the signed file: compare with the file in hand."""
    issuer: str | None = None
    """Who issued the certificate."""
    fragment: str | None = None
    """96 bits over the letter's data: must equal the part after # in the QR."""
    capacity_text: str | None = None
    """By what right a stand-in signed, in words; null for who holds the post."""
    delegation_number: str | None = None
    """The written order behind it."""
    revoked_at: datetime | None = None
    """Since when it is out of force, revoked or replaced."""
    revoke_reason: str | None = None
    """Why."""
    replaced_by: str | None = None
    """The number of the letter in its place, once that one is issued."""
    replaced_by_code: str | None = None
    """The check code of that letter: verifyLetter takes it."""


_VERDICTS: Mapping[str, Verdict] = {
    LetterStatus.ISSUED: Verdict.VALID,
    LetterStatus.REVOKED: Verdict.REVOKED,
    LetterStatus.REPLACED: Verdict.REPLACED,
}


@scoped(Scope.OFFICE)
@object_type
class SigningMethod:
    """How letters are signed here, for who is about to sign."""

    name: str
    """development, pkcs11 or bsre."""
    certified: bool
    """True when the certificates come from a provider the law knows (PP 71/2019, article 60)."""
    passphrase_needed: bool
    """True when the provider asks the signer for a passphrase, once for each batch."""
    level: str
    """The PAdES level that is wished for."""


@scoped(Scope.OFFICE)
@object_type
class LetterToEnd:
    """A letter in force, for who may revoke or replace it."""

    application_id: strawberry.ID | None
    """For revokeLetter and replaceLetter; null for an order of a trip."""
    version: int
    """For revokeLetter and replaceLetter; 0 for an order."""
    number: str | None
    """The case's number, where the asking person may see the case."""
    letter_id: strawberry.ID
    """For revokeOrder and replaceOrder, where there is no case."""


@input_type
class EndOrderInput:
    """An order of a trip that turned out to be wrong."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    letter_id: strawberry.ID
    """From letterToEnd."""
    reason: str
    """Why, 10 to 600 letters; everybody who checks the order reads it."""


@scoped(Scope.OFFICE)
@object_type
class LetterEnded:
    """The letter is out of force."""

    application: Application | None
    """Its case as it stands now; null for an order, and where the asking person does not see the case."""


LetterResult = Annotated[LetterEnded | Refusal, strawberry.union("LetterResult")]


def _said(found: Verified, locale: Locale) -> LetterVerification:
    row, mark, successor = found.letter, found.mark, found.successor
    return LetterVerification(
        verdict=_VERDICTS[row.status],
        verify_id_text=in_fours(row.verify_id),
        title=row.title,
        number=row.number,
        date=row.date,
        holder_masked=row.holder_masked,
        signed_by=row.signer_name,
        position=row.signer_position,
        opd_name=row.opd_name,
        signed_at=row.signed_at,
        certified=row.certified,
        signature_level=f"PAdES {row.level}",
        sha256=row.signed_sha256,
        issuer=row.issuer,
        fragment=row.fragment,
        capacity_text=capacity_text(Capacity(row.capacity), locale),
        delegation_number=found.order_number or None,
        revoked_at=mark.at if mark else None,
        revoke_reason=mark.reason if mark else None,
        replaced_by=successor.number if successor else None,
        replaced_by_code=successor.verify_id if successor else None,
    )


@scoped(Scope.VERIFY, signing_method=Scope.OFFICE, letter_to_end=Scope.OFFICE)
@strawberry.type
class VerificationQuery:
    """Public verification, and how letters are signed."""

    @query(Need.NOTHING)
    async def verify_letter(self, info: Info, id: str) -> LetterVerification:
        """Whether a letter is valid, by the 18 characters of its id; unknown ids all answer alike."""
        found = await letters.by_verify_id(id)
        if found is None:
            return LetterVerification(verdict=Verdict.UNKNOWN, verify_id_text=in_fours(id[:24]))
        return _said(found, info.context.locale)

    @query(Need.STAFF)
    async def signing_method(self, info: Info) -> SigningMethod:
        """How letters are signed here, and whether a passphrase is asked for."""
        method = info.context.parts.method
        return SigningMethod(
            name=method.name,
            certified=method.certified,
            passphrase_needed=method.passphrase_needed,
            level=method.level,
        )

    @query(Need.STAFF)
    async def letter_to_end(self, info: Info, id: str) -> LetterToEnd | None:
        """The letter behind a check code, if it is in force and the asking head or inspector may end it."""
        letter, actor = await letters.in_force(id), info.context.actor
        if letter is None:
            return None
        letter_id = encode("Letter", letter.id)
        if letter.subject_kind in TRAVEL:
            may = await travel.endable(actor, letter)
            return (
                LetterToEnd(application_id=None, version=0, number=None, letter_id=letter_id) if may else None
            )
        found = await revoking.endable(actor, letter) if letter.subject_kind == SUBJECT else None
        if found is None:
            return None
        case = encode("Application", found.case)
        return LetterToEnd(
            application_id=case, version=found.version, number=found.number, letter_id=letter_id
        )


@scoped(Scope.OFFICE)
@strawberry.type
class VerificationMutation:
    """Letters taken out of force."""

    @mutation
    async def revoke_letter(self, info: Info, input: ReasonedCaseActionInput) -> LetterResult:
        """The letter of a case no longer holds: by the head of its department or the inspectorate, with a reason."""
        return await _ended(info, await revoking.revoke(info.context.actor, input.ask(), input.reason))

    @mutation
    async def replace_letter(self, info: Info, input: ReasonedCaseActionInput) -> LetterResult:
        """A new letter, with a new number, waits for its signature in the place of the one that was issued."""
        context = info.context
        act = revoking.replace(context.actor, input.ask(), input.reason, context.parts.keyring)
        return await _ended(info, await act)

    @mutation
    async def revoke_order(self, info: Info, input: EndOrderInput) -> LetterResult:
        """An order of a trip no longer holds: by who approves such trips or the inspectorate, with a reason."""
        actor = info.context.actor
        letter = await _order(info, input.letter_id)
        await travel.revoke(actor, input.idempotency_key, letter, input.reason)
        return LetterEnded(application=None)

    @mutation
    async def replace_order(self, info: Info, input: EndOrderInput) -> LetterResult:
        """A new order, with a new number, waits for its signature in the place of the one that was issued."""
        context = info.context
        letter = await _order(info, input.letter_id)
        await travel.replace(
            context.actor, input.idempotency_key, letter, input.reason, context.parts.keyring
        )
        return LetterEnded(application=None)


async def _order(info: Info, letter_id: strawberry.ID) -> Letter:
    require_signed_in(info.context.actor)
    found = await Letter.get_or_none(id=uuid_of(letter_id, "Letter"), subject_kind__in=[*TRAVEL, FORMER])
    if found is None:
        raise NotFound
    return found


async def _ended(info: Info, case: UUID) -> LetterEnded:
    """The case as it stands, for who may see it; the inspectorate ends letters of cases that it does not see."""
    return LetterEnded(application=await case_by_id(info, case, "application"))
