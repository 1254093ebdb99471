"""What people do with passkeys: add one, log in with it, rename it, take it away; and how a passkey is proved."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.outbox import next_seq, record
from backend.core.problems import InvalidInput, NotAllowed, NotFound
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity import ceremonies, rules
from backend.identity.actions import SignedIn, open_session
from backend.identity.ceremonies import Assertion, Proof, RelyingParty, Unproven, packed, unpacked
from backend.identity.events import PASSKEY, PasskeyKind
from backend.identity.models import Passkey, PasskeyChallenge, Person, PostHeld, Session
from backend.identity.policy import require_signed_in
from backend.identity.sessions import session_token

REGISTER, LOG_IN = "register", "log_in"
UNPROVEN = Text(
    "Kunci sandi ini tidak cocok. Coba lagi, atau masuk dengan kode.",
    "This passkey does not match. Try again, or log in with a code.",
)
BOUND = Text(
    "Kunci sandi petugas tidak boleh tersalin ke perangkat lain. Pakai kunci di HP ini saja, atau kunci keamanan USB.",
    "A passkey of staff may not be copied to other devices. Use one that stays on this phone, or a security key.",
)
ENOUGH = Text("Anda sudah punya 10 kunci sandi. Hapus satu dulu.", "You have 10 passkeys. Remove one first.")
LAST_ONE = Text(
    "Ini kunci sandi terakhir Anda. Petugas selalu perlu satu; tambahkan yang baru dulu.",
    "This is your last passkey. Staff always need one; add another first.",
)
WITH_PASSKEY = Text(
    "Masuk dulu dengan kunci sandi Anda. Setelah itu baru bisa menambah atau menghapus kunci.",
    "Log in with your passkey first. Then you can add or remove passkeys.",
)


@dataclass(frozen=True)
class Asked:
    """What a phone is to answer: the challenge's id, WebAuthn options as JSON, and until when."""

    challenge: UUID
    options: str
    expires_at: datetime


def credential_of(row: Passkey) -> bytes:
    """The raw id of a kept passkey."""
    return unpacked(row.credential_id)


async def own(person: UUID) -> list[Passkey]:
    """A person's passkeys, the oldest first; at most 10 live ones exist."""
    return await Passkey.filter(person_id=person, revoked_at=None).order_by("created_at").limit(50)


async def has_one(person: UUID) -> bool:
    return await Passkey.filter(person_id=person, revoked_at=None).exists()


async def advice(actor: Actor) -> str | None:
    """What the log-in of staff lacks: "add" a passkey, or "use" the one they have; None for everybody else."""
    if actor.person is None or not await PostHeld.filter(person_id=actor.person).exists():
        return None
    if not await has_one(actor.person):
        return "add"
    opened = await Session.get_or_none(id=actor.session)
    return None if opened is not None and opened.opened_by == rules.BY_PASSKEY else "use"


async def ask_registration(actor: Actor, key: UUID, party: RelyingParty) -> Asked:
    """Begin to add a passkey."""
    person = require_signed_in(actor)
    await _may_change(actor, person)
    known = await own(person)
    if len(known) >= rules.PASSKEYS_MOST:
        raise NotAllowed("passkeys_enough", ENOUGH)
    name = (await Person.get(id=person)).name or "Lugas"
    row = await _challenge(Command(actor.scope, key, "passkey_register_options", None), REGISTER, person)
    options = ceremonies.registration_options(
        party, bytes(row.challenge), person.bytes, name, [credential_of(k) for k in known]
    )
    return Asked(row.id, options, row.expires_at)


@dataclass(frozen=True)
class Answer:
    """What a phone made (AuthenticatorAttestationResponse), in base64url, and where the key may be reached."""

    credential_id: str
    client_data: str
    attestation: str
    transports: Sequence[str]


@dataclass(frozen=True)
class Naming:
    """What the person calls a new passkey, and whether staff may have one that leaves its device (`bound` no)."""

    name: str
    bound: bool = False


