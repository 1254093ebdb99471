"""Reading people: who a session belongs to, the own profile, the own devices."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.core import clock, kept
from backend.core.actors import NOBODY, Actor, Capacity, Post, StaffRole
from backend.core.reads import Row, Table, fetch
from backend.core.secrets import Keyring
from backend.core.texts import Locale
from backend.identity import rules
from backend.identity.models import Person, Session
from backend.identity.policy import require_signed_in
from backend.identity.sessions import token_hash

# What can be read of a person; only their own profile and the policy of a case lead here.
PEOPLE = Table(
    "people", frozenset(("id", "name", "phone_sealed", "nik_sealed", "address_sealed", "kelurahan", "locale"))
)
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Profile:
    """A person's own data in plain text; NIK and phone only ever leave masked."""

    id: UUID
    name: str
    phone: str
    nik: str | None
    address: str | None
    kelurahan: str | None
    locale: Locale

    @property
    def answers(self) -> dict[str, str]:
        """What the city already holds, by the names that form fields use."""
        values = {"name": self.name, "nik": self.nik, "phone": self.phone, "address": self.address}
        return {k: v for k, v in (values | {"kelurahan": self.kelurahan}).items() if v}

    @property
    def complete(self) -> bool:
        return bool(self.name and self.nik and self.address and self.kelurahan)


_SESSION = """
SELECT s.id, s.seen_at, s.expires_at, p.id, p.name, p.locale,
       ARRAY(SELECT ROW(h.role, h.opd, h.title, h.rank, h.nip, h.capacity, h.delegation, h.services, h.most,
                        h.level, h.without)
             FROM posts_in_force($2, $3) h WHERE h.person_id = p.id
             -- Who has a passkey acts as staff only when the session was opened with it: a code can be stolen.
             AND (s.opened_by = 'passkey' OR NOT EXISTS (
                 SELECT 1 FROM passkeys k WHERE k.person_id = p.id AND k.revoked_at IS NULL))
             ORDER BY h.capacity <> 'definitive', h.since, h.id LIMIT 50),
       (SELECT min(m) FROM delegations d CROSS JOIN LATERAL (VALUES (d.starts_at), (d.stops_at)) AS edge(m)
        WHERE m > $2 AND (d.receiver_id = p.id OR d.opd IN (
            SELECT h.opd FROM posts_held h WHERE h.person_id = p.id AND h.role = 'head')))
FROM sessions s JOIN people p ON p.id = s.person_id
WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
"""


async def actor_of(token: str | None, locale: Locale | None) -> Actor:
    """The actor behind a session cookie; NOBODY when there is none, it is over, or it was revoked."""
    found = await _signed_in(token_hash(token)) if token else None
    if found is None:
        return Actor(locale=locale) if locale else NOBODY
    return replace(found, locale=locale) if locale else found


async def _signed_in(hashed: str) -> Actor | None:
    """The actor of a session, kept for a minute while nothing about the person changes."""
    known = _actors.get(hashed)
    now = clock.now()
    version = _version_of(known.person) if known else None
    if known and version is not None and version == known.version and now < known.until:
        return known.actor
    rows = await fetch(_SESSION, [hashed, now, clock.today()])
    if not rows:
        _actors.pop(hashed, None)
        return None
    session, seen_at, expires_at, person, name, locale, posts, boundary = rows[0]
    if seen_at + SEEN_EVERY < now:
        await Session.filter(id=session).update(seen_at=now)
    actor = Actor(
        person=person,
        name=name,
        posts=tuple(post_of(row) for row in posts),
        session=session,
        locale=Locale(locale),
        scope=f"person:{person}",
    )
    # Without the version from before the read (the first time, when it was not known whose session it is)
    # the entry only names the person.
    held = version if known and known.person == person else None
    # A delegation that begins or ends is no change of a row: nothing is kept beyond the next such moment.
    until = min(now + KEPT, expires_at, boundary or expires_at)
    _remember(hashed, _Kept(actor, person, held, until))
    return actor


