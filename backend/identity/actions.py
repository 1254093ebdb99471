"""What people do with their identity: ask for a code, sign in and out, keep their profile."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from backend.core import clock
from backend.core.actors import Actor
from backend.core.commands import Command, once
from backend.core.ids import uuid7
from backend.core.problems import FieldFault, InvalidInput, NotFound, NotNow
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.identity import rules
from backend.identity.gateways import CodeGateway, GatewayDown
from backend.identity.models import OneTimeCode, PasskeyChallenge, Person, PostHeld, Session
from backend.identity.policy import require_signed_in
from backend.identity.sessions import session_token, token_hash

WRONG_CODE = Text(
    "Kode tidak cocok atau sudah lewat 5 menit. Periksa lagi, atau minta kode baru.",
    "The code does not match or is older than 5 minutes. Check it, or ask for a new one.",
)
TOO_SOON = Text("Kode baru bisa diminta sebentar lagi.", "A new code can be asked for in a moment.")
GATEWAY = Text(
    "Pesan kode belum bisa dikirim. Coba lagi beberapa menit lagi.",
    "The code could not be sent yet. Try again in a few minutes.",
)


@dataclass(frozen=True)
class CodeSent:
    """The same for known and unknown numbers. `challenge` binds the code to the asking browser."""

    challenge: str
    phone_masked: str
    expires_at: datetime
    retry_at: datetime


async def request_code(
    key: UUID, phone_text: str, keyring: Keyring, gateway: CodeGateway, say: Callable[[str], str]
) -> CodeSent:
    """Send a six-digit code to a phone: one a minute, five an hour a number. `say` puts the code in words.

    Raises InvalidInput for no mobile number, NotNow with `retry_at` over the limit or without gateway.
    """
    phone = rules.read_phone(phone_text)
    if phone is None:
        raise InvalidInput.at(
            "phone",
            "Nomor HP dimulai 08 atau +628, 10 sampai 13 angka.",
            "A mobile number starts with 08 or +628 and has 10 to 13 digits.",
        )
    index = keyring.blind_index("phone", phone)
    # The challenge follows from the key, so that a repeat of the request gets the same answer.
    challenge = keyring.mac("challenge", f"{key}:{phone}").hex()
    code = f"{secrets.randbelow(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}d}"
    row_id = uuid7()

    async def act() -> UUID:
        now = clock.now()
        await _serialize(index)
        asked = await OneTimeCode.filter(phone_index=index).order_by("-asked_at").limit(rules.CODES_AN_HOUR)
        wait = rules.code_wait([c.asked_at for c in asked], now)
        if wait is not None:
            raise NotNow("too_soon", TOO_SOON, retry_at=wait)
        await OneTimeCode.create(
            id=row_id,
            challenge_hash=token_hash(challenge),
            phone_index=index,
            phone_sealed=keyring.seal(f"one_time_codes:{row_id}:phone", phone),
            code_mac=keyring.mac("code", f"{row_id}:{code}"),
            asked_at=now,
            expires_at=now + rules.CODE_LIFETIME,
        )
        return row_id

    done = await once(Command("anonymous", key, "request_code", index), act)
    if not done.repeated:
        await _hand_over(row_id, phone, say(code), gateway)
    row = await OneTimeCode.get(id=done.result)
    if row.expires_at <= row.asked_at:
        raise NotNow("gateway_down", GATEWAY)
    return CodeSent(challenge, rules.mask_phone(phone), row.expires_at, row.asked_at + rules.CODE_PAUSE)


async def _serialize(index: str) -> None:
    """One request at a time for a number: the limit is counted under a lock of this transaction."""
    async with in_transaction() as tx:
        await tx.execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", [index])


async def _hand_over(row_id: UUID, phone: str, text: str, gateway: CodeGateway) -> None:
    try:
        await gateway.send(phone, text)
    except GatewayDown:
        # Ended at its very beginning: that is how a repeat of the request knows that nothing was sent.
        await OneTimeCode.filter(id=row_id).update(expires_at=F("asked_at"))


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token goes into the cookie and nowhere else."""

    token: str
    session: UUID
    person: UUID
    expires_at: datetime