async def register(
    actor: Actor, key: UUID, challenge: UUID, answer: Answer, naming: Naming, party: RelyingParty
) -> UUID:
    """Keep a new passkey. The session in which the first one was made counts as opened by it.

    Raises NotAllowed("passkey_unproven") for an answer that proves nothing, NotAllowed("passkey_synced") where the
    city wants keys of staff bound to their device and this one is copied elsewhere.
    """
    person = require_signed_in(actor)
    asked = await _burn(challenge, REGISTER)

    async def act() -> UUID:
        await _may_change(actor, person)
        if asked is None or asked.person_id != person:
            raise NotAllowed("passkey_unproven", UNPROVEN)
        made = _made(party, bytes(asked.challenge), answer)
        if await Passkey.filter(credential_id=packed(made.credential_id)).exists():
            raise NotAllowed("passkey_unproven", UNPROVEN)
        if naming.bound and made.may_leave and await PostHeld.filter(person_id=person).exists():
            raise NotAllowed("passkey_synced", BOUND)
        row = await Passkey.create(
            id=uuid7(),
            person_id=person,
            credential_id=packed(made.credential_id),
            public_key=made.public_key,
            sign_count=made.sign_count,
            backed_up=made.backed_up,
            transports=",".join(t for t in answer.transports if t in rules.TRANSPORTS),
            name=_named(naming.name),
            created_at=clock.now(),
        )
        await Session.filter(id=actor.session).update(opened_by=rules.BY_PASSKEY)
        said = {"name": row.name, "backed_up": row.backed_up}
        await record(Event(PasskeyKind.ADDED, PASSKEY, row.id, 1, said), actor, silent=True)
        return row.id

    body = [str(challenge), answer.credential_id, answer.client_data, answer.attestation, naming.name]
    return UUID((await once(Command(actor.scope, key, "passkey_register", body), act)).result)


def _made(party: RelyingParty, challenge: bytes, answer: Answer) -> ceremonies.Fresh:
    try:
        return ceremonies.check_registration(
            party, challenge, answer.credential_id, answer.client_data, answer.attestation
        )
    except Unproven:
        raise NotAllowed("passkey_unproven", UNPROVEN) from None


def _named(name: str) -> str:
    said = " ".join(name.split())
    if not 1 <= len(said) <= rules.PASSKEY_NAME_MOST:
        raise InvalidInput.at("name", "Beri nama 1 sampai 60 huruf.", "Give it a name of 1 to 60 letters.")
    return said


async def _may_change(actor: Actor, person: UUID) -> None:
    """Who stole a phone number cannot add a key beside that of an official: staff come in by passkey first."""
    staff = await PostHeld.filter(person_id=person).exists()
    if not staff or not await has_one(person):
        return
    opened = await Session.get_or_none(id=actor.session)
    if opened is None or opened.opened_by != rules.BY_PASSKEY:
        raise NotAllowed("passkey_first", WITH_PASSKEY)


async def rename(actor: Actor, key: UUID, passkey: UUID, name: str) -> UUID:
    """Give an own passkey another name; NotFound for any other."""
    person, said = require_signed_in(actor), _named(name)

    async def act() -> UUID:
        if not await Passkey.filter(id=passkey, person_id=person, revoked_at=None).update(name=said):
            raise NotFound
        return passkey

    body = [str(passkey), said]
    return UUID((await once(Command(actor.scope, key, "passkey_rename", body), act)).result)


async def remove(actor: Actor, key: UUID, passkey: UUID) -> UUID:
    """Take an own passkey away; the last one of staff stays."""
    person = require_signed_in(actor)

    async def act() -> UUID:
        row = await Passkey.filter(person_id=person, revoked_at=None).order_by("id").select_for_update()
        if passkey not in {r.id for r in row}:
            raise NotFound
        await _may_change(actor, person)
        if len(row) == 1 and await PostHeld.filter(person_id=person).exists():
            raise NotAllowed("passkey_last", LAST_ONE)
        await Passkey.filter(id=passkey).update(revoked_at=clock.now())
        gone = next(r for r in row if r.id == passkey)
        event = Event(
            PasskeyKind.REMOVED, PASSKEY, passkey, await next_seq(PASSKEY, passkey), {"name": gone.name}
        )
        await record(event, actor, silent=True)
        return passkey

    return UUID((await once(Command(actor.scope, key, "passkey_remove", str(passkey)), act)).result)


