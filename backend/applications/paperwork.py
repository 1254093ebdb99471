"""The papers of a case: pages that were uploaded, the letter that comes out, and who opened them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import orjson

from backend.applications import policy, rules, wording
from backend.applications.events import SUBJECT
from backend.applications.models import Application, CaseDocument, CaseRead, CaseReturn, Upload
from backend.core import clock
from backend.core.actors import Actor, Post, StaffRole
from backend.core.ids import number_text, uuid7
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotAllowed, NotNow
from backend.core.reads import Row
from backend.core.secrets import Keyring
from backend.core.texts import Locale, Text
from backend.core.words import plain_day, thousands
from backend.delegation import queries as delegation
from backend.identity.models import Person
from backend.identity.queries import open_profile
from backend.identity.rules import mask_name
from backend.services import queries as services
from backend.services.definition import Definition, FieldKind, FormField, RequirementKind
from backend.signing import actions as signing
from backend.signing import queries as letters
from backend.signing.approvals import Approval
from backend.signing.models import Letter
from backend.signing.rules import NOT_NOW, LetterStatus

READ_WHAT_MOST = 120  # a department may give a requirement a longer title
UPLOAD_GONE = Text("Berkas ini tidak sampai. Unggah lagi.", "This file did not arrive. Upload it again.")
DOCUMENT_GONE = Text(
    "Berkas lama ini tidak bisa dipakai lagi. Unggah yang baru.",
    "This earlier document cannot be used again. Upload a new one.",
)
NO_HEAD = Text(
    "Dinas ini belum punya penandatangan hari ini. Sekretaris Daerah diberi tahu.",
    "This department has nobody to sign today. The regional secretary is told.",
)
NOT_DELEGATED = Text(
    "Surat ini di luar pelimpahan Anda. Kepala dinas sendiri yang menandatangani.",
    "This letter is outside what was passed on to you. The head signs it in person.",
)


@dataclass(frozen=True)
class PageGiven:
    """One file for one requirement: an upload, or a document of one's earlier case. Pages keep their order."""

    requirement: str
    upload: UUID | None
    document: UUID | None = None


async def attach(actor: Actor, case: Application, definition: Definition, pages: Sequence[PageGiven]) -> None:
    """Take uploads into a new case: all required documents, nothing else, all of them stored."""
    rules.require_documents(definition, Counter(p.requirement for p in pages))
    await _take(actor, case, pages)


async def replace(
    actor: Actor,
    case: Application,
    definition: Definition,
    open_returns: Sequence[CaseReturn],
    pages: Sequence[PageGiven],
) -> None:
    """Take new pages for what was returned; the old ones stay for the record, marked replaced."""
    asked = {r.requirement for r in open_returns}
    counts = Counter(p.requirement for p in pages)
    faults = [
        FieldFault(
            f"documents.{c}",
            Text("Berkas ini tidak diminta diganti.", "This document was not asked for again."),
        )
        for c in counts
        if c not in asked
    ]
    for code in sorted(asked):
        requirement = definition.requirement(code)
        if requirement is None or requirement.kind is not RequirementKind.DOCUMENT:
            continue
        if not counts[code]:
            faults.append(
                FieldFault(
                    f"documents.{code}",
                    Text(f"Ganti {requirement.title.id}.", f"Replace {requirement.title.en}."),
                )
            )
        elif counts[code] > requirement.max_pages:
            most = requirement.max_pages
            faults.append(
                FieldFault(
                    f"documents.{code}", Text(f"Paling banyak {most} halaman.", f"At most {most} pages.")
                )
            )
    if faults:
        raise InvalidInput(*faults)
    await CaseDocument.filter(application_id=case.id, requirement__in=list(counts), replaced_at=None).update(
        replaced_at=clock.now()
    )
    await _take(actor, case, pages)


async def _take(actor: Actor, case: Application, pages: Sequence[PageGiven]) -> None:
    uploads = await _free_uploads(actor, pages)
    earlier = await _own_documents(actor, pages)
    numbers: Counter[str] = Counter()
    given: set[UUID] = set()
    for place, page in enumerate(pages):
        source = earlier.get(page.document) if page.document else uploads.get(page.upload or case.id)
        if source is None or page in pages[:place]:
            raise _missing(page)
        numbers[page.requirement] += 1
        # The same picture for two requirements is one upload: the second time by reference.
        upload = page.upload if page.upload not in given else None
        await CaseDocument.create(
            id=uuid7(),
            application_id=case.id,
            upload_id=upload,
            copied_from=page.document,
            requirement=page.requirement,
            page=numbers[page.requirement],
            media_type=source.media_type,
            size=source.size,
            sha256=source.sha256,
            key=source.key,
            uploaded_at=clock.now(),
        )
        given |= {upload} if upload else set()
    await Upload.filter(id__in=list(given)).update(taken=True)


