"""Makes the certificates of the development key store: a root, an issuing CA, and one for each signer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

# Wide on purpose: a demo clock may stand years back, and these certificates prove nothing to anyone.
_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_TO = datetime(2049, 12, 31, tzinfo=UTC)
_UNIT = "PENGEMBANGAN - bukan sertifikat BSrE"
_MAX_NAME = 64  # ub-common-name, RFC 5280 appendix A.1


@dataclass(frozen=True)
class Credential:
    """A private key with its certificate and the certificates above it, nearest first."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def make_root() -> Credential:
    """A self-signed root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Lugas Development Root CA")
    return Credential(key, _authority(name, name, key, key, path_length=1))


def make_issuer(root: Credential) -> Credential:
    """The CA below the root that issues the signers' certificates."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Lugas Development Issuing CA")
    certificate = _authority(name, root.certificate.subject, key, root.key, path_length=0)
    return Credential(key, certificate, (root.certificate,))


def make_signer(issuer: Credential, name: str, number: str) -> Credential:
    """A signer's own certificate: the name people read, and the number that tells namesakes apart."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certify(issuer, key.public_key(), name, number)
    return Credential(key, certificate, (issuer.certificate, *issuer.chain))


def certify(issuer: Credential, key: ec.EllipticCurvePublicKey, name: str, number: str) -> x509.Certificate:
    """The certificate of a signer whose key lies elsewhere."""
    subject = _name(name[:_MAX_NAME] or number, number)
    builder = (
        _builder(subject, issuer.certificate.subject, key, issuer.key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
    )
    return builder.sign(issuer.key, hashes.SHA256())


def make_crl(issuer: Credential, revoked: Iterable[tuple[int, datetime]]) -> bytes:
    """The issuer's list (DER) of certificates that no longer hold: serial number and since when. Good for a day."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - timedelta(minutes=5))
        .next_update(now + timedelta(days=1))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for serial, since in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(row.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def to_pkcs12(credential: Credential, passphrase: bytes) -> bytes:
    """The credential as an encrypted PKCS#12 file."""
    return pkcs12.serialize_key_and_certificates(
        b"lugas",
        credential.key,
        credential.certificate,
        list(credential.chain),
        BestAvailableEncryption(passphrase),
    )


def from_pkcs12(data: bytes, passphrase: bytes) -> Credential:
    """Open a PKCS#12 file; raises ValueError for a wrong passphrase or anything but a P-256 credential."""
    key, certificate, chain = pkcs12.load_key_and_certificates(data, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None:
        raise ValueError("the file holds no elliptic-curve key with its certificate")
    return Credential(key, certificate, tuple(chain))


def _name(common_name: str, number: str | None = None) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pemerintah Kota Malang"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, _UNIT),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    if number is not None:
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, number))
    return x509.Name(attributes)


def _authority(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    above: ec.EllipticCurvePrivateKey,
    *,
    path_length: int,
) -> x509.Certificate:
    builder = (
        _builder(subject, issuer, key.public_key(), above)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return builder.sign(above, hashes.SHA256())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    above: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    above_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(above_id, critical=False)
    )


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
