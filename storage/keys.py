"""How keys look: one folder for each use, and the content hash as the name where bytes are final."""

import re

_SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UPLOAD = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MAX_KEY = 512
_MOST_PARTS = 10_000


def quarantine(upload: str) -> str:
    """Key of bytes just received and not yet examined; `upload` is the upload's own unguessable id."""
    if not _UPLOAD.fullmatch(upload):
        raise ValueError("an upload id has 16 to 64 characters of A-Z a-z 0-9 _ -")
    return f"quarantine/{upload}"


def part(upload: str, number: int) -> str:
    """Key of one part of a file on its way; parts are numbered from 0."""
    if not _UPLOAD.fullmatch(upload) or not 0 <= number < _MOST_PARTS:
        raise ValueError(f"an upload has parts 0 to {_MOST_PARTS - 1}")
    return f"parts/{upload}-{number}"


def document(sha256: str) -> str:
    """Key of an examined document; two people with the same file share it, so rows count its uses."""
    return _by_hash("documents", sha256)


def letter(sha256: str) -> str:
    """Key of a signed letter."""
    return _by_hash("letters", sha256)


def budget(sha256: str) -> str:
    """Key of a file that was brought into the budget, whatever became of it."""
    return _by_hash("budget", sha256)


def export(sha256: str) -> str:
    """Key of a part of the budget as it is taken away."""
    return _by_hash("exports", sha256)


def content_hash(key: str) -> str | None:
    """The SHA-256 that a key promises, None for a quarantine key."""
    folder, _, name = key.rpartition("/")
    if folder.startswith(("documents/", "letters/", "budget/", "exports/")) and _SHA256.fullmatch(name):
        return name
    return None


def checked(key: str) -> str:
    """Give the key back, or raise ValueError when it could mean anything but one plain path."""
    segments = key.split("/")
    if len(key) > _MAX_KEY or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise ValueError("a storage key is a path of plain names")
    return key


def _by_hash(folder: str, sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError("a content hash is 64 lower-case hex digits")
    # Two levels keep any one folder of a plain directory small at a million documents.
    return f"{folder}/{sha256[:2]}/{sha256[2:4]}/{sha256}"
