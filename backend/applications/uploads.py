"""Files on their way: a ticket for one upload, the check of what arrived, a ticket for one download."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.applications import file_parts, paperwork, queries
from backend.applications.actions import note_read
from backend.applications.file_parts import NOT_ARRIVED
from backend.applications.models import CaseDocument, Upload
from backend.applications.sweeping import hold
from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.ids import uuid7
from backend.core.problems import Conflict, FieldFault, InvalidInput, NotFound, NotNow, TooLarge
from backend.core.texts import Text
from backend.core.tickets import Tickets
from backend.identity.policy import require_signed_in
from backend.services import queries as services
from backend.signing import intents
from backend.signing.models import Letter
from backend.signing.rules import LetterStatus
from storage import keys
from storage.documents import AlreadyThere, Changed, Documents, Missing, Unavailable
from storage.images import without_location
from storage.inspect import Inspected, Inspector, Reason, Refused

MOST_BYTES = 10 * 1024 * 1024
OPEN_MOST = 60
UPLOAD_LIFETIME = timedelta(minutes=30)
DOWNLOAD_LIFETIME = timedelta(minutes=5)
MEDIA_TYPES = ("image/jpeg", "image/png", "application/pdf")
UPLOAD, DOWNLOAD = "upload", "download"

TOO_BIG = Text(
    "Berkas paling besar 10 MB. Foto ulang, atau kecilkan.", "A file has at most 10 MB. Retake or shrink it."
)
TOO_MANY = Text(
    "Terlalu banyak berkas yang belum dipakai. Coba lagi sebentar.", "Too many unused files. Try again soon."
)
STORE_DOWN = Text(
    "Tempat berkas sedang tidak bisa dihubungi. Coba lagi sebentar.",
    "The file store cannot be reached. Try again soon.",
)
REFUSED: Mapping[Reason, Text] = {
    Reason.UNKNOWN_TYPE: Text("Berkas ini bukan JPEG, PNG, atau PDF.", "This file is no JPEG, PNG or PDF."),
    Reason.TYPE_DIFFERS: Text(
        "Isi berkas tidak sama dengan jenisnya.", "The file is not what it says it is."
    ),
    Reason.BROKEN: Text(
        "Berkas ini rusak. Foto atau pindai ulang.", "This file is broken. Take or scan it again."
    ),
    Reason.ENCRYPTED_PDF: Text(
        "PDF ini terkunci sandi. Simpan tanpa sandi.", "This PDF has a password. Save it without."
    ),
    Reason.ACTIVE_PDF: Text(
        "PDF ini berisi program. Cetak ulang jadi PDF biasa.",
        "This PDF holds a program. Print it to a plain PDF.",
    ),
    Reason.TOO_MANY_PIXELS: Text(
        "Gambar ini terlalu besar untuk dibuka.", "This picture is too large to open."
    ),
    Reason.POLYGLOT: Text(
        "Berkas ini berisi sesuatu di luar gambar. Foto ulang.",
        "This file holds more than a picture. Take it again.",
    ),
}
_DIFFERS = Text(
    "Berkas yang sampai bukan yang tadi dipilih. Unggah lagi.",
    "The file that arrived is not the one chosen. Upload it again.",
)


@dataclass(frozen=True)
class FormTicket:
    """Where to post one file: form fields first, then the file as part `file`; or which parts are still missing."""

    upload: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime
    missing: list[int]


@dataclass(frozen=True)
class Announced:
    """A file as the phone describes it: its media type, size in bytes and SHA-256 (hex)."""

    media_type: str
    size: int
    sha256: str


async def request(
    actor: Actor, key: UUID, file: Announced, documents: Documents, tickets: Tickets
) -> FormTicket:
    """Ask for a place to put one file; a file that this person sent before goes on where it stopped."""
    person = require_signed_in(actor)
    _check(file.size, file.sha256)

    async def act() -> UUID:
        return await _resumed(person, file) or await _new(person, file)

    body = [file.media_type, file.size, file.sha256]
    done = await once(Command(actor.scope, key, "request_upload", body), act)
    upload = await Upload.get_or_none(id=done.result)
    if upload is None:
        # A repeat, a day after: what was sent then has been swept.
        raise Conflict("not_arrived", NOT_ARRIVED)
    return await _ticket(upload, documents, tickets)


async def _resumed(person: UUID, file: Announced) -> UUID | None:
    """The same person's upload of the same bytes that no case has taken yet, given another day."""
    same = Upload.filter(
        person_id=person, sent_sha256=file.sha256, sent_size=file.size, media_type=file.media_type
    )
    found = await same.filter(taken=False).order_by("-stored", "id").select_for_update().first()
    if found is not None:
        now = clock.now()
        await Upload.filter(id=found.id).update(asked_at=now, expires_at=now + UPLOAD_LIFETIME)
        return found.id
    known = await same.filter(taken=True, stored=True).first()
    if known is None:
        return None
    # A case of this person holds these bytes: they need not travel again.
    return await _create(person, file, stored=True, key=known.key, size=known.size, sha256=known.sha256)