async def ask_log_in(key: UUID, party: RelyingParty) -> Asked:
    """Begin to log in: nobody says who they are, the phone offers the passkeys it holds."""
    row = await _challenge(Command("anonymous", key, "passkey_log_in_options", None), LOG_IN, None)
    return Asked(row.id, ceremonies.request_options(party, bytes(row.challenge)), row.expires_at)


async def log_in(
    key: UUID, challenge: UUID, assertion: Assertion, user_agent: str, keyring: Keyring, party: RelyingParty
) -> SignedIn:
    """Log in with a passkey. Unknown, revoked and bent ones are all refused alike."""
    asked = await _burn(challenge, LOG_IN)

    async def act() -> UUID:
        row = await live(assertion.credential_id)
        if asked is None or row is None or assertion.user_handle not in (b"", row.person_id.bytes):
            raise NotAllowed("passkey_unproven", UNPROVEN)
        try:
            await prove(row, bytes(asked.challenge), assertion, party)
        except Unproven:
            raise NotAllowed("passkey_unproven", UNPROVEN) from None
        return await open_session(row.person_id, user_agent, keyring, by=rules.BY_PASSKEY)

    body = [str(challenge), assertion.said]
    done = await once(Command("anonymous", key, "passkey_log_in", body), act)
    session = await Session.get_or_none(id=done.result, revoked_at=None)
    if session is None or (done.repeated and session.created_at + rules.CODE_LIFETIME < clock.now()):
        raise NotAllowed("passkey_unproven", UNPROVEN)
    return SignedIn(session_token(keyring, session.id), session.id, session.person_id, session.expires_at)


async def live(credential_id: bytes, person: UUID | None = None) -> Passkey | None:
    """The passkey with this credential id, not revoked, of this person if given."""
    found = await Passkey.get_or_none(credential_id=packed(credential_id), revoked_at=None)
    return found if found is None or person in (None, found.person_id) else None


async def prove(
    row: Passkey, challenge: bytes, assertion: Assertion, party: RelyingParty, *, in_order: bool = True
) -> Proof:
    """Check an assertion and count it, inside the caller's transaction; raises Unproven.

    The row is locked: of two answers of one key at once the second sees the count of the first. What waited on a
    phone may come after later answers: then the key's own count says nothing (`in_order` False), and what keeps it
    from being used twice is its challenge alone.
    """
    locked = await Passkey.filter(id=row.id, revoked_at=None).select_for_update().get_or_none()
    if locked is None:
        raise Unproven("revoked")
    proof = ceremonies.check_assertion(
        party, challenge, assertion, bytes(locked.public_key), locked.sign_count if in_order else 0
    )
    locked.sign_count = max(locked.sign_count, proof.sign_count)
    locked.backed_up, locked.used_at = proof.backed_up, clock.now()
    await locked.save(update_fields=["sign_count", "backed_up", "used_at"])
    return proof


async def _challenge(command: Command, purpose: str, person: UUID | None) -> PasskeyChallenge:
    """32 random bytes for one answer within five minutes; a repeat of the request gets the same ones."""

    async def act() -> UUID:
        row = await PasskeyChallenge.create(
            id=uuid7(),
            purpose=purpose,
            person_id=person,
            challenge=os.urandom(32),
            expires_at=clock.now() + rules.CODE_LIFETIME,
        )
        return row.id

    return await PasskeyChallenge.get(id=(await once(command, act)).result)


async def _burn(challenge: UUID, purpose: str) -> PasskeyChallenge | None:
    """Use a challenge up before its answer is looked at; None when it is over, used, or for something else."""
    async with in_transaction():
        now = clock.now()
        burned = await PasskeyChallenge.filter(
            id=challenge, purpose=purpose, used_at=None, expires_at__gt=now
        ).update(used_at=now)
        return await PasskeyChallenge.get(id=challenge) if burned else None
