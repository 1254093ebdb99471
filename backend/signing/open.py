"""Opens the signer that a setting names."""

from pathlib import Path
from urllib.parse import parse_qs

from backend.signing.hsm import HardwareSigner, Token
from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.signer import Signer

SHAPE = "development or pkcs11:<library>?token=<label>&pin=<file>&roots=<file>[&certified=yes]"


def open_signer(address: str, keys: Path) -> Signer:
    """The signer for `development` (keys below `keys`) or `pkcs11:...`; ValueError otherwise."""
    if address == "development":
        return DevelopmentKeyStore(keys)
    kind, _, rest = address.partition(":")
    library, _, query = rest.partition("?")
    given = {name: values[0] for name, values in parse_qs(query).items()}
    if kind != "pkcs11" or not library or not {"token", "pin", "roots"} <= given.keys():
        raise ValueError(f"a signer is {SHAPE}")
    token = Token(Path(library), given["token"], Path(given["pin"]), Path(given["roots"]))
    return HardwareSigner(token, certified=given.get("certified") == "yes")