async def _new(person: UUID, file: Announced) -> UUID:
    unused = await Upload.filter(person_id=person, expires_at__gt=clock.now(), stored=False).count()
    if unused >= OPEN_MOST:
        raise NotNow("too_many_uploads", TOO_MANY, retry_at=clock.now() + UPLOAD_LIFETIME)
    return await _create(person, file)


async def _create(person: UUID, file: Announced, **kept: Any) -> UUID:
    upload_id, now = uuid7(), clock.now()
    given: dict[str, Any] = {"key": keys.quarantine(upload_id.hex), "size": file.size, "sha256": file.sha256}
    await Upload.create(
        id=upload_id,
        person_id=person,
        media_type=file.media_type,
        sent_sha256=file.sha256,
        sent_size=file.size,
        asked_at=now,
        expires_at=now + UPLOAD_LIFETIME,
        **(given | kept),
    )
    return upload_id


async def _ticket(upload: Upload, documents: Documents, tickets: Tickets) -> FormTicket:
    missing = await file_parts.missing(upload)
    # Never the key of a kept file: a form is a permission to write.
    key = keys.quarantine(upload.id.hex)
    left = max(upload.expires_at - clock.now(), timedelta(seconds=1))
    form = documents.upload_form(key, media_type=upload.media_type, max_bytes=MOST_BYTES, lifetime=left)
    if form is not None:
        return FormTicket(upload.id, form.url, form.fields, upload.expires_at, missing)
    token = tickets.mint(
        UPLOAD, str(upload.id), left, key=key, media_type=upload.media_type, size=upload.sent_size
    )
    return FormTicket(upload.id, "/documents/upload", {"ticket": token}, upload.expires_at, missing)


def _check(size: int, sha256: str) -> None:
    if size > MOST_BYTES:
        raise TooLarge("file_too_large", TOO_BIG, limit=MOST_BYTES)
    if size < 1:
        raise InvalidInput.at("size", "Berkas ini kosong.", "This file is empty.")
    if len(sha256) != 64 or any(c not in "0123456789abcdef" for c in sha256):
        raise InvalidInput.at("sha256", "SHA-256 ditulis 64 angka heksadesimal.", "SHA-256 is 64 hex digits.")


async def confirm(
    actor: Actor, key: UUID, upload_id: UUID, documents: Documents, inspector: Inspector
) -> Upload:
    """Examine what arrived by its content and keep it under its hash; wrong files are deleted with the reason."""
    person = require_signed_in(actor)
    upload = await Upload.get_or_none(id=upload_id, person_id=person)
    if upload is None:
        raise NotFound
    kept = await _kept_of(upload, documents, inspector)

    async def act() -> UUID:
        if not await Upload.filter(id=upload_id).select_for_update():
            raise NotFound
        # Held against sweeping: between the examination and this moment nobody may have thrown the bytes away.
        await hold(kept.key)
        if await documents.stat(kept.key) is None:
            raise Conflict("not_arrived", NOT_ARRIVED)
        await Upload.filter(id=upload_id).update(
            stored=True, key=kept.key, sha256=kept.sha256, size=kept.size
        )
        return upload_id

    try:
        await once(Command(actor.scope, key, "confirm_upload", str(upload_id)), act)
        await file_parts.drop(upload_id, documents)
        # Whoever was given a form for a file that was here already may have posted it all the same.
        await documents.delete(keys.quarantine(upload_id.hex))
    except Unavailable:
        raise NotNow("store_down", STORE_DOWN, retry_at=clock.now() + timedelta(seconds=30)) from None
    return await Upload.get(id=upload_id)


@dataclass(frozen=True)
class Kept:
    """Where a file lies now and what it is."""

    key: str
    sha256: str
    size: int


async def _kept_of(upload: Upload, documents: Documents, inspector: Inspector) -> Kept:
    if upload.stored:
        return Kept(upload.key, upload.sha256, upload.size)
    try:
        return await _examine(upload, documents, inspector)
    except InvalidInput:
        # What was refused is not put together again from its parts.
        with suppress(Unavailable):
            await file_parts.drop(upload.id, documents)
        raise


async def _examine(upload: Upload, documents: Documents, inspector: Inspector) -> Kept:
    try:
        if await documents.stat(upload.key) is None and not await file_parts.join(upload, documents):
            # Knowing a hash is not having the file: only what arrived under this ticket counts.
            raise Conflict("not_arrived", NOT_ARRIVED)
        found = await inspector.inspect(
            documents.read(upload.key), declared=upload.media_type, limit=MOST_BYTES
        )
        if (found.sha256, found.size) != (upload.sent_sha256, upload.sent_size):
            await documents.delete(upload.key)
            raise InvalidInput(FieldFault("file", _DIFFERS), code="file_differs")
        return await _keep(upload.key, found, documents)
    except Refused as refused:
        await documents.delete(upload.key)
        text = REFUSED.get(refused.reason, REFUSED[Reason.BROKEN])
        raise InvalidInput(FieldFault("file", text), code=f"file_{refused.reason.value}") from None
    except (Missing, Changed):
        raise Conflict("not_arrived", NOT_ARRIVED) from None
    except Unavailable:
        raise NotNow("store_down", STORE_DOWN, retry_at=clock.now() + timedelta(seconds=30)) from None


