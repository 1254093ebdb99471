"""The short-lived process that opens one unknown file and prints what it saw as one line of JSON."""

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from storage.images import end_of_image, is_phone_trailer, without_location

_MAX_PIXELS = 50_000_000
_MAX_OBJECTS = 200_000
_MEMORY = 1024**3
_CPU_SECONDS = 15
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
_PILLOW = {"image/jpeg": "JPEG", "image/png": "PNG"}

# Keys and action types by which a PDF does something by itself, reaches out, or carries other files
# (ISO 32000-2: 12.6.4 actions, 7.11.4 embedded files, 12.7.8 XFA, 13.7 rich media).
_ACTIVE_KEYS = {"/JS", "/JavaScript", "/Launch", "/AA", "/EF", "/EmbeddedFiles", "/XFA", "/RichMedia"}
_ACTIVE_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/ImportData",
    "/SubmitForm",
    "/GoToE",
    "/Rendition",
    "/RichMediaExecute",
}


class _Bad(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.answer: dict[str, Any] = {"reason": reason, "detail": detail}


def probe(path: Path) -> dict[str, Any]:
    """Look at a file: its media type, pages and pixels, or the reason it is refused for."""
    try:
        media_type = _media_type(path)
        return _pdf(path) if media_type == "application/pdf" else _image(path, media_type)
    except _Bad as bad:
        return bad.answer


def _media_type(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(1024)
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    # Readers accept "%PDF-" anywhere in the first kilobyte, behind the head of another kind of file.
    raise _Bad("polyglot" if b"%PDF-" in head else "unknown_type")


def _image(path: Path, media_type: str) -> dict[str, Any]:
    try:
        with Image.open(path, formats=[_PILLOW[media_type]]) as image:
            width, height = image.size
            if width * height > _MAX_PIXELS:
                raise _Bad("too_many_pixels", f"{width}x{height}")
            # An eighth of the size reads every byte of a JPEG and needs a 64th of the memory.
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _Bad("too_many_pixels") from problem
    except (OSError, SyntaxError, ValueError, MemoryError) as problem:
        raise _Bad("broken", type(problem).__name__) from problem
    data = path.read_bytes()
    trailing = _trailing(data, media_type)
    return {
        "media_type": media_type,
        "pages": 1,
        "width": width,
        "height": height,
        "trailing": trailing,
        "tells_more": without_location(data) != data,
    }


def _trailing(data: bytes, media_type: str) -> int:
    """Count the bytes after the image; refuses those no phone puts there, for a second file hides so."""
    try:
        end = end_of_image(data)
    except ValueError as problem:
        raise _Bad("broken", str(problem)) from problem
    if data[end:].strip(b"\0") and not (media_type == "image/jpeg" and is_phone_trailer(data, end)):
        raise _Bad("polyglot", f"{len(data) - end} bytes after the {media_type}")
    return len(data) - end


def _pdf(path: Path) -> dict[str, Any]:
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                raise _Bad("encrypted_pdf")
            pages = len(pdf.pages)
            if not pages:
                raise _Bad("broken", "no page")
            _quiet(pdf)
    except pikepdf.PasswordError as problem:
        raise _Bad("encrypted_pdf") from problem
    except (pikepdf.PdfError, ValueError, RuntimeError, MemoryError) as problem:
        raise _Bad("broken", type(problem).__name__) from problem
    return {"media_type": "application/pdf", "pages": pages, "width": 0, "height": 0, "trailing": 0}


def _quiet(pdf: pikepdf.Pdf) -> None:
    """Refuse a PDF that acts: every indirect object, and every direct one inside it, is looked at."""
    waiting: list[Any] = [pdf.trailer]
    for count, thing in enumerate(pdf.objects):
        if count > _MAX_OBJECTS:
            raise _Bad("broken", "too many objects")
        waiting.append(thing)
        _walk(waiting)


def _walk(waiting: list[Any]) -> None:
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            _look(thing)
            children = [child for _, child in thing.items()]
        elif isinstance(thing, pikepdf.Array):
            children = list(thing)
        else:
            continue
        # An indirect child stands in pdf.objects itself; following it here could walk in a circle.
        waiting.extend(child for child in children if not getattr(child, "is_indirect", False))


def _look(thing: Any) -> None:
    keys = set(thing.keys())
    found = keys & _ACTIVE_KEYS
    if found:
        raise _Bad("active_pdf", min(found))
    kind = str(thing.get("/S")) if "/S" in keys else ""
    if kind in _ACTIVE_ACTIONS:
        raise _Bad("active_pdf", kind)
    if "/OpenAction" in keys and not _only_goes_to_a_page(thing.get("/OpenAction")):
        raise _Bad("active_pdf", "/OpenAction")


def _only_goes_to_a_page(action: Any) -> bool:
    """Word processors write "open at page 1" into every file: a place in the same file is no danger."""
    if isinstance(action, pikepdf.Array):
        return True
    return (
        isinstance(action, pikepdf.Dictionary) and str(action.get("/S")) == "/GoTo" and "/Next" not in action
    )


def main() -> None:
    """Set the limits of this process, look at the file named in the first argument, print the answer."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS refuses a limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = _MAX_PIXELS
    sys.stdout.write(json.dumps(probe(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
