"""Half-filled forms on the server: a person's phones share them, files included, for 30 days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.applications import draft_rules
from backend.applications.draft_rules import KEPT, MOST, DraftFile
from backend.applications.events import DRAFT, DraftKind
from backend.applications.models import Draft, DraftDocument, Upload
from backend.applications.paperwork import UPLOAD_GONE
from backend.applications.sweeping import hold
from backend.applications.uploads import Download, download
from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.conditions import NO_ROW, After, All, Condition, Is
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import record
from backend.core.pages import Page, Window, moment
from backend.core.problems import FieldFault, InvalidInput, NotFound, TooLarge
from backend.core.reads import Order, Relation, Row, Table, columns_of, first, page, read
from backend.core.secrets import Keyring
from backend.core.tickets import Tickets
from backend.database import transaction
from backend.identity.policy import require_signed_in
from backend.services import queries as services

FILES = Table("draft_documents", columns_of("upload_id position requirement media_type size sha256"))
DRAFTS = Table(
    "drafts",
    columns_of(
        "id person_id draft_id version service_code service_version content_sealed step changed_at kept_until"
    ),
    relations={"files": Relation(FILES, (("draft_id", "id"),), order="{row}.position", most=100)},
)
_WHOLE = read(
    *DRAFTS.columns, files=read("upload_id", "requirement", "media_type", "size", "sha256", "position")
)
_NEWEST: Order = (("changed_at", True), ("id", True))


@dataclass(frozen=True)
class DraftGiven:
    """A half-filled form as a phone sends it. `version` is the one it saw, 0 for a new one."""

    id: UUID
    version: int
    service: str
    service_version: int
    name: str
    answers: Mapping[str, str]
    step: int
    files: Sequence[DraftFile]
    changed_at: datetime

    @property
    def content(self) -> str:
        """What is sealed: everything that a person wrote."""
        written = {"name": self.name, "answers": self.answers, "files": [f.name for f in self.files]}
        return orjson.dumps(written, option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True)
class Content:
    """What a person wrote into a draft: its name, the answers so far, and the names of its files."""

    name: str
    answers: dict[str, str]
    files: list[str]


def rows_for(actor: Actor) -> Condition:
    """The drafts an actor may read: one's own, while they are kept."""
    if actor.person is None:
        return NO_ROW
    return All((Is("person_id", actor.person), After("kept_until", clock.now())))


async def save(actor: Actor, key: UUID, given: DraftGiven, keyring: Keyring) -> Row:
    """Keep a draft as the phone has it now, for 30 days from now; a repeat under the key changes nothing.

    Raises InvalidInput for what no form has and for files that are not here (code upload_missing), Conflict
    with the newer version when another phone was faster ("stale_draft") or threw it away ("draft_gone"),
    TooLarge over 50 drafts.
    """
    person = require_signed_in(actor)

    async def act() -> UUID:
        definition = await services.definition(given.service, given.service_version)
        draft_rules.require_form(definition, given.name, given.answers, given.step, given.files)
        # One phone of a person at a time: versions and the number of drafts are counted.
        await hold(f"drafts:{person}")
        row = await _current(person, given.id)
        draft_rules.require_version(given.version, row.version if row else 0)
        if row is None:
            await _require_room(person)
        row = await _write(person, row, given, keyring)
        await _attach(person, row, given.files)
        await _record(actor, row, DraftKind.SAVED)
        return row.id

    facts = [str(given.id), given.version, given.service, given.service_version, given.step]
    mac = keyring.mac("body", given.content).hex()
    body = [*facts, mac, [[f.requirement, str(f.upload)] for f in given.files]]
    done = await once(Command(actor.scope, key, "save_draft", body), act)
    found = await first(DRAFTS, _WHOLE, All((Is("id", UUID(done.result)), rows_for(actor))))
    if found is None:
        # A repeat, long after: the draft was sent or thrown away since.
        raise NotFound
    return found


async def _current(person: UUID, draft: UUID) -> Draft | None:
    """The draft, locked; one whose time is over is cleared away first."""
    row = await Draft.filter(person_id=person, draft_id=draft).select_for_update().get_or_none()
    if row is not None and row.kept_until <= clock.now():
        await remove(row)
        return None
    return row


async def _require_room(person: UUID) -> None:
    if await Draft.filter(person_id=person, kept_until__gt=clock.now()).count() >= MOST:
        raise TooLarge("too_many_drafts", draft_rules.TOO_MANY, limit=MOST)


