"""The asking person as the API says them: log-in, profile, devices."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from backend.core.actors import Actor
from backend.core.actors import StaffRole as PostRole
from backend.identity import actions, queries
from backend.identity import passkeys as keys
from backend.identity.actions import ProfileChange
from backend.identity.models import Passkey as PasskeyRow
from backend.identity.models import Session
from backend.notifications import messages
from backend.notifications import queries as notices
from backend.services import queries as catalogue
from schema.applications.known import KnownValue, known_values
from schema.context import Info
from schema.enums import Locale, Role
from schema.fields import field, input_type, mutation, object_type, query
from schema.ids import Node, encode, uuid_of
from schema.permissions import Need
from schema.places import Kelurahan
from schema.problems import Refusal
from schema.scopes import Scope, scoped
from schema.services import Opd


@scoped(Scope.PERSON)
@object_type
class StaffRole:
    """A post that this person holds today."""

    role: Role
    """officer or head."""
    title: str
    """The post as it stands in a letter."""
    code: strawberry.Private[str]

    @field
    async def opd(self) -> Opd:
        """Where."""
        row = await catalogue.opd(self.code)
        assert row is not None, "posts are held in an OPD of the city"
        return Opd.of(row)


@scoped(Scope.PERSON)
@object_type
class Device(Node):
    """A signed-in device."""

    label: str
    """Browser and system."""
    created_at: datetime
    """When it signed in."""
    last_seen_at: datetime
    """When it was last used, to 5 minutes."""
    current: bool
    """This one."""

    @staticmethod
    def of(row: Session, current: UUID | None) -> "Device":
        return Device(
            id=encode("Device", row.id),
            label=row.label,
            created_at=row.created_at,
            last_seen_at=row.seen_at,
            current=row.id == current,
        )


@strawberry.enum(description="What somebody's log-in still lacks.")
class PasskeyAdvice(StrEnum):
    ADD = "add"
    USE = "use"


@scoped(Scope.PERSON)
@object_type
class Passkey(Node):
    """A passkey of one's own: finger, face or PIN of a phone instead of a code."""

    name: str
    """What the person calls it."""
    created_at: datetime
    """When it was added."""
    used_at: datetime | None
    """When it was used last."""
    synced: bool
    """It is kept by the phone's account as well, so that it comes along to a new phone."""

    @staticmethod
    def of(row: PasskeyRow) -> "Passkey":
        return Passkey(
            id=encode("Passkey", row.id),
            name=row.name,
            created_at=row.created_at,
            used_at=row.used_at,
            synced=row.backed_up,
        )


@scoped(Scope.PERSON)
@object_type
class Viewer:
    """The signed-in person; NIK and phone are masked even here."""

    id: strawberry.ID
    """Opaque."""
    name: str | None
    """As on the identity card."""
    phone_masked: str
    """0812****6789."""
    nik_masked: str | None
    """357301******0001."""
    address: str | None
    """Street and number."""
    locale: Locale
    """Language of messages."""
    profile_complete: bool
    """Name, NIK, address and kelurahan are known: one may apply."""
    roles: list[StaffRole]
    """Posts in which one acts today; empty for residents, and for a head while a stand-in acts."""
    staff: bool
    """One holds a post in the city, also while a stand-in acts in it."""
    passkey_advice: PasskeyAdvice | None
    """For staff: ADD while they have no passkey, USE when they came by code though they have one; null is well."""
    kelurahan_code: strawberry.Private[str | None]

    @field
    async def passkeys(self, info: Info) -> list[Passkey]:
        """One's own passkeys, the oldest first."""
        person = info.context.actor.person
        return [Passkey.of(row) for row in await keys.own(person)] if person else []

    @field
    async def kelurahan(self) -> Kelurahan | None:
        """Where one lives."""
        place = await catalogue.place(self.kelurahan_code)
        return Kelurahan.of(place) if place else None

    @field
    async def known(self, info: Info) -> list[KnownValue]:
        """What the city holds already, field by field with source and date: nobody types it twice."""
        return await known_values(info)

    @field
    async def devices(self, info: Info) -> list[Device]:
        """Where one is signed in, newest first."""
        actor = info.context.actor
        return [Device.of(d, actor.session) for d in await queries.devices(actor)]

    @field
    async def unread_notices(self, info: Info) -> int:
        """Notices not read yet."""
        return await notices.unread(info.context.actor)

    @field
    async def push_devices(self, info: Info) -> int:
        """Browsers that are woken for news."""
        return await notices.push_devices(info.context.actor)


async def viewer(info: Info) -> Viewer:
    """The asking person, who is signed in."""
    actor = info.context.actor
    profile = await queries.profile(actor, info.context.parts.keyring)
    phone, nik = queries.masked(profile)
    advice = await keys.advice(actor)
    return Viewer(
        id=encode("Person", profile.id),
        name=profile.name or None,
        phone_masked=phone,
        nik_masked=nik,
        address=profile.address,
        locale=profile.locale,
        profile_complete=profile.complete,
        passkey_advice=PasskeyAdvice(advice) if advice else None,
        roles=[
            StaffRole(role=Role(p.role.value), title=p.title, code=p.opd)
            for p in actor.posts
            if p.role is not PostRole.AWAY
        ],
        kelurahan_code=profile.kelurahan,
        staff=bool(actor.posts),
    )