async def verify_code(key: UUID, challenge: str, code: str, user_agent: str, keyring: Keyring) -> SignedIn:
    """Sign in with the code that was sent; five tries a code, counted in the database whatever happens.

    Raises InvalidInput("wrong_code") for wrong, old, used-up and unknown alike.
    """
    row = await _count_try(challenge)

    async def act() -> UUID:
        if row is None or not _matches(row, code, keyring):
            raise InvalidInput(FieldFault("code", WRONG_CODE), code="wrong_code")
        fresh = await OneTimeCode.filter(id=row.id, used_at=None).update(used_at=clock.now())
        if not fresh:
            raise InvalidInput(FieldFault("code", WRONG_CODE), code="wrong_code")
        person = await _person_for(row, keyring)
        return await open_session(person, user_agent, keyring)

    done = await once(Command("anonymous", key, "verify_code", [challenge, code]), act)
    session = await Session.get_or_none(id=done.result, revoked_at=None)
    if session is None or (done.repeated and session.created_at + rules.CODE_LIFETIME < clock.now()):
        raise InvalidInput(FieldFault("code", WRONG_CODE), code="wrong_code")
    return SignedIn(session_token(keyring, session.id), session.id, session.person_id, session.expires_at)


async def _count_try(challenge: str) -> OneTimeCode | None:
    """Count one try before looking at the code, atomically, outside the command's transaction."""
    async with in_transaction() as tx:
        rows = await tx.execute_query_dict(
            "UPDATE one_time_codes SET tries = tries + 1"
            " WHERE challenge_hash = $1 AND tries < $2 AND expires_at > $3 RETURNING id",
            [token_hash(challenge), rules.CODE_TRIES, clock.now()],
        )
    return await OneTimeCode.get(id=rows[0]["id"]) if rows else None


def _matches(row: OneTimeCode, code: str, keyring: Keyring) -> bool:
    digits = "".join(c for c in code if c.isascii() and c.isdigit())
    return secrets.compare_digest(bytes(row.code_mac), keyring.mac("code", f"{row.id}:{digits}"))


async def _person_for(row: OneTimeCode, keyring: Keyring) -> UUID:
    known = await Person.get_or_none(phone_index=row.phone_index)
    if known is not None:
        return known.id
    phone = keyring.open(f"one_time_codes:{row.id}:phone", row.phone_sealed)
    return (await create_person(phone, keyring)).id


async def create_person(phone: str, keyring: Keyring, *, name: str = "") -> Person:
    """A new person under a phone number (+62...)."""
    person_id, now = uuid7(), clock.now()
    return await Person.create(
        id=person_id,
        name=name,
        phone_sealed=keyring.seal(f"people:{person_id}:phone", phone),
        phone_index=keyring.blind_index("phone", phone),
        field_dates=dict.fromkeys(("phone", "name") if name else ("phone",), now.isoformat()),
        created_at=now,
    )


async def open_session(person: UUID, user_agent: str, keyring: Keyring, *, by: str = rules.BY_CODE) -> UUID:
    """Open a session on a device; returns its id. The caller has checked who it is, `by` code or passkey."""
    now = clock.now()
    staff = await PostHeld.filter(person_id=person).exists()
    lifetime = rules.STAFF_SESSION_LIFETIME if staff else rules.SESSION_LIFETIME
    session_id = uuid7()
    await Session.create(
        id=session_id,
        person_id=person,
        token_hash=token_hash(session_token(keyring, session_id)),
        label=rules.device_label(user_agent)[:80],
        opened_by=by,
        created_at=now,
        seen_at=now,
        expires_at=now + lifetime,
    )
    return session_id


async def log_out(actor: Actor, key: UUID) -> None:
    """End this device's session."""
    require_signed_in(actor)
    await revoke_device(actor, key, actor.session, action="log_out")