def _missing(page: PageGiven) -> InvalidInput:
    if page.document:
        return InvalidInput(
            FieldFault(f"documents.{page.requirement}", DOCUMENT_GONE), code="document_missing"
        )
    return InvalidInput(FieldFault(f"documents.{page.requirement}", UPLOAD_GONE), code="upload_missing")


async def _free_uploads(actor: Actor, pages: Sequence[PageGiven]) -> dict[UUID, Upload]:
    # Locked, so that of two cases that want the same file the second sees that it is taken.
    wanted = [p.upload for p in pages if p.upload]
    own = Upload.filter(id__in=wanted, person_id=actor.person, stored=True)
    uploads = {u.id: u for u in await own.order_by("id").select_for_update()}
    taken = {d.upload_id for d in await CaseDocument.filter(upload_id__in=list(uploads))}
    return {key: upload for key, upload in uploads.items() if key not in taken}


async def _own_documents(actor: Actor, pages: Sequence[PageGiven]) -> dict[UUID, CaseDocument]:
    """The documents of the actor's own cases among those that are to be used again; nobody else's."""
    wanted = [p.document for p in pages if p.document]
    rows = await CaseDocument.filter(id__in=wanted) if wanted else []
    cases = Application.filter(id__in=[r.application_id for r in rows], applicant_id=actor.person)
    own = {str(i) for i in await cases.values_list("id", flat=True)}
    return {r.id: r for r in rows if str(r.application_id) in own}


def answers_of(case: Application | Row, keyring: Keyring) -> dict[str, str]:
    """The form as it was filled in."""
    known: dict[str, str] = orjson.loads(keyring.open(f"applications:{case.id}:answers", case.answers_sealed))
    return known


def seal_answers(case_id: UUID, answers: dict[str, str], keyring: Keyring) -> bytes:
    return keyring.seal(f"applications:{case_id}:answers", orjson.dumps(answers).decode())


async def signatory(opd: str, definition: Definition) -> signing.Signatory:
    """Who signs this service's letters for an OPD now: the head, or who stands in; those who are there first.

    What no stand-in may sign waits for the head in person, also while the post rests.
    """
    strategic = definition.product.letter.strategic is not None
    for found in (await delegation.signers_of((opd,), resting=strategic))[opd]:
        if may_sign(found.post, definition):
            return signing.Signatory.of(found.person, found.name, found.post)
    raise NotNow("no_signer", NO_HEAD)


def may_sign(post: Post, definition: Definition) -> bool:
    """A post of head, or of who stands in, may sign the letters of this service.

    A delegation with a limit measures a letter by its service's fee; one whose fee nobody can say is outside it.
    """
    strategic = definition.product.letter.strategic is not None
    return delegation.fits(post, definition.code, _fee(definition), strategic=strategic)


def _fee(definition: Definition) -> Decimal | None:
    fee = definition.fee.amount_idr
    return None if fee is None else Decimal(fee)


def signing_post(actor: Actor, case: Application) -> Post:
    """The post in which the actor may sign this case's letter now; NotAllowed otherwise.

    The definition of the case is at hand. Of several posts the own one comes first, then that of a stand-in.
    """
    heads = [p for p in actor.posts if p.role is StaffRole.HEAD and p.opd == case.opd]
    if not heads:
        raise NotAllowed("not_yours", policy.NOT_YOURS)
    definition = services.known(case.service_code, case.service_version)
    for post in heads:
        if may_sign(post, definition):
            return post
    raise NotAllowed("not_delegated", NOT_DELEGATED)


