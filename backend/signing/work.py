"""The worker's part of a letter: draw the draft, apply the signature, and check it before it counts."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from backend.core import clock
from backend.core.actors import Capacity
from backend.core.secrets import Keyring
from backend.identity.models import Person
from backend.identity.queries import open_profile
from backend.signing import actions, attempts, capacity
from backend.signing.actions import Signed
from backend.signing.models import Letter
from backend.signing.passphrases import Passphrases
from backend.signing.render import PLAIN, LetterContent, render
from backend.signing.rules import LetterStatus
from backend.signing.signer import Signer, SignerRefused, SigningAct
from backend.signing.validate import Trust, validate
from storage import keys
from storage.documents import AlreadyThere, Documents, Unavailable

MOST_BYTES = 5 * 1024 * 1024
PDF = "application/pdf"


async def draw(
    letter_id: UUID, keyring: Keyring, documents: Documents, public_url: str, signer: Signer
) -> None:
    """Draw the draft of a letter and keep it; a letter that moved on meanwhile is left alone."""
    letter = await Letter.get(id=letter_id)
    if letter.status != LetterStatus.PREPARING:
        return
    pdf = render(_content(letter, keyring, public_url, development=not signer.certified))
    key, digest = await _keep(pdf, documents)
    await actions.drawn(letter_id, key, digest, letter.date)


def _content(letter: Letter, keyring: Keyring, public_url: str, *, development: bool) -> LetterContent:
    content = orjson.loads(keyring.open(f"letters:{letter.id}:content", letter.content_sealed))
    day: date = letter.date
    given = {"opening": content["opening"]} if content.get("opening") is not None else {}
    return LetterContent(
        kind_title=letter.title,
        number=letter.number,
        date=day,
        opd_name=letter.opd_name,
        opd_address=tuple(line for line in str(content["opd_address"]).split("\n") if line),
        holder_name=content["holder_name"],
        holder_rows=tuple((a, b) for a, b in content["rows"]),
        paragraphs=tuple(content["paragraphs"]),
        signer_name=letter.signer_name,
        signer_position=letter.signer_position,
        signer_rank=letter.signer_rank,
        signer_nip=letter.signer_nip,
        verify_url=f"{public_url}/v/{letter.verify_id}#{letter.fragment}",
        verify_id=letter.verify_id,
        host=urlsplit(public_url).netloc,
        development=development,
        template=content.get("template", PLAIN),
        data=content.get("data", {}),
        **given,
    )


async def sign(letter_id: UUID, tools: "Tools") -> Signed | None:
    """Sign the draft that was seen and validate the result; None when the letter is not to be signed any more.

    Raises SignerUnavailable to be tried again, SignerRefused for good (also when our own check fails).
    """
    letter = await Letter.get(id=letter_id)
    if letter.status != LetterStatus.SIGNING or letter.draft_key is None or letter.draft_sha256 is None:
        return None
    signer, documents = tools.signer, tools.documents
    if not await capacity.stands(letter):
        raise SignerRefused("no_capacity")
    draft = await _read(letter.draft_key, documents)
    decided = letter.requested_at or clock.now()
    claimed = await attempts.claim(letter.id, letter.draft_sha256, signer.name, decided)
    act = await _act(letter, tools, claimed.reference)
    if claimed.kept:
        pdf = await _read(keys.letter(claimed.kept), documents)
    else:
        pdf = await attempts.ask(signer, draft, act)
    found = await validate(pdf, Trust(await signer.roots(), tools.stamp_roots))
    if not found.good:
        raise SignerRefused("not_valid", found.reason)
    key, digest = await _keep_signed(pdf, tools, act)
    return Signed(key, digest, signer.certified, found.issuer, found.serial, found.level)


@dataclass(frozen=True)
class Tools:
    """What a letter is signed with."""

    documents: Documents
    signer: Signer
    keyring: Keyring
    passphrases: Passphrases
    stamp_roots: tuple[bytes, ...] = ()


async def _act(letter: Letter, tools: Tools, reference: str) -> SigningAct:
    nik = ""
    if tools.signer.remote:
        nik = open_profile(await Person.get(id=letter.signer_id), tools.keyring).nik or ""
    return SigningAct(
        signer_id=letter.signer_id,
        signer_name=letter.signer_name,
        position=letter.signer_position,
        reason=letter.title,
        location="Malang",
        at=letter.requested_at or clock.now(),
        letter_id=letter.id,
        document_sha256=letter.draft_sha256 or "",
        capacity=Capacity(letter.capacity),
        nik=nik,
        passphrase=tools.passphrases.of(letter.intent_id),
        reference=reference,
    )


async def _keep_signed(pdf: bytes, tools: Tools, act: SigningAct) -> tuple[str, str]:
    """Keep what was signed. Only then is it written down as signed; a remote signature that is lost here stays lost."""
    try:
        kept = await _keep(pdf, tools.documents)
    except Unavailable:
        await attempts.note(act, "unknown" if tools.signer.remote else "free")
        raise
    await attempts.note(act, "signed", signed_sha256=kept[1])
    return kept


async def _read(key: str, documents: Documents) -> bytes:
    return b"".join([chunk async for chunk in documents.read(key)])


async def _keep(pdf: bytes, documents: Documents) -> tuple[str, str]:
    """Store a letter under its own hash; that it is there already is the same letter."""
    digest = hashlib.sha256(pdf).hexdigest()
    key = keys.letter(digest)
    with suppress(AlreadyThere):
        await documents.put(key, _once(pdf), media_type=PDF, limit=MOST_BYTES)
    return key, digest


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
