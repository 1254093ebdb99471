"""Signs with keys that never leave a hardware module, through PKCS#11 (OASIS PKCS #11 v2.40)."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from pkcs11 import Session
from pkcs11.exceptions import (
    MultipleTokensReturned,
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
)
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

from backend.signing import pades
from backend.signing.pades import NOTHING, Evidence
from backend.signing.revocation import Lists
from backend.signing.signer import SignerRefused, SignerUnavailable, SigningAct
from backend.signing.timestamp import PLAIN, Finish

# Never tried twice by itself: a token locks after a few wrong PINs.
_WRONG_PIN = (PinIncorrect, PinInvalid, PinLenRange, PinLocked)


@dataclass(frozen=True)
class Token:
    """Where the keys are: the module's library, the token's label, and files with the PIN and the roots (PEM)."""

    library: Path
    label: str
    pin_file: Path
    roots_file: Path


class HardwareSigner:
    """A `Signer` over one token. Key and certificate of a signer bear the label `signer-<person>`.

    One session is kept; what breaks it is SignerUnavailable, and the next act opens another. `certified` is
    what the operator says of the certificates in it.
    """

    name = "pkcs11"
    remote = False
    passphrase_needed = False

    def __init__(self, token: Token, *, certified: bool = False, finish: Finish = PLAIN) -> None:
        """Nothing is opened before the first act; `finish` is what signatures get beyond B-B."""
        self._finish = finish
        self._lists = Lists()
        self._token = token
        self.certified = certified
        self._session: Session | None = None
        self._keys: dict[str, PKCS11Signer] = {}
        self._locked_out = False
        # A PKCS#11 session does one thing at a time.
        self._turn = threading.Lock()

    async def sign(self, pdf: bytes, act: SigningAct) -> bytes:
        """See `Signer.sign`."""
        pades.check(pdf, act)
        return await asyncio.to_thread(self._sign, pdf, act, await self._evidence(act))

    async def crls(self, certificates: Iterable[bytes] = ()) -> tuple[bytes, ...]:
        """See `Signer.crls`; SignerUnavailable when a list cannot be fetched."""
        return await self._lists.of(certificates)

    async def _evidence(self, act: SigningAct) -> Evidence:
        if not self._finish.lasting:
            return NOTHING
        stamps = await self._finish.stamp_certificates()
        own = await asyncio.to_thread(self._certificates, f"signer-{act.signer_id}")
        return Evidence(await self.roots(), await self.crls((*own, *stamps)))

    def _certificates(self, label: str) -> tuple[bytes, ...]:
        with self._turn:
            signer = self._key(label)
        return (signer.signing_cert.dump(), *(each.dump() for each in self._roots()))

    async def roots(self) -> tuple[bytes, ...]:
        """See `Signer.roots`; SignerUnavailable when the file cannot be read."""
        return tuple(each.dump() for each in await asyncio.to_thread(self._roots))

    def close(self) -> None:
        """Log out of the token; a process is logged in to it once, whoever asks."""
        with self._turn:
            self._leave()

    def _leave(self) -> None:
        self._keys.clear()
        session, self._session = self._session, None
        if session is not None:
            with suppress(PKCS11Error):
                session.close()

    def _roots(self) -> Sequence[x509.Certificate]:
        try:
            blocks: Any = pem.unarmor(self._token.roots_file.read_bytes(), multiple=True)
            return [x509.Certificate.load(der) for _, _, der in blocks]
        except (OSError, ValueError) as problem:
            raise SignerUnavailable(f"the file of roots: {problem}") from problem

    def _sign(self, pdf: bytes, act: SigningAct, evidence: Evidence) -> bytes:
        with self._turn:
            try:
                key = self._key(f"signer-{act.signer_id}")
                return pades.apply(pdf, act, key, self._finish, evidence)
            except PKCS11Error as problem:
                self._leave()
                raise SignerUnavailable(type(problem).__name__) from problem

    def _key(self, label: str) -> PKCS11Signer:
        session = self._session = self._session or self._open()
        key = self._keys.get(label)
        if key is None:
            key = PKCS11Signer(
                session,
                cert_label=label,
                key_label=label,
                ca_chain=self._roots(),
                embed_roots=False,
                # SoftHSM and older modules sign a hash, and make none themselves with elliptic curves.
                use_raw_mechanism=True,
            )
            try:
                key.signing_cert  # noqa: B018 - it is read from the token here, where its absence has a name
            except PKCS11Error as problem:
                # pyHanko raises the family itself for a certificate or key that is not there.
                if type(problem) in (PKCS11Error, NoSuchKey):
                    raise SignerRefused("no_key", f"{label}: {problem}") from problem
                raise
            self._keys[label] = key
        return key

    def _open(self) -> Session:
        if self._locked_out:
            raise SignerRefused("wrong_passphrase", "the PIN was refused before; restart with the right one")
        try:
            return open_pkcs11_session(
                str(self._token.library),
                token_criteria=TokenCriteria(label=self._token.label),
                user_pin=self._token.pin_file.read_text(encoding="utf-8").strip(),
            )
        except _WRONG_PIN as problem:
            self._locked_out = True
            raise SignerRefused("wrong_passphrase", type(problem).__name__) from None
        except (OSError, NoSuchToken, MultipleTokensReturned, RuntimeError) as problem:
            raise SignerUnavailable(f"the token {self._token.label}: {type(problem).__name__}") from problem
