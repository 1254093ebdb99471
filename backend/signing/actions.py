"""What is done with letters: prepare, redraw, ask for a signature, take back; each in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from tortoise.connection import get_connection

from backend.core import clock, jobs
from backend.core.actors import Capacity, Post
from backend.core.ids import new_verify_id, uuid7
from backend.core.problems import Conflict
from backend.core.secrets import Keyring
from backend.database import transaction
from backend.signing import rules
from backend.signing.approvals import CHANGED, Approval
from backend.signing.events import RENDER, SIGN
from backend.signing.models import Letter
from backend.signing.rules import LetterStatus


@dataclass(frozen=True)
class Signatory:
    """Who is to sign, in which post, and by what right."""

    person: UUID
    name: str
    position: str
    rank: str
    nip: str
    capacity: Capacity = Capacity.DEFINITIVE
    delegation: UUID | None = None

    @staticmethod
    def of(person: UUID, name: str, post: Post) -> "Signatory":
        """Somebody in a post that they hold or fill."""
        return Signatory(person, name, post.title, post.rank, post.nip, post.capacity, post.delegation)


@dataclass(frozen=True)
class Request:
    """A letter to be made: what it says, for whom, in whose name. `rows` are label and value.

    `opening` None is the usual sentence. `template` names a file of `templates` and `data` is what that one
    prints beyond the rest (JSON; sealed with the rest). `high`: a licence or money, approved twice. `service` (its
    code), `amount` (its fee in rupiah) and `strategic` are what the scope of a stand-in is held against.
    """

    subject_kind: str
    subject_id: UUID
    kind: str
    title: str
    classification: str
    opd: str
    opd_name: str
    opd_address: str
    holder_name: str
    holder_masked: str
    rows: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    signatory: Signatory
    opening: str | None = None
    template: str = "surat"
    high: bool = False
    service: str = ""
    amount: Decimal | None = None
    strategic: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


_SEALED = ("holder_name", "rows", "opening", "paragraphs", "opd_address", "template", "data")


async def prepare(request: Request, keyring: Keyring) -> Letter:
    """Make the letter's row with its number (or renew the one the subject already has) and draw the draft."""
    letter = (
        await Letter.filter(subject_kind=request.subject_kind, subject_id=request.subject_id)
        .select_for_update()
        .get_or_none()
    )
    day = clock.today()
    if letter is None:
        letter = Letter(
            id=uuid7(),
            subject_kind=request.subject_kind,
            subject_id=request.subject_id,
            verify_id=new_verify_id(),
            created_at=clock.now(),
            status=LetterStatus.PREPARING,
        )
        await _give_number(letter, request, day)
        fresh = True
    else:
        letter.status = rules.move(LetterStatus(letter.status), LetterStatus.PREPARING)
        if (letter.opd, letter.year) != (request.opd, day.year):
            await _give_number(letter, request, day)
        fresh = False
    _fill(letter, request, day, keyring)
    await letter.save(force_create=fresh)
    await jobs.enqueue(RENDER, {"letter": str(letter.id)})
    return letter


def _fill(letter: Letter, request: Request, day: date, keyring: Keyring) -> None:
    letter.kind, letter.title = request.kind, request.title
    letter.opd, letter.opd_name = request.opd, request.opd_name
    letter.holder_masked, letter.high = request.holder_masked, request.high
    letter.service, letter.amount, letter.strategic = request.service, request.amount, request.strategic
    content = {name: value for name, value in asdict(request).items() if name in _SEALED}
    letter.content_sealed = keyring.seal(f"letters:{letter.id}:content", orjson.dumps(content).decode())
    letter.problem = ""
    _name_signer(letter, request.signatory)
    _start_draft(letter, day)


def _name_signer(letter: Letter, signatory: Signatory) -> None:
    letter.signer_id, letter.signer_name = signatory.person, signatory.name
    letter.signer_position, letter.signer_rank = signatory.position, signatory.rank
    letter.signer_nip = signatory.nip
    letter.capacity, letter.delegation_id = signatory.capacity, signatory.delegation


def _start_draft(letter: Letter, day: date) -> None:
    """A new draft of this day is to be drawn; the fragment follows what it will say."""
    letter.date = day
    letter.draft_key = letter.draft_sha256 = None
    letter.fragment = rules.fragment(
        letter.number, day, letter.kind, letter.holder_masked, letter.signer_name, letter.signer_position
    )


