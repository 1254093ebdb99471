"""Signs with keys in a folder of this machine, for development and tests only; every letter says so."""

import asyncio
import fcntl
import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from backend.signing import pades
from backend.signing.certificates import (
    Credential,
    from_pkcs12,
    make_crl,
    make_issuer,
    make_root,
    make_signer,
    to_pkcs12,
)
from backend.signing.pades import NOTHING, Evidence
from backend.signing.revocation import Lists
from backend.signing.signer import SignerRefused, SignerUnavailable, SigningAct
from backend.signing.timestamp import PLAIN, Finish

_LONGEST_ECDSA = 72  # a DER pair of two 256-bit numbers, each perhaps with a leading zero


class DevelopmentKeyStore:
    """A `Signer` whose certificates are made on first use below `folder`; nobody outside trusts them.

    Keys lie in PKCS#12 files under a passphrase that lies beside them in a file of mode 600: this keeps
    keys out of the database and its backups, and no more. Parsed keys stay in memory.
    """

    name = "development"
    certified = False
    remote = False
    passphrase_needed = False

    def __init__(self, folder: Path, finish: Finish = PLAIN) -> None:
        """Keep keys below `folder`, which is made on first use; `finish` is what signatures get beyond B-B."""
        self._folder = folder
        self._finish = finish
        self._lists = Lists()
        self._parsed: dict[str, Credential] = {}
        self._turn = threading.Lock()

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        """See `Signer.sign`; PAdES B-B with an invisible field that forbids any later change."""
        pades.check(pdf, act)
        evidence = NOTHING
        if self._finish.lasting:
            stamps = await self._finish.stamp_certificates()
            evidence = Evidence(await self.roots(), await self.crls(stamps))
        return await asyncio.to_thread(self._sign, pdf, act, evidence)

    async def roots(self) -> tuple[bytes, ...]:
        """See `Signer.roots`."""
        issuer = await asyncio.to_thread(self._issuer)
        return tuple(each.public_bytes(Encoding.DER) for each in issuer.chain)

    async def crls(self, certificates: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """See `Signer.crls`: this store's own lists, made now, and those that the certificates name."""
        own = await asyncio.to_thread(self._own_lists)
        return (*own, *await self._lists.of(certificates))

    def revoke(self, certificate: bytes, at: datetime) -> None:
        """Write down that a certificate (DER) of this store no longer holds; for development and tests."""
        serial = asn1.Certificate.load(certificate).serial_number
        with _alone(self._folder), (self._folder / "revoked").open("a", encoding="ascii") as file:
            file.write(f"{serial:x} {at.isoformat()}\n")

    def _own_lists(self) -> tuple[bytes, ...]:
        issuer = self._issuer()
        root = self._kept("root-ca", make_root)
        path = self._folder / "revoked"
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        revoked = [(int(s, 16), datetime.fromisoformat(at)) for s, at in (line.split() for line in lines)]
        return (make_crl(issuer, revoked), make_crl(root, ()))

    def _sign(self, pdf: bytes, act: SigningAct, evidence: Evidence) -> bytes:
        return pades.apply(pdf, act, _KeptKey(self._signer(act)), self._finish, evidence)

    def _signer(self, act: SigningAct) -> Credential:
        person = f"{act.signer_id}\0{act.signer_name}"
        name = f"signer-{hashlib.sha256(person.encode()).hexdigest()[:32]}"
        return self._kept(name, lambda: make_signer(self._issuer(), act.signer_name, str(act.signer_id)))

    def _issuer(self) -> Credential:
        return self._kept("issuing-ca", lambda: make_issuer(self._kept("root-ca", make_root)))

    def _kept(self, name: str, make: Callable[[], Credential]) -> Credential:
        """The parsed credential of this name: from memory, from its file, or made now."""
        with self._turn:
            known = self._parsed.get(name)
        if known is not None:
            return known
        path = self._folder / f"{name}.p12"
        try:
            if not path.exists():
                made = make()
                with _alone(self._folder):
                    if not path.exists():
                        _write_private(path, to_pkcs12(made, self._passphrase()))
            credential = from_pkcs12(path.read_bytes(), self._passphrase())
        except OSError as problem:
            raise SignerUnavailable(f"the key folder: {problem.strerror}") from problem
        except ValueError as problem:
            raise SignerRefused("wrong_passphrase", f"{name} does not open") from problem
        with self._turn:
            return self._parsed.setdefault(name, credential)

    def _passphrase(self) -> bytes:
        path = self._folder / "passphrase"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32).encode())
        return path.read_bytes().strip()


class _KeptKey(signers.Signer):
    """pyHanko's own SimpleSigner parses and checks the key twice for every signature; this one keeps it."""

    def __init__(self, credential: Credential) -> None:
        self._key = credential.key
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([_asn1(each) for each in credential.chain])
        super().__init__(signing_cert=_asn1(credential.certificate), cert_registry=store, embed_roots=False)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(_LONGEST_ECDSA)
        if digest_algorithm != "sha256":
            raise SigningError(f"{digest_algorithm} is not what these keys sign")
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def _asn1(certificate: Any) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a key: server and worker may both be the first."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_private(path: Path, data: bytes) -> None:
    """Write a file of mode 600 that is there whole or not at all."""
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
