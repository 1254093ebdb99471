"""A SoftHSM2 token of a test's own: keys made inside it, certificates of the development CA beside them."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pkcs11
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from backend.signing.certificates import Credential, certify, make_issuer, make_root
from backend.signing.hsm import Token

LIBRARIES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
)
LABEL, PIN = "lugas-test", "471108"


def library() -> Path | None:
    """Where SoftHSM2 is, or None."""
    there = shutil.which("softhsm2-util") is not None
    return next((path for path in LIBRARIES if there and path.exists()), None)


@dataclass(frozen=True)
class Made:
    """A token with one signer's key in it."""

    token: Token
    issuer: Credential


def make(folder: Path, at: Path, person: UUID, name: str) -> Made:
    """Initialise a token below `folder` and make a P-256 key for one person inside it."""
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    # The library reads it once, when it is loaded.
    os.environ["SOFTHSM2_CONF"] = str(settings)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678"],
        check=True,
        capture_output=True,
    )
    (folder / "pin").write_text(PIN)
    issuer = make_issuer(make_root())
    chain = (issuer.certificate, *issuer.chain)
    (folder / "roots.pem").write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in chain))
    _make_key(at, issuer, person, name)
    return Made(Token(at, LABEL, folder / "pin", folder / "roots.pem"), issuer)


def _make_key(at: Path, issuer: Credential, person: UUID, name: str) -> None:
    label = f"signer-{person}"
    module = pkcs11.lib(str(at))
    with module.get_token(token_label=LABEL).open(user_pin=PIN, rw=True) as session:
        curve = session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, _ = curve.generate_keypair(store=True, label=label, id=person.bytes)
        told = asn1_keys.PublicKeyInfo.load(encode_ec_public_key(public)).dump()
        key = serialization.load_der_public_key(told)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.ID: person.bytes,
                Attribute.SUBJECT: b"",
                Attribute.VALUE: certify(issuer, key, name, str(person)).public_bytes(Encoding.DER),
            }
        )
