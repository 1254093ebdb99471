"""Keys and sealed fields: AES-256-GCM bound to a row, HMAC blind indexes, all from one root key.

The root key lives in a file outside the database; sub-keys come from it by HKDF, one for each purpose.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE = 12
# The order of the group of P-256 (FIPS 186-5, SP 800-186).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class SealBroken(ValueError):
    """A sealed value that was changed, moved to another row, or sealed with another key."""


class Keyring:
    """Sub-keys of the city's root key. Values sealed for one row and field open nowhere else."""

    def __init__(self, root: bytes) -> None:
        if len(root) != 32:
            raise ValueError("the root key has 32 bytes")
        self._root = root
        self._known: dict[str, bytes] = {}

    @staticmethod
    def load_or_make(path: Path) -> "Keyring":
        """Read the root key; make it (mode 600) on the first start."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return Keyring(path.read_bytes())
            with os.fdopen(fd, "wb") as file:
                file.write(os.urandom(32))
        return Keyring(path.read_bytes())

    def key(self, purpose: str) -> bytes:
        """The 32-byte sub-key for a purpose."""
        if purpose not in self._known:
            self._known[purpose] = HKDF(SHA256(), 32, salt=None, info=f"lugas/{purpose}".encode()).derive(
                self._root
            )
        return self._known[purpose]

    def p256(self, purpose: str) -> ec.EllipticCurvePrivateKey:
        """A signing key on P-256: 512 derived bits, reduced into 1..n-1 (FIPS 186-5, A.2.1: no bias to speak of)."""
        seed = self.key(f"{purpose}/high") + self.key(f"{purpose}/low")
        return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())

    def seal(self, where: str, text: str) -> bytes:
        """Encrypt for one place; `where` is "table:row:field" and must be the same when opening."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + AESGCM(self.key("field")).encrypt(nonce, text.encode(), where.encode())

    def open(self, where: str, sealed: bytes) -> str:
        """Decrypt; SealBroken when the bytes do not belong to this place."""
        if sealed[:1] != _VERSION or len(sealed) <= 1 + _NONCE:
            raise SealBroken(where)
        body = bytes(sealed[1:])
        try:
            return AESGCM(self.key("field")).decrypt(body[:_NONCE], body[_NONCE:], where.encode()).decode()
        except InvalidTag:
            raise SealBroken(where) from None

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed hash (hex) for equality search; without the key it cannot be guessed through."""
        return self.mac(f"index/{purpose}", value).hex()

    def mac(self, purpose: str, value: str) -> bytes:
        return hmac.new(self.key(purpose), value.encode(), hashlib.sha256).digest()
