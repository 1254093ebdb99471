"""Opens the signer that a setting names."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from backend.settings import LOOPBACK
from backend.signing.bsre import BsreSigner, Client
from backend.signing.hsm import HardwareSigner, Token
from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.signer import Signer
from backend.signing.timestamp import PLAIN, Finish

SHAPE = (
    "development, pkcs11:<library>?token=<label>&pin=<file>&roots=<file>[&certified=yes], or"
    " bsre:https://<host>?version=1|2&user=<name>&password=<file>&roots=<file>[&ca=<file>][&by=totp][&certified=yes]"
)
_CLIENT_PARTS = {"version", "user", "password", "roots"}


@dataclass(frozen=True)
class Method:
    """How letters are signed here, as a signer is told before they decide; `level` is the PAdES level wished for."""

    name: str
    certified: bool
    passphrase_needed: bool
    level: str


def open_signer(address: str, keys: Path, finish: Finish = PLAIN) -> Signer:
    """The signer for `development` (keys below `keys`), `pkcs11:...` or `bsre:...`; ValueError otherwise."""
    if address == "development":
        return DevelopmentKeyStore(keys, finish)
    kind, _, rest = address.partition(":")
    place, _, query = rest.partition("?")
    given = {name: values[0] for name, values in parse_qs(query).items()}
    certified = given.get("certified") == "yes"
    if kind == "pkcs11" and place and {"token", "pin", "roots"} <= given.keys():
        token = Token(Path(place), given["token"], Path(given["pin"]), Path(given["roots"]))
        return HardwareSigner(token, certified=certified, finish=finish)
    if kind == "bsre" and given.keys() >= _CLIENT_PARTS and given["version"] in ("1", "2"):
        return BsreSigner(_client(place, given), certified=certified)
    raise ValueError(f"a signer is {SHAPE}")


def method(address: str, keys: Path, level: str) -> Method:
    """What `open_signer` would open, in words; nothing is asked of anyone."""
    signer = open_signer(address, keys)
    return Method(signer.name, signer.certified, signer.passphrase_needed, level)


def _client(place: str, given: dict[str, str]) -> Client:
    url = urlsplit(place)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise ValueError("the address of BSrE's e-sign client begins with https://")
    return Client(
        url=place.rstrip("/"),
        version=int(given["version"]),
        user=given["user"],
        password_file=Path(given["password"]),
        roots_file=Path(given["roots"]),
        authority=Path(given["ca"]) if "ca" in given else None,
        by_totp=given.get("by") == "totp",
    )
