"""Reading people: who a session belongs to, the own profile, the own devices."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tortoise.expressions import Q

from backend.core import clock
from backend.core.actors import NOBODY, Actor, Post, StaffRole
from backend.core.secrets import Keyring
from backend.core.texts import Locale
from backend.identity import rules
from backend.identity.models import Person, PostHeld, Session
from backend.identity.policy import require_signed_in
from backend.identity.sessions import token_hash

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


async def actor_of(token: str | None, locale: Locale | None) -> Actor:
    """The actor behind a session cookie; NOBODY when there is none, it is over, or it was revoked."""
    nobody = Actor(locale=locale) if locale else NOBODY
    if not token:
        return nobody
    now = clock.now()
    session = await Session.get_or_none(token_hash=token_hash(token), revoked_at=None, expires_at__gt=now)
    if session is None:
        return nobody
    person = await Person.get(id=session.person_id)
    if session.seen_at + SEEN_EVERY < now:
        await Session.filter(id=session.id).update(seen_at=now)
    return Actor(
        person=person.id,
        name=person.name,
        posts=await posts_of(person.id),
        session=session.id,
        locale=locale or Locale(person.locale),
        scope=f"person:{person.id}",
    )


async def posts_of(person: UUID) -> tuple[Post, ...]:
    """The posts a person holds today."""
    day = clock.today()
    rows = await PostHeld.filter(person_id=person, since__lte=day).filter(Q(until=None) | Q(until__gte=day))
    return tuple(Post(StaffRole(r.role), r.opd, r.title, r.rank, r.nip) for r in rows)


async def holders(opd: str, role: StaffRole) -> list[UUID]:
    """Who holds a role in an OPD today; at most 200."""
    day = clock.today()
    rows = (
        await PostHeld.filter(opd=opd, role=role, since__lte=day)
        .filter(Q(until=None) | Q(until__gte=day))
        .limit(200)
    )
    return [r.person_id for r in rows]


async def profile(actor: Actor, keyring: Keyring) -> Profile:
    """The actor's own profile."""
    person = await Person.get(id=require_signed_in(actor))
    return open_profile(person, keyring)


def open_profile(person: Person, keyring: Keyring) -> Profile:
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


async def profiles(people: set[UUID], keyring: Keyring) -> dict[UUID, Profile]:
    """Profiles by id for callers that have passed the policy of a case."""
    return {p.id: open_profile(p, keyring) for p in await Person.filter(id__in=list(people))}


async def devices(actor: Actor) -> list[Session]:
    """The actor's signed-in devices, newest first, at most 50."""
    return (
        await Session.filter(person_id=require_signed_in(actor), revoked_at=None, expires_at__gt=clock.now())
        .order_by("-created_at")
        .limit(50)
    )


def masked(profile_: Profile) -> tuple[str, str | None]:
    """Phone and NIK as they may be shown."""
    return rules.mask_phone(profile_.phone), rules.mask_nik(profile_.nik) if profile_.nik else None
