"""A passkey in software, for the demonstration and for tests; the server knows nothing of it.

An ES256 key that makes registrations with attestation "none" and assertions as a phone would.
"""

import hashlib
import os
import struct
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

_UP, _UV, _BE, _BS, _AT = 0x01, 0x04, 0x08, 0x10, 0x40


class SoftKey:
    """One key at one origin. `verified` False leaves the finger out; `count` 0 is a key that does not count.

    `synced`: it is copied to the person's other devices.
    """

    def __init__(self, origin: str, *, verified: bool = True, synced: bool = False) -> None:
        self.origin = origin
        self.verified = verified
        self.synced = synced
        self.id = os.urandom(32)
        self.count = 0
        self.handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def register(self, options: str) -> dict[str, Any]:
        """The answer to PublicKeyCredentialCreationOptions (JSON)."""
        asked = orjson.loads(options)
        self.handle = base64url_to_bytes(asked["user"]["id"])
        data = self._authenticator_data(asked["rp"]["id"], _AT)
        data += bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._cose()
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return {
            "id": bytes_to_base64url(self.id),
            "clientDataJson": bytes_to_base64url(self._client_data("webauthn.create", asked["challenge"])),
            "attestationObject": bytes_to_base64url(attestation),
            "transports": ["internal"],
        }

    def answer(self, options: str) -> dict[str, Any]:
        """The answer to PublicKeyCredentialRequestOptions (JSON)."""
        asked = orjson.loads(options)
        self.count += 1
        data = self._authenticator_data(asked["rpId"])
        said = self._client_data("webauthn.get", asked["challenge"])
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return {
            "id": bytes_to_base64url(self.id),
            "authenticatorData": bytes_to_base64url(data),
            "clientDataJson": bytes_to_base64url(said),
            "signature": bytes_to_base64url(signature),
            "userHandle": bytes_to_base64url(self.handle),
        }

    def _authenticator_data(self, rp_id: str, flags: int = 0) -> bytes:
        flags |= _UP | (_UV if self.verified else 0) | (_BE | _BS if self.synced else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return orjson.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        )

    def _cose(self) -> bytes:
        """The public key as RFC 9053 writes it: EC2, ES256, P-256."""
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
