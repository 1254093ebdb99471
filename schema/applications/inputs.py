"""What is sent to act on a case."""

from uuid import UUID

import strawberry

from backend.applications.actions import Ask, Submission
from backend.applications.assist_rules import Resident
from backend.applications.paperwork import PageGiven
from backend.applications.rules import ReturnItem
from backend.core.problems import FieldFault, InvalidInput, TooLarge
from backend.core.texts import Text
from schema.enums import HelperRelation
from schema.fields import input_type
from schema.ids import uuid_of
from schema.media import MediaType

LIST_MOST = 100
ONE_OF_TWO = Text(
    "Pilih berkas baru atau berkas lama, salah satu.", "Choose a new file or an earlier one, not both."
)
TOO_LONG = Text("Daftarnya terlalu panjang.", "The list is too long.")


def bounded(rows: list, most: int = LIST_MOST) -> list:  # type: ignore[type-arg]
    """A list of input rows, or TooLarge."""
    if len(rows) > most:
        raise TooLarge("list_too_long", TOO_LONG, limit=most)
    return rows


@input_type
class AnswerInput:
    """One answer of the form."""

    name: str
    """Key of the question."""
    value: str
    """The answer; dates as 2026-11-24, choices by their value."""


@input_type
class PageInput:
    """One file for one requirement, either uploaded or of an earlier case; order is the order of pages."""

    requirement: str
    """Key of the requirement."""
    upload_id: strawberry.ID | None = None
    """A confirmed upload of this person."""
    document_id: strawberry.ID | None = None
    """Or a document of this person's own earlier case (myDocuments), used again."""

    def given(self) -> PageGiven:
        """InvalidInput unless there is exactly one of the two."""
        if (self.upload_id is None) == (self.document_id is None):
            raise InvalidInput(FieldFault(f"documents.{self.requirement}", ONE_OF_TWO))
        if self.document_id is not None:
            return PageGiven(self.requirement, None, uuid_of(self.document_id, "CaseDocument"))
        return PageGiven(self.requirement, uuid_of(str(self.upload_id), "Upload"))


@input_type
class RequestUploadInput:
    """A file that is about to be sent."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    media_type: MediaType
    """What it is."""
    size: int
    """Bytes, at most 10 MiB."""
    sha256: str
    """Hex SHA-256 of the bytes."""


@input_type
class ConfirmUploadInput:
    """A file that was sent."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    upload_id: strawberry.ID
    """From the ticket."""


@input_type
class SubmitApplicationInput:
    """A filled form with its files."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    service_code: str
    """Which service."""
    service_version: int
    """The version whose form was filled in."""
    receipt_number: str | None = None
    """Number made on the phone: 9 random Crockford base 32 characters and their check digit."""
    kelurahan_code: str | None = None
    """Where the case belongs; left out, the applicant's own."""
    answers: list[AnswerInput]
    """The form."""
    documents: list[PageInput]
    """The files."""

    def form(self) -> Submission:
        return Submission(
            service=self.service_code,
            version=self.service_version,
            number=self.receipt_number,
            kelurahan=self.kelurahan_code,
            answers={a.name: a.value for a in bounded(self.answers)},
            pages=[d.given() for d in bounded(self.documents)],
        )


@input_type
class ResidentInput:
    """Whom the helper applies for."""

    name: str
    """As on the identity card."""
    nik: str
    """16 digits."""
    phone: str
    """The resident's own mobile number: they are told there, and log in with it."""
    address: str = ""
    """Street and number; may be left out when the city knows it."""
    relation: HelperRelation
    """What the helper is to the resident."""

    def given(self) -> Resident:
        return Resident(self.name, self.nik, self.phone, self.address, self.relation)


@input_type
class SubmitAssistedApplicationInput(SubmitApplicationInput):
    """A form that was filled in for a resident, with its files."""

    on_behalf_of: ResidentInput
    """Whom the case is for."""


@input_type
class CaseActionInput:
    """An act that needs no more than the case."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    application_id: strawberry.ID
    """The case."""
    version: int
    """The version that was seen."""

    def ask(self) -> Ask:
        return Ask(uuid_of(self.application_id, "Application"), self.version, self.idempotency_key)


@input_type
class AnswerReturnInput(CaseActionInput):
    """What was asked for again."""

    documents: list[PageInput]
    """New files for the returned requirements."""
    answers: list[AnswerInput] | None = None
    """Changed answers, if any."""


@input_type
class ReasonedCaseActionInput(CaseActionInput):
    """An act that needs a written reason."""

    reason: str
    """10 to 600 letters that the applicant understands."""


@input_type
class ReturnItemInput:
    """One requirement that is asked for again."""

    requirement: str
    """Key of a published requirement, not returned before."""
    reason: str
    """10 to 600 letters: what is wrong and how to mend it."""

    def item(self) -> ReturnItem:
        return ReturnItem(self.requirement, self.reason)


@input_type
class ReturnApplicationInput(CaseActionInput):
    """Hand a case back; several requirements at once, so that the resident goes one way only."""

    returns: list[ReturnItemInput]
    """What is missing."""


@input_type
class ForwardApplicationInput(CaseActionInput):
    """Pass a case to another department."""

    opd_code: str
    """Where to."""
    reason: str
    """10 to 600 letters."""


@input_type
class OpenDocumentInput:
    """Open one page; the resident sees who did."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    document_id: strawberry.ID
    """The page."""


@input_type
class OpenLetterInput:
    """Open the letter of a case; a draft of another day is drawn anew first."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    application_id: strawberry.ID
    """The case."""
    ahead: bool = False
    """True when a phone fetches it to be read without a signal."""