async def _write(person: UUID, row: Draft | None, given: DraftGiven, keyring: Keyring) -> Draft:
    now = clock.now()
    row_id = row.id if row else uuid7()
    values: dict[str, Any] = {
        "version": given.version + 1,
        "service_code": given.service,
        "service_version": given.service_version,
        "content_sealed": keyring.seal(f"drafts:{row_id}:content", given.content),
        "step": given.step,
        # A phone's clock may be ahead of the city's.
        "changed_at": min(given.changed_at, now),
        "kept_until": now + KEPT,
    }
    if row is None:
        return await Draft.create(id=row_id, person_id=person, draft_id=given.id, **values)
    row.update_from_dict(values)
    await row.save()
    return row


async def _attach(person: UUID, row: Draft, files: Sequence[DraftFile]) -> None:
    """Let the draft hold exactly these files of this person; what it lets go is kept for another day."""
    own = Upload.filter(id__in=[f.upload for f in files], person_id=person, stored=True)
    uploads = {u.id: u for u in await own.order_by("id").select_for_update()}
    lost = [f for f in files if f.upload not in uploads]
    if lost:
        faults = [FieldFault(f"documents.{f.requirement}", UPLOAD_GONE) for f in lost]
        raise InvalidInput(*faults, code="upload_missing")
    await _let_go(row)
    for position, file in enumerate(files):
        upload = uploads[file.upload]
        await DraftDocument.create(
            id=uuid7(),
            draft_id=row.id,
            upload_id=upload.id,
            position=position,
            requirement=file.requirement,
            media_type=upload.media_type,
            size=upload.size,
            sha256=upload.sha256,
        )


async def _let_go(row: Draft) -> None:
    held = await DraftDocument.filter(draft_id=row.id).values_list("upload_id", flat=True)
    # The application that these files travel with may be on its way still.
    await Upload.filter(id__in=list(held)).update(asked_at=clock.now())
    await DraftDocument.filter(draft_id=row.id).delete()


async def remove(row: Draft) -> None:
    """Forget a draft; its files are swept a day later unless a case takes them."""
    await _let_go(row)
    await row.delete()


async def drop(actor: Actor, key: UUID, draft: UUID, version: int) -> None:
    """Throw a draft away; that none is there is fine. Conflict when another phone has changed it since."""
    person = require_signed_in(actor)

    async def act() -> UUID:
        await hold(f"drafts:{person}")
        row = await _current(person, draft)
        if row is not None:
            draft_rules.require_version(version, row.version)
            row.version += 1
            await _record(actor, row, DraftKind.DROPPED)
            await remove(row)
        return draft

    await once(Command(actor.scope, key, "drop_draft", [str(draft), version]), act)


async def _record(actor: Actor, row: Draft, kind: DraftKind) -> None:
    data = {"service": row.service_code}
    await record(Event(kind, DRAFT, row.id, row.version, data), actor, silent=True)


async def mine(actor: Actor, window: Window) -> Page[Row]:
    """The actor's drafts with their files, the last changed first."""
    found = await page(DRAFTS, _WHOLE, rows_for(actor), _NEWEST, window.read(moment, UUID))
    await services.at_hand(found.rows)
    return found


def content_of(row: Row, keyring: Keyring) -> Content:
    """What the person wrote."""
    known = orjson.loads(keyring.open(f"drafts:{row.id}:content", row.content_sealed))
    return Content(known["name"], known["answers"], known["files"])


async def open_document(actor: Actor, key: UUID, draft: UUID, upload: UUID, tickets: Tickets) -> Download:
    """A ticket for one file of one's own draft, so that another phone goes on with it."""
    require_signed_in(actor)
    row = await first(DRAFTS, read("id"), All((Is("draft_id", draft), rows_for(actor))))
    held = await DraftDocument.filter(draft_id=row.id, upload_id=upload).first() if row else None
    stored = await Upload.get_or_none(id=upload, person_id=actor.person) if held else None
    if held is None or stored is None:
        raise NotFound

    async def act() -> UUID:
        return upload

    await once(Command(actor.scope, key, "open_draft_document", [str(draft), str(upload)]), act)
    name = f"{held.requirement}-{held.position + 1}"
    return download(tickets, stored.key, stored.media_type, stored.sha256, name)


async def sweep(most: int = 500) -> int:
    """Forget drafts that nobody changed for 30 days; returns how many."""
    old = await Draft.filter(kept_until__lte=clock.now()).order_by("kept_until").limit(most)
    for row in old:
        await _sweep(row.id)
    return len(old)


async def _sweep(row_id: UUID) -> None:
    async with transaction():
        row = await Draft.filter(id=row_id).select_for_update().get_or_none()
        if row is not None and row.kept_until <= clock.now():
            await remove(row)
