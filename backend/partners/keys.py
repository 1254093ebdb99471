"""Public keys of apps (a fixed list of kinds) and the server's own signing key."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from backend.core.problems import FieldFault, InvalidInput
from backend.core.secrets import Keyring
from backend.core.texts import Text
from backend.partners.rules import MOST_KEYS

_PUBLIC = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
_ALGORITHM = {"EC": "ES256", "RSA": "RS256"}
_SECRET = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
RSA_BITS = (2048, 4096)


@dataclass(frozen=True)
class PublicKey:
    """One key as it is kept: the members that make the key and nothing else."""

    kid: str
    algorithm: str
    jwk: dict[str, str]


def read_key_set(data: bytes) -> list[PublicKey]:
    """The keys of a JWKS (RFC 7517 section 5), 1 to 5 of them; InvalidInput says what is wrong with which."""
    try:
        found = orjson.loads(data)
        keys = found["keys"]
    except (ValueError, TypeError, KeyError):
        raise _wrong("jwks", "Bukan JWKS.", 'This is no JWKS: {"keys": [...]}.') from None
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise _wrong("jwks", f"1 sampai {MOST_KEYS} kunci.", f"A JWKS holds 1 to {MOST_KEYS} keys.")
    read = [_read_key(f"jwks.keys.{n}", key) for n, key in enumerate(keys)]
    if len({k.kid for k in read}) != len(read):
        raise _wrong("jwks", "Setiap kid hanya sekali.", "Each kid stands once.")
    return read


def _read_key(path: str, key: object) -> PublicKey:
    if not isinstance(key, dict) or not isinstance(key.get("kty"), str) or key["kty"] not in _PUBLIC:
        raise _wrong(path, "Kunci EC P-256 atau RSA.", "A key is EC on P-256, or RSA.")
    if _SECRET & set(key):
        raise _wrong(
            path, "Ini kunci rahasia.", "This key is private: hand over its public half, make a new one."
        )
    algorithm = _ALGORITHM[key["kty"]]
    if key.get("alg", algorithm) != algorithm or key.get("use", "sig") != "sig":
        raise _wrong(
            path, "Hanya ES256 atau RS256.", f"alg is {algorithm} and use is sig, or neither is there."
        )
    public = {name: key.get(name) for name in _PUBLIC[key["kty"]]}
    if not all(isinstance(v, str) and len(v) < 800 for v in public.values()):
        raise _wrong(path, "Kunci tidak lengkap.", f"The key holds {', '.join(public)}.")
    _check_strength(path, public, algorithm)
    kid = key.get("kid") or thumbprint(public)
    if not isinstance(kid, str) or not 1 <= len(kid) <= 100 or not kid.isprintable():
        raise _wrong(path, "kid 1 sampai 100 huruf.", "kid has 1 to 100 letters.")
    return PublicKey(kid, algorithm, {k: str(v) for k, v in public.items()})


def _check_strength(path: str, public: dict[str, Any], algorithm: str) -> None:
    try:
        key = jwt.PyJWK(public, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _wrong(path, "Kunci tidak terbaca.", "The key cannot be read.") from None
    if algorithm == "ES256" and public["crv"] != "P-256":
        raise _wrong(path, "Kurva harus P-256.", "The curve is P-256.")
    if algorithm == "RS256" and not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
        raise _wrong(path, "RSA 2048 sampai 4096 bit.", "RSA has 2048 to 4096 bits.")


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638: SHA-256 over the required members in lexical order, base64url."""
    members = {name: jwk[name] for name in _PUBLIC[jwk["kty"]]}
    digest = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class ServerKey:
    """The server's ES256 key: derived from the root key, so every process of the city has the same one."""

    private: ec.EllipticCurvePrivateKey
    jwk: dict[str, str]
    kid: str

    @staticmethod
    def of(keyring: Keyring) -> "ServerKey":
        """The key of a purpose of its own: what it signs is no good anywhere else."""
        private = keyring.p256("oauth/es256/1")
        numbers = private.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _base64(numbers.x), "y": _base64(numbers.y)}
        return ServerKey(private, jwk, thumbprint(jwk))

    @property
    def published(self) -> dict[str, str]:
        """The public half as a JWK Set member."""
        return self.jwk | {"kid": self.kid, "alg": "ES256", "use": "sig"}


def _base64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).decode().rstrip("=")


def _wrong(path: str, id: str, en: str) -> InvalidInput:
    return InvalidInput(FieldFault(path, Text(id, en)))