async def _keep(source: str, found: Inspected, documents: Documents) -> Kept:
    """Name the file by its content, without the place a photo was taken; sent twice it is one object."""
    if found.tells_more:
        return await _cleaned(source, found, documents)
    target = keys.document(found.sha256)
    try:
        await documents.move(source, target)
    except AlreadyThere:
        await documents.delete(source)
    return Kept(target, found.sha256, found.size)


async def _cleaned(source: str, found: Inspected, documents: Documents) -> Kept:
    """A photo that says where it was taken, or carries a tail, is kept without either (at most 10 MB at once)."""
    whole = b"".join([chunk async for chunk in documents.read(source)])
    clean = without_location(whole)
    digest = hashlib.sha256(clean).hexdigest()
    target = keys.document(digest)

    async def once_over() -> AsyncIterator[bytes]:
        yield clean

    with suppress(AlreadyThere):
        await documents.put(target, once_over(), media_type=found.media_type, limit=MOST_BYTES)
    await documents.delete(source)
    return Kept(target, digest, len(clean))


@dataclass(frozen=True)
class Download:
    """An address that answers with one file for a few minutes, as an attachment."""

    url: str
    media_type: str
    sha256: str
    expires_at: datetime


async def open_document(actor: Actor, key: UUID, document_id: UUID, tickets: Tickets) -> Download:
    """A ticket for one page of a visible case; the resident sees who opened it."""
    require_signed_in(actor)
    document = await CaseDocument.get_or_none(id=document_id)
    case = await queries.by_id(actor, document.application_id) if document else None
    if document is None or case is None:
        raise NotFound
    definition = await services.definition(case.service_code, case.service_version)
    requirement = definition.requirement(document.requirement)
    what = f"{requirement.title.id if requirement else document.requirement}, {document.page}"

    async def act() -> UUID:
        await note_read(actor, document.application_id, what)
        return document_id

    await once(Command(actor.scope, key, "open_document", str(document_id)), act)
    extension = {"image/jpeg": "jpg", "image/png": "png"}.get(document.media_type, "pdf")
    return download(
        tickets,
        document.key,
        document.media_type,
        document.sha256,
        f"{document.requirement}-{document.page}.{extension}",
    )


def download(tickets: Tickets, key: str, media_type: str, sha256: str, name: str) -> Download:
    """A ticket for one stored object."""
    token = tickets.mint(DOWNLOAD, key, DOWNLOAD_LIFETIME, media_type=media_type, name=name)
    return Download(f"/documents/{token}", media_type, sha256, clock.now() + DOWNLOAD_LIFETIME)


def letter_download(tickets: Tickets, letter: Letter) -> Download | None:
    """The signed letter, or else the draft; None while neither is drawn."""
    key, sha256 = (
        (letter.signed_key, letter.signed_sha256)
        if letter.signed_key
        else (letter.draft_key, letter.draft_sha256)
    )
    if not key or not sha256:
        return None
    return download(tickets, key, "application/pdf", sha256, f"{letter.number.replace('/', '-')}.pdf")


DRAWING = Text(
    "Surat sedang disiapkan. Coba lagi beberapa detik lagi.",
    "The letter is being drawn. Try again in seconds.",
)


async def open_letter(
    actor: Actor, key: UUID, case_id: UUID, tickets: Tickets, *, ahead: bool = False
) -> tuple[Download, Letter]:
    """The letter of a visible case: residents get the signed file, staff also the draft to be signed.

    A draft of another day or for another head is drawn anew first; until then NotNow with `retry_at`. `ahead`: a
    phone fetches it to be read without a signal, which by itself opens no way to sign it online.
    """
    require_signed_in(actor)
    case = await queries.by_id(actor, case_id)
    letter = await paperwork.letter_of(case) if case else None
    if case is None or letter is None or letter.status == LetterStatus.VOID:
        raise NotFound
    if letter.signed_key is None and not queries.is_staff(actor, case):
        raise NotFound
    letter = await paperwork.fresh_draft(actor, case, letter)
    made = letter_download(tickets, letter)
    if made is None:
        raise NotNow("drawing", DRAWING, retry_at=clock.now() + timedelta(seconds=2))

    async def act() -> UUID:
        await note_read(actor, case_id, letter.title)
        if letter.signed_key is None:
            await intents.opened(actor, letter, ahead=ahead)
        return letter.id

    await once(Command(actor.scope, key, "open_letter", [str(case_id), letter.draft_sha256, ahead]), act)
    return made, letter