def post_of(row: Sequence[Any]) -> Post:
    """A post from the columns role, opd, title, rank, nip, capacity, delegation, services, most, level, without."""
    role, opd, title, rank, nip, capacity, delegation, services, most, level, without = row
    return Post(
        StaffRole(role),
        opd,
        title,
        rank,
        nip,
        Capacity(capacity),
        delegation,
        None if services is None else frozenset(services),
        most,
        level,
        frozenset(without),
    )


@dataclass(frozen=True)
class _Kept:
    actor: Actor
    person: UUID
    version: int | None
    until: datetime


KEPT = timedelta(minutes=1)
MOST_KEPT = 2000
_actors: OrderedDict[str, _Kept] = OrderedDict()
kept.on_forget(_actors.clear)


def _version_of(person: UUID) -> int | None:
    return kept.version_of(f"people:{person}")


def _remember(hashed: str, entry: _Kept) -> None:
    _actors[hashed] = entry
    _actors.move_to_end(hashed)
    if len(_actors) > MOST_KEPT:
        _actors.popitem(last=False)


async def posts_of(person: UUID) -> tuple[Post, ...]:
    """The posts in which a person may act now, the ones of their own first."""
    rows = await fetch(
        "SELECT role, opd, title, rank, nip, capacity, delegation, services, most, level, without"
        " FROM posts_in_force($2, $3) WHERE person_id = $1"
        " ORDER BY capacity <> 'definitive', since, id LIMIT 50",
        [person, clock.now(), clock.today()],
    )
    return tuple(post_of(row) for row in rows)


async def holders(opd: str, role: StaffRole) -> list[UUID]:
    """Who acts in a role in an OPD now, stand-ins included; at most 200."""
    rows = await fetch(
        "SELECT DISTINCT person_id, capacity <> 'definitive' FROM posts_in_force($3, $4)"
        " WHERE opd = $1 AND role = $2 ORDER BY 2, 1 LIMIT 200",
        [opd, role.value, clock.now(), clock.today()],
    )
    return list(dict.fromkeys(person for person, _ in rows))


async def profile(actor: Actor, keyring: Keyring) -> Profile:
    """The actor's own profile."""
    person = await Person.get(id=require_signed_in(actor))
    return open_profile(person, keyring)


def open_profile(person: Person | Row, keyring: Keyring) -> Profile:
    """Unseal one person's row; the caller has passed the policy."""
    return Profile(
        id=person.id,
        name=person.name,
        phone=keyring.open(f"people:{person.id}:phone", person.phone_sealed),
        nik=keyring.open(f"people:{person.id}:nik", person.nik_sealed) if person.nik_sealed else None,
        address=keyring.open(f"people:{person.id}:address", person.address_sealed)
        if person.address_sealed
        else None,
        kelurahan=person.kelurahan,
        locale=Locale(person.locale),
    )


async def devices(actor: Actor) -> list[Session]:
    """The actor's signed-in devices, newest first, at most 50."""
    return (
        await Session.filter(person_id=require_signed_in(actor), revoked_at=None, expires_at__gt=clock.now())
        .order_by("-created_at")
        .limit(50)
    )


@dataclass(frozen=True)
class Held:
    """A value of the own profile as it may be shown, and since when the city holds it, if that is known.

    `name` is one of name, nik, phone, address, kelurahan (the names that form fields use).
    """

    name: str
    shown: str
    masked: bool
    since: datetime | None


async def held(actor: Actor, keyring: Keyring) -> list[Held]:
    """What the city holds of the actor, value by value; NIK and phone masked."""
    person = await Person.get(id=require_signed_in(actor))
    own = open_profile(person, keyring)
    phone, nik = masked(own)
    shown = own.answers | {"phone": phone} | ({"nik": nik} if nik else {})
    dates: dict[str, str] = person.field_dates or {}
    return [
        Held(
            name,
            text,
            name in ("phone", "nik"),
            datetime.fromisoformat(dates[name]) if name in dates else None,
        )
        for name, text in shown.items()
    ]


def masked(profile_: Profile) -> tuple[str, str | None]:
    """Phone and NIK as they may be shown."""
    return rules.mask_phone(profile_.phone), rules.mask_nik(profile_.nik) if profile_.nik else None