async def revoke_device(
    actor: Actor, key: UUID, device: UUID | None, *, action: str = "revoke_device"
) -> None:
    """End one of the own sessions; NotFound for any other."""
    person = require_signed_in(actor)

    async def act() -> UUID | None:
        ended = await Session.filter(id=device, person_id=person, revoked_at=None).update(
            revoked_at=clock.now()
        )
        if not ended:
            raise NotFound
        return device

    await once(Command(actor.scope, key, action, str(device)), act)


@dataclass(frozen=True)
class ProfileChange:
    """New values; None leaves a value as it is."""

    name: str | None = None
    nik: str | None = None
    address: str | None = None
    kelurahan: str | None = None
    locale: str | None = None


async def update_profile(
    actor: Actor, key: UUID, change: ProfileChange, keyring: Keyring, known_kelurahan: frozenset[str]
) -> None:
    """Keep name, NIK, address, kelurahan and language; every wrong value is named at once."""
    person_id = require_signed_in(actor)
    faults = list(_faults(change, known_kelurahan))
    if faults:
        raise InvalidInput(*faults)

    async def act() -> UUID:
        person = await Person.filter(id=person_id).select_for_update().get()
        _apply(person, change, keyring)
        person.version += 1
        await person.save()
        return person_id

    body = [
        change.name,
        keyring.mac("body", change.nik or "").hex(),
        change.address,
        change.kelurahan,
        change.locale,
    ]
    await once(Command(actor.scope, key, "update_profile", body), act)


def _faults(change: ProfileChange, known_kelurahan: frozenset[str]) -> list[FieldFault]:
    faults: list[FieldFault] = []
    if change.name is not None and not 2 <= len(change.name.strip()) <= rules.NAME_MOST:
        faults.append(
            FieldFault(
                "name",
                Text(
                    "Tulis nama seperti di KTP, 2 sampai 120 huruf.",
                    "Write your name as on your ID, 2 to 120 letters.",
                ),
            )
        )
    if change.nik is not None:
        nik = rules.read_nik(change.nik, clock.today())
        if isinstance(nik, Text):
            faults.append(FieldFault("nik", nik))
    if change.address is not None and not 5 <= len(change.address.strip()) <= rules.ADDRESS_MOST:
        faults.append(
            FieldFault(
                "address",
                Text(
                    "Tulis alamat dengan jalan dan nomor, 5 sampai 300 huruf.",
                    "Write street and number, 5 to 300 letters.",
                ),
            )
        )
    if change.kelurahan is not None and change.kelurahan not in known_kelurahan:
        faults.append(
            FieldFault(
                "kelurahanCode", Text("Pilih kelurahan dari daftar.", "Choose a kelurahan from the list.")
            )
        )
    return faults


def _apply(person: Person, change: ProfileChange, keyring: Keyring) -> None:
    if change.name is not None:
        person.name = " ".join(change.name.split())
    if change.nik is not None:
        nik = rules.read_nik(change.nik, clock.today())
        assert isinstance(nik, rules.Nik)
        person.nik_sealed = keyring.seal(f"people:{person.id}:nik", nik.digits)
        person.nik_index = keyring.blind_index("nik", nik.digits)
    if change.address is not None:
        person.address_sealed = keyring.seal(f"people:{person.id}:address", " ".join(change.address.split()))
    if change.kelurahan is not None:
        person.kelurahan = change.kelurahan
    if change.locale is not None:
        person.locale = change.locale
    named = {"name": change.name, "nik": change.nik, "address": change.address, "kelurahan": change.kelurahan}
    dated(person, *(name for name, value in named.items() if value is not None))


def dated(person: Person, *names: str) -> None:
    """These values of the profile are from now."""
    person.field_dates = (person.field_dates or {}) | dict.fromkeys(names, clock.now().isoformat())


async def sweep() -> None:
    """Forget codes of yesterday, and sessions that ended a month ago."""
    now = clock.now()
    await PasskeyChallenge.filter(expires_at__lt=now - timedelta(days=1)).delete()
    await OneTimeCode.filter(asked_at__lt=now - timedelta(days=1)).delete()
    await Session.filter(expires_at__lt=now - timedelta(days=30)).delete()