@input_type
class RequestCodeInput:
    """A phone number that asks to sign in."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    phone: str
    """Mobile number: 08..., 62... or +62..."""


@input_type
class VerifyCodeInput:
    """The code that came by message."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    challenge: str
    """From CodeSent: binds the code to the asking browser."""
    code: str
    """Six digits."""


@input_type
class LogOutInput:
    """End this device's session."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""


@input_type
class RevokeDeviceInput:
    """End another device's session."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    device_id: strawberry.ID
    """One of the own devices."""


@input_type
class UpdateProfileInput:
    """New values; what is left out stays."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    name: str | None = None
    """As on the identity card, 2 to 120 letters."""
    nik: str | None = None
    """16 digits."""
    address: str | None = None
    """Street and number, 5 to 300 letters."""
    kelurahan_code: str | None = None
    """One of the 57."""
    locale: Locale | None = None
    """Language of messages."""


@scoped(Scope.PERSON)
@object_type
class CodeSent:
    """A code is on its way; the answer is the same for known and unknown numbers."""

    challenge: str
    """Pass it back with the code."""
    phone_masked: str
    """Where it went."""
    expires_at: datetime
    """Five minutes from now."""
    retry_at: datetime
    """When a new code may be asked for."""


@scoped(Scope.PERSON)
@object_type
class LoggedIn:
    """The session cookie is set."""

    viewer: Viewer
    """Who signed in."""


@scoped(Scope.PERSON)
@object_type
class LoggedOut:
    """The session has ended."""

    ok: bool
    """Always true."""


@scoped(Scope.PERSON)
@object_type
class DeviceRevoked:
    """The other device is signed out."""

    viewer: Viewer
    """The person with the remaining devices."""


@scoped(Scope.PERSON)
@object_type
class ProfileUpdated:
    """The profile as it stands now."""

    viewer: Viewer
    """The person."""


RequestCodeResult = Annotated[CodeSent | Refusal, strawberry.union("RequestCodeResult")]
VerifyCodeResult = Annotated[LoggedIn | Refusal, strawberry.union("VerifyCodeResult")]
LogOutResult = Annotated[LoggedOut | Refusal, strawberry.union("LogOutResult")]
RevokeDeviceResult = Annotated[DeviceRevoked | Refusal, strawberry.union("RevokeDeviceResult")]
UpdateProfileResult = Annotated[ProfileUpdated | Refusal, strawberry.union("UpdateProfileResult")]


@scoped(Scope.PERSON)
@strawberry.type
class IdentityQuery:
    """The asking person."""

    @query(Need.NOTHING)
    async def me(self, info: Info) -> Viewer | None:
        """The signed-in person; null for nobody."""
        return await viewer(info) if info.context.actor.is_signed_in else None


@scoped(Scope.PERSON)
@strawberry.type
class IdentityMutation:
    """Signing in and out, the own profile and devices."""

    @mutation
    async def request_code(self, info: Info, input: RequestCodeInput) -> RequestCodeResult:
        """Send a one-time code to a phone: one a minute, five an hour a number."""
        parts, say = info.context.parts, partial(messages.code_text, locale=info.context.locale)
        sent = await actions.request_code(
            input.idempotency_key, input.phone, parts.keyring, parts.gateway, say
        )
        return CodeSent(
            challenge=sent.challenge,
            phone_masked=sent.phone_masked,
            expires_at=sent.expires_at,
            retry_at=sent.retry_at,
        )

    @mutation
    async def verify_code(self, info: Info, input: VerifyCodeInput) -> VerifyCodeResult:
        """Sign in with the code; five tries a code. Sets the session cookie."""
        context = info.context
        signed_in = await actions.verify_code(
            input.idempotency_key, input.challenge, input.code, context.user_agent, context.parts.keyring
        )
        context.cookie = signed_in.token
        context.actor = await queries.actor_of(signed_in.token, context.locale)
        return LoggedIn(viewer=await viewer(info))

    @mutation
    async def log_out(self, info: Info, input: LogOutInput) -> LogOutResult:
        """End this device's session."""
        await actions.log_out(info.context.actor, input.idempotency_key)
        info.context.cookie = ""
        info.context.actor = Actor(locale=info.context.locale)
        return LoggedOut(ok=True)

    @mutation
    async def revoke_device(self, info: Info, input: RevokeDeviceInput) -> RevokeDeviceResult:
        """Sign another device out."""
        await actions.revoke_device(
            info.context.actor, input.idempotency_key, uuid_of(input.device_id, "Device")
        )
        return DeviceRevoked(viewer=await viewer(info))

    @mutation
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfileResult:
        """Keep name, NIK, address, kelurahan and language."""
        context = info.context
        change = ProfileChange(input.name, input.nik, input.address, input.kelurahan_code, input.locale)
        places = frozenset(p.code for p in await catalogue.places())
        await actions.update_profile(
            context.actor, input.idempotency_key, change, context.parts.keyring, places
        )
        return ProfileUpdated(viewer=await viewer(info))
