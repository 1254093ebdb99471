"""Opens the document store that a setting names."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from storage.directory import DirectoryDocuments
from storage.documents import Documents
from storage.s3 import Bucket, S3Documents

_SHAPE = "dir:<path> or s3:http(s)://KEY:SECRET@host:port/bucket?region=<region>[&public=<address>]"


def open_documents(url: str) -> Documents:
    """Make the store for `dir:<path>` or `s3:<address>`; raises ValueError (without the secret) otherwise.

    `public` is the address at which phones reach the same S3 store, when the server uses an inner one.
    """
    kind, _, rest = url.partition(":")
    if kind == "dir" and rest:
        return DirectoryDocuments(Path(rest))
    if kind == "s3":
        return S3Documents(_bucket(urlsplit(rest)))
    raise ValueError(f"a storage address is {_SHAPE}")


def _bucket(address: SplitResult) -> Bucket:
    query = parse_qs(address.query)
    name, region = address.path.strip("/"), query.get("region", [""])[0]
    plain = address.scheme in {"http", "https"} and "/" not in name
    if not (plain and address.hostname and address.username and address.password and name and region):
        raise ValueError(f"a storage address is {_SHAPE}")
    return Bucket(
        endpoint=address.netloc.rpartition("@")[2],
        secure=address.scheme == "https",
        access_key=unquote(address.username),
        secret_key=unquote(address.password),
        name=name,
        region=region,
        public=query.get("public", [""])[0].rstrip("/") or None,
    )