async def prepare_letter(case: Application, definition: Definition, keyring: Keyring) -> Letter:
    """Number and draw the product letter of a checked case."""
    applicant = open_profile(await Person.get(id=case.applicant_id), keyring)
    opd = await services.opd(case.home_opd)
    assert opd is not None, "a case belongs to an OPD of the city"
    letter = definition.product.letter
    holder = holder_of(definition, answers_of(case, keyring)) or applicant.name
    return await signing.prepare(
        signing.Request(
            subject_kind=SUBJECT,
            subject_id=case.id,
            kind=letter.kind,
            title=letter.title,
            classification=letter.classification,
            opd=opd.code,
            opd_name=opd.name,
            opd_address=opd.address,
            holder_name=holder,
            holder_masked=mask_name(holder),
            rows=await letter_rows(case, definition, keyring),
            opening=wording.opening(definition),
            paragraphs=letter.paragraphs,
            data=wording.data(definition),
            high=letter.high is not None,
            service=definition.code,
            amount=_fee(definition),
            strategic=letter.strategic is not None,
            signatory=await signatory(case.home_opd, definition),
        ),
        keyring,
    )


def holder_of(definition: Definition, answers: dict[str, str]) -> str | None:
    """Who the letter is about: the answer to the question that the profile's name may fill."""
    return next(
        (answers[f.name] for f in definition.fields if f.profile == "name" and f.name in answers), None
    )


def written(field: FormField, value: str, names: Mapping[str, str]) -> str:
    """An answer as a letter writes it; `names` are kelurahan by code."""
    match field.kind:
        case FieldKind.CHOICE:
            return next(c.label.id for c in field.choices if c.value == value)
        case FieldKind.KELURAHAN:
            return names[value]
        case FieldKind.DATE:
            return plain_day(date.fromisoformat(value), Locale.ID)
        case FieldKind.NUMBER:
            return thousands(int(value))
        case _:
            return value


async def letter_rows(
    case: Application, definition: Definition, keyring: Keyring
) -> tuple[tuple[str, str], ...]:
    """The letter's table: the form's answers as people read them, and the case number."""
    answers = answers_of(case, keyring)
    names = {p.code: p.name for p in await services.places()}
    fields = {f.name: f for f in definition.fields}
    rows = []
    for row in definition.product.letter.rows:
        value, field = answers.get(row.field), fields[row.field]
        # The name opens every letter's table, so the template prints it.
        if value is None or field.profile == "name":
            continue
        rows.append((row.label, written(field, value, names)))
    return (*rows, ("Nomor permohonan", number_text(case.number)))


async def void_letter(case: Application) -> None:
    await signing.void(SUBJECT, case.id)


async def ask_signature(
    actor: Actor, post: Post, case: Application, seen_sha256: str, approval: Approval
) -> None:
    """Ask for the signature of the draft that was seen and approved."""
    letter = await Letter.filter(subject_kind=SUBJECT, subject_id=case.id).select_for_update().get_or_none()
    if letter is None or actor.person is None:
        raise Conflict("letter_moved", NOT_NOW)
    await signing.ask(letter, seen_sha256, signing.Signatory.of(actor.person, actor.name, post), approval)


async def letter_of(case: Application) -> Letter | None:
    return await letters.of_subject(SUBJECT, case.id)


async def fresh_draft(actor: Actor, case: Application, letter: Letter) -> Letter:
    """The letter, drawn anew if its draft is of another day, or names another head than the one who opens it."""
    if letter.status not in (LetterStatus.READY, LetterStatus.FAILED):
        return letter
    signer = _own_signature(actor, case)
    if letter.date == clock.today() and (signer is None or signing.names(letter, signer)):
        return letter
    return await signing.redraw(letter.id, signer)


def _own_signature(actor: Actor, case: Application) -> signing.Signatory | None:
    """The actor as the signer of this case's letter, if they are one."""
    with suppress(NotAllowed):
        post = signing_post(actor, case)
        return signing.Signatory.of(actor.person, actor.name, post) if actor.person else None
    return None


async def note_read(actor: Actor, case: Application, what: str) -> None:
    """Keep who opened what; the applicant's own reading is not noted."""
    if actor.person == case.applicant_id:
        return
    office = case.opd if any(p.opd == case.opd for p in actor.posts) else case.home_opd
    role = "head" if actor.post(StaffRole.HEAD, office) else "officer"
    await CaseRead.create(
        id=uuid7(),
        application_id=case.id,
        person_id=actor.person,
        office=office,
        role=role,
        what=what[:READ_WHAT_MOST],
        at=clock.now(),
    )
