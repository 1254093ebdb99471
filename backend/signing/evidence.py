"""The evidence behind a signature, as JSON that anyone can check without us (docs/signing.md says how)."""

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

from backend.identity.ceremonies import packed
from backend.signing import approvals
from backend.signing.models import Letter, SigningEvidence, SigningIntent


async def export(number: str) -> dict[str, Any] | None:
    """What was approved, and how, for the letter of this number; None where nothing was approved.

    Bytes are base64url without padding (RFC 4648, section 5), times ISO 8601 in UTC, hashes hex.
    """
    letter = await Letter.get_or_none(number=number)
    if letter is None or letter.intent_id is None:
        return None
    intent = await SigningIntent.get(id=letter.intent_id)
    rows = await SigningEvidence.filter(intent_id=intent.id).order_by("turn").limit(2)
    return {
        "v": 1,
        "letter": _letter(letter),
        "intent": {
            "id": str(intent.id),
            "created_at": intent.created_at.isoformat(),
            "expires_at": intent.expires_at.isoformat(),
            "used_at": intent.used_at.isoformat() if intent.used_at else None,
            "ahead": intent.ahead,
            "reason": intent.reason,
        },
        "domain": approvals.DOMAIN.decode(),
        "manifest": intent.manifest,
        "assertions": [_assertion(row) for row in rows],
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "number": letter.number,
        "title": letter.title,
        "date": letter.date.isoformat(),
        "status": letter.status,
        "signer": str(letter.signer_id),
        "signer_name": letter.signer_name,
        "signer_position": letter.signer_position,
        "draft_sha256": letter.draft_sha256,
        "signed_sha256": letter.signed_sha256,
    }


def _assertion(row: SigningEvidence) -> dict[str, Any]:
    key = decoded_public_key_to_cryptography(decode_credential_public_key(bytes(row.public_key)))
    return {
        "turn": row.turn,
        "at": row.at.isoformat(),
        "rp_id": row.rp_id,
        "origin": row.origin,
        "credential_id": packed(bytes(row.credential_id)),
        "public_key_cose": packed(bytes(row.public_key)),
        "public_key_pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "authenticator_data": packed(bytes(row.authenticator_data)),
        "client_data_json": packed(bytes(row.client_data)),
        "signature": packed(bytes(row.signature)),
        "user_verified": row.user_verified,
        "sign_count": row.sign_count,
    }
