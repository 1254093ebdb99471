"""WebAuthn as this city speaks it: what a phone is asked, and whether its answer proves a passkey.

Source: W3C Web Authentication Level 3. User verification (finger, face or PIN) is always required.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

NAME = "Lugas"
TIMEOUT = 120_000
_UV = UserVerificationRequirement.REQUIRED


class Unproven(Exception):
    """The answer of a phone proves nothing; the reason is for the log and the audit row, never for a person."""


@dataclass(frozen=True)
class RelyingParty:
    """Who asks: the host of the public address, and the one origin from which answers are taken."""

    id: str
    origin: str

    @staticmethod
    def of(public_url: str) -> "RelyingParty":
        """From an address such as https://lugas.malangkota.go.id."""
        parts = urlsplit(public_url)
        return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True)
class Assertion:
    """What a passkey answered (AuthenticatorAssertionResponse), each part as raw bytes."""

    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    user_handle: bytes = b""

    @staticmethod
    def read(
        id: str, authenticator_data: str, client_data: str, signature: str, user_handle: str = ""
    ) -> "Assertion":
        """From base64url, as browsers give it; raises Unproven for anything else."""
        parts = (id, authenticator_data, client_data, signature, user_handle)
        return Assertion(*(unpacked(p) for p in parts))

    @property
    def said(self) -> list[str]:
        """The same as base64url: the body of an idempotent command."""
        parts = (self.credential_id, self.authenticator_data, self.client_data, self.signature)
        return [bytes_to_base64url(p) for p in parts]


@dataclass(frozen=True)
class Proof:
    """What an assertion proved."""

    sign_count: int
    backed_up: bool
    user_verified: bool


@dataclass(frozen=True)
class Fresh:
    """A passkey that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool
    # Backup eligible (WebAuthn level 3, 6.1.3): it may be copied to other devices, now or later.
    may_leave: bool


MOST_TEXT = 8192


def unpacked(text: str) -> bytes:
    """Bytes of base64url text of at most 8192 characters; raises Unproven."""
    if len(text) > MOST_TEXT:
        raise Unproven("an answer that long is no passkey's")
    try:
        return base64url_to_bytes(text)
    except ValueError as error:
        raise Unproven("not base64url") from error


def packed(data: bytes) -> str:
    """Bytes as base64url text without padding."""
    return bytes_to_base64url(data)


def registration_options(
    party: RelyingParty, challenge: bytes, person: bytes, name: str, known: Sequence[bytes]
) -> str:
    """PublicKeyCredentialCreationOptions as JSON: a passkey that needs no user name, not one of the known ones."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=person,
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_UV
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=k) for k in known],
    )
    return options_to_json(options)


def request_options(party: RelyingParty, challenge: bytes, allowed: Sequence[bytes] = ()) -> str:
    """PublicKeyCredentialRequestOptions as JSON; with none allowed the phone offers the passkeys it holds."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT,
        allow_credentials=[PublicKeyCredentialDescriptor(id=a) for a in allowed],
        user_verification=_UV,
    )
    return options_to_json(options)


def check_registration(
    party: RelyingParty, challenge: bytes, credential_id: str, client_data: str, attestation: str
) -> Fresh:
    """The new passkey behind an answer; raises Unproven."""
    made = {
        "id": credential_id,
        "rawId": credential_id,
        "type": "public-key",
        "response": {"clientDataJSON": client_data, "attestationObject": attestation},
    }
    if any(len(part) > MOST_TEXT for part in (credential_id, client_data, attestation)):
        raise Unproven("an answer that long is no passkey's")
    try:
        found = verify_registration_response(
            credential=made,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Unproven(str(error)) from error
    return Fresh(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        found.credential_backed_up,
        found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def check_assertion(
    party: RelyingParty, challenge: bytes, assertion: Assertion, public_key: bytes, sign_count: int
) -> Proof:
    """That this passkey, with its person verified, answered this challenge here; raises Unproven."""
    id = bytes_to_base64url(assertion.credential_id)
    given = {
        "id": id,
        "rawId": id,
        "type": "public-key",
        "response": {
            "clientDataJSON": bytes_to_base64url(assertion.client_data),
            "authenticatorData": bytes_to_base64url(assertion.authenticator_data),
            "signature": bytes_to_base64url(assertion.signature),
        },
    }
    try:
        _refuse_foreign_frame(assertion.client_data)
        found = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Unproven(str(error)) from error
    return Proof(found.new_sign_count, found.credential_backed_up, found.user_verified)


def _refuse_foreign_frame(client_data: bytes) -> None:
    """Our pages are never framed by another site (Level 3, section 13.4.9)."""
    said = orjson.loads(client_data)
    if not isinstance(said, dict) or said.get("crossOrigin"):
        raise Unproven("asked for from within another site")
