"""Passkeys as the API says them: adding one, logging in with it, and the list of one's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from backend.core.problems import NotAllowed
from backend.identity import passkeys, queries
from backend.identity.ceremonies import Assertion, RelyingParty, Unproven
from backend.identity.passkeys import Naming
from schema.context import Info
from schema.fields import input_type, mutation, object_type
from schema.identity import LoggedIn, Passkey, Viewer, viewer
from schema.ids import uuid_of
from schema.problems import Refusal
from schema.scopes import Scope, scoped


@input_type
class AssertionInput:
    """What a passkey answered (AuthenticatorAssertionResponse of WebAuthn); every part in base64url."""

    id: str
    """The credential's id."""
    authenticator_data: str
    """What the authenticator says of itself."""
    client_data_json: str
    """What the browser says was asked, and where."""
    signature: str
    """Over both."""
    user_handle: str | None = None
    """Whose passkey it is."""

    def read(self) -> Assertion:
        try:
            return Assertion.read(
                self.id,
                self.authenticator_data,
                self.client_data_json,
                self.signature,
                self.user_handle or "",
            )
        except Unproven:
            raise NotAllowed("passkey_unproven", passkeys.UNPROVEN) from None


@input_type
class AskPasskeyInput:
    """Begin to add a passkey, or to log in with one."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""


@input_type
class AddPasskeyInput:
    """A passkey that was just made (AuthenticatorAttestationResponse of WebAuthn); its parts in base64url."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    challenge_id: UUID
    """From PasskeyAsked."""
    id: str
    """The credential's id."""
    client_data_json: str
    """What the browser says was asked, and where."""
    attestation_object: str
    """The key, as the authenticator gave it."""
    transports: list[str] = strawberry.field(default_factory=list)
    """How it may be reached."""
    name: str
    """What the person calls it, 1 to 60 letters."""


@input_type
class PasskeyLogInInput:
    """Log in with a passkey."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    challenge_id: UUID
    """From PasskeyAsked."""
    assertion: AssertionInput
    """The passkey's answer."""


@input_type
class RenamePasskeyInput:
    """Call an own passkey something else."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    passkey_id: strawberry.ID
    """One of one's own."""
    name: str
    """1 to 60 letters."""


@input_type
class RemovePasskeyInput:
    """Take an own passkey away."""

    idempotency_key: UUID
    """Made by the caller, once for this act."""
    passkey_id: strawberry.ID
    """One of one's own."""


@scoped(Scope.PERSON)
@object_type
class PasskeyAsked:
    """What the phone is to answer within five minutes, once."""

    challenge_id: UUID
    """Pass it back with the answer."""
    options: str
    """WebAuthn options as JSON."""
    expires_at: datetime
    """Until when."""

    @staticmethod
    def of(asked: passkeys.Asked) -> "PasskeyAsked":
        return PasskeyAsked(challenge_id=asked.challenge, options=asked.options, expires_at=asked.expires_at)


@scoped(Scope.PERSON)
@object_type
class PasskeysChanged:
    """The own passkeys as they stand now."""

    viewer: Viewer
    """The person."""
    passkeys: list[Passkey]
    """The passkeys, the oldest first."""


AskPasskeyResult = Annotated[PasskeyAsked | Refusal, strawberry.union("AskPasskeyResult")]
AskPasskeyLogInResult = Annotated[PasskeyAsked | Refusal, strawberry.union("AskPasskeyLogInResult")]
AddPasskeyResult = Annotated[PasskeysChanged | Refusal, strawberry.union("AddPasskeyResult")]
RenamePasskeyResult = Annotated[PasskeysChanged | Refusal, strawberry.union("RenamePasskeyResult")]
RemovePasskeyResult = Annotated[PasskeysChanged | Refusal, strawberry.union("RemovePasskeyResult")]
PasskeyLogInResult = Annotated[LoggedIn | Refusal, strawberry.union("PasskeyLogInResult")]


def party_of(info: Info) -> RelyingParty:
    """Who asks for passkeys: the public address of this city."""
    return RelyingParty.of(info.context.parts.settings.public_url)


@scoped(Scope.PERSON)
@strawberry.type
class PasskeysMutation:
    """Passkeys: log-in without a number or a code, and the proof behind a signature."""

    @mutation
    async def ask_passkey_log_in(self, info: Info, input: AskPasskeyInput) -> AskPasskeyLogInResult:
        """Begin to log in with a passkey; nobody types who they are."""
        return PasskeyAsked.of(await passkeys.ask_log_in(input.idempotency_key, party_of(info)))

    @mutation
    async def passkey_log_in(self, info: Info, input: PasskeyLogInInput) -> PasskeyLogInResult:
        """Log in with a passkey. Sets the session cookie."""
        context, given = info.context, input.assertion.read()
        signed_in = await passkeys.log_in(
            input.idempotency_key,
            input.challenge_id,
            given,
            context.user_agent,
            context.parts.keyring,
            party_of(info),
        )
        context.cookie = signed_in.token
        context.actor = await queries.actor_of(signed_in.token, context.locale)
        return LoggedIn(viewer=await viewer(info))

    @mutation
    async def ask_passkey(self, info: Info, input: AskPasskeyInput) -> AskPasskeyResult:
        """Begin to add a passkey to one's account."""
        actor = info.context.actor
        return PasskeyAsked.of(await passkeys.ask_registration(actor, input.idempotency_key, party_of(info)))

    @mutation
    async def add_passkey(self, info: Info, input: AddPasskeyInput) -> AddPasskeyResult:
        """Keep a passkey that the phone has just made."""
        answer = passkeys.Answer(
            input.id, input.client_data_json, input.attestation_object, input.transports[:10]
        )
        context = info.context
        naming = Naming(input.name, bound=context.parts.settings.staff_device_keys)
        await passkeys.register(
            context.actor, input.idempotency_key, input.challenge_id, answer, naming, party_of(info)
        )
        return await changed(info)

    @mutation
    async def rename_passkey(self, info: Info, input: RenamePasskeyInput) -> RenamePasskeyResult:
        """Call an own passkey something else."""
        passkey = uuid_of(input.passkey_id, "Passkey")
        await passkeys.rename(info.context.actor, input.idempotency_key, passkey, input.name)
        return await changed(info)

    @mutation
    async def remove_passkey(self, info: Info, input: RemovePasskeyInput) -> RemovePasskeyResult:
        """Take an own passkey away; the last one of staff stays."""
        passkey = uuid_of(input.passkey_id, "Passkey")
        await passkeys.remove(info.context.actor, input.idempotency_key, passkey)
        return await changed(info)


async def changed(info: Info) -> PasskeysChanged:
    """The person and their passkeys after an act."""
    person = info.context.actor.person
    rows = await passkeys.own(person) if person else []
    return PasskeysChanged(viewer=await viewer(info), passkeys=[Passkey.of(r) for r in rows])
