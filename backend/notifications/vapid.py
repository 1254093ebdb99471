"""The server's own key for Web Push (VAPID, RFC 8292): made on first start; only its public half leaves."""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from py_vapid import Vapid02

from backend.core import clock

_FILE = "vapid.pem"
_LIFETIME = 12 * 3600  # RFC 8292 allows 24 hours; half of it forgives a clock that is wrong
_MARGIN = 3600
_MAX_ORIGINS = 256


@dataclass(frozen=True)
class VapidKeys:
    """The key pair; `public_key` is what the browser's `subscribe` takes: 65 bytes as base64url."""

    private: ec.EllipticCurvePrivateKey
    public_key: str

    @classmethod
    def load_or_make(cls, folder: Path) -> Self:
        """Read the key of this folder, or make it; two processes that start at once get the same one.

        Raises ValueError when the file holds anything but a P-256 key: a new one would silently end
        every subscription people have.
        """
        path = folder / _FILE
        if not path.exists():
            _write_once(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
            raise ValueError(f"{_FILE} holds no P-256 key")  # noqa: TRY004 - the file is wrong, not a type
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return cls(key, base64.urlsafe_b64encode(point).decode().rstrip("="))


class VapidHeaders:
    """Signs one header for each push service and keeps it: signing each time costs more than the push."""

    def __init__(self, keys: VapidKeys, subject: str) -> None:
        """`subject` is the address a push service may complain to: `mailto:` or `https:`."""
        if not subject.startswith(("mailto:", "https://")):
            raise ValueError("a VAPID subject is a mailto: or an https: address")
        self._vapid = Vapid02(private_key=keys.private)
        self._subject = subject
        self._kept: dict[str, tuple[float, str]] = {}

    def header(self, origin: str) -> str:
        """The Authorization header for an origin such as `https://fcm.googleapis.com`."""
        now = clock.now().timestamp()
        expires, value = self._kept.get(origin, (0.0, ""))
        if expires - _MARGIN <= now:
            if len(self._kept) >= _MAX_ORIGINS:
                self._kept.clear()
            expires = now + _LIFETIME
            # A dict of its own for each origin: py_vapid's callers are known to write into a shared one.
            claims = {"sub": self._subject, "aud": origin, "exp": int(expires)}
            value = cast("str", self._vapid.sign(claims)["Authorization"])
            self._kept[origin] = (expires, value)
        return value


def _write_once(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = ec.generate_private_key(ec.SECP256R1())
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        # A link is refused when the name is taken: who comes second uses the first one's key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