async def _give_number(letter: Letter, request: Request, day: date) -> None:
    rows = await get_connection("default").execute_query_dict(
        "INSERT INTO letter_counters (opd, year, last_seq) VALUES ($1, $2, 1)"
        " ON CONFLICT (opd, year) DO UPDATE SET last_seq = letter_counters.last_seq + 1 RETURNING last_seq",
        [request.opd, day.year],
    )
    letter.year, letter.seq = day.year, rows[0]["last_seq"]
    letter.number = rules.number(request.classification, letter.seq, request.opd, letter.year)


async def redraw(letter_id: UUID, signatory: Signatory | None = None) -> Letter:
    """Draw the draft again under today's date, for this signatory if given; the number stays."""
    async with transaction():
        letter = await Letter.filter(id=letter_id).select_for_update().get()
        letter.status = rules.move(LetterStatus(letter.status), LetterStatus.PREPARING)
        if signatory is not None:
            _name_signer(letter, signatory)
        _start_draft(letter, clock.today())
        await letter.save()
        await jobs.enqueue(RENDER, {"letter": str(letter.id)})
    return letter


def names(letter: Letter, signatory: Signatory) -> bool:
    """The letter says that this person signs, in this post."""
    said = (letter.signer_id, letter.signer_position, letter.capacity, letter.delegation_id)
    return said == (signatory.person, signatory.position, signatory.capacity, signatory.delegation)


async def drawn(letter_id: UUID, key: str, sha256: str, day: date) -> None:
    """Keep the draft that the worker drew, unless the letter was redrawn or moved meanwhile."""
    async with transaction():
        letter = await Letter.filter(id=letter_id).select_for_update().get()
        if letter.status == LetterStatus.PREPARING and letter.date == day:
            letter.draft_key, letter.draft_sha256 = key, sha256
            letter.status = rules.move(LetterStatus.PREPARING, LetterStatus.READY)
            await letter.save()


async def ask(letter: Letter, seen_sha256: str, signatory: Signatory, approval: Approval) -> None:
    """Decide to sign the very draft that was seen and approved.

    Conflict for any other draft, of another day, in another name, or by another right than the approved one.
    """
    entry = approval.entry
    same = letter.draft_sha256 == seen_sha256 == entry.sha256 and letter.date == clock.today()
    ours = (letter.id, signatory.person) == (entry.letter, approval.signer)
    right = (signatory.capacity, signatory.delegation) == (entry.capacity, entry.delegation)
    if not (same and ours and right and names(letter, signatory)):
        raise Conflict("letter_moved", CHANGED, state=letter.status)
    letter.intent_id = approval.intent
    letter.status = rules.move(LetterStatus(letter.status), LetterStatus.SIGNING)
    letter.requested_at = clock.now()
    letter.problem = ""
    await letter.save()
    await jobs.enqueue(SIGN, {"letter": str(letter.id)})


async def void(subject_kind: str, subject_id: UUID) -> None:
    """Take an unsigned letter back; its number stays spent and says why."""
    letter = (
        await Letter.filter(subject_kind=subject_kind, subject_id=subject_id)
        .select_for_update()
        .get_or_none()
    )
    if letter is not None and letter.status not in (LetterStatus.VOID, LetterStatus.ISSUED):
        letter.status = rules.move(LetterStatus(letter.status), LetterStatus.VOID)
        await letter.save()


@dataclass(frozen=True)
class Signed:
    """What the signer made and the validator saw."""

    key: str
    sha256: str
    certified: bool
    issuer: str
    serial: str
    level: str = "B-B"


async def complete(letter_id: UUID, signed: Signed) -> Letter | None:
    """Count the letter as issued; None when another run of the same job was first."""
    letter = await Letter.filter(id=letter_id).select_for_update().get()
    if letter.status != LetterStatus.SIGNING:
        return None
    letter.status = rules.move(LetterStatus.SIGNING, LetterStatus.ISSUED)
    letter.signed_key, letter.signed_sha256 = signed.key, signed.sha256
    letter.certified, letter.issuer, letter.serial = signed.certified, signed.issuer, signed.serial
    letter.level = signed.level
    letter.signed_at = clock.now()
    await letter.save()
    return letter


async def fail(letter_id: UUID, problem: str) -> Letter | None:
    """The signer refused for good: keep the reason, the letter may be signed again."""
    letter = await Letter.filter(id=letter_id).select_for_update().get()
    if letter.status != LetterStatus.SIGNING:
        return None
    letter.status = rules.move(LetterStatus.SIGNING, LetterStatus.FAILED)
    letter.problem = problem[:300]
    await letter.save()
    return letter
