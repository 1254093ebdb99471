"""The built app: files with their compressed twins, long-lived where their name holds a hash, the shell else."""

import json
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".ico": "image/x-icon",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOREVER = "public, max-age=31536000, immutable"


class Ahead:
    """What each address will ask for after its shell, as the app's build wrote it down (pwa/tools/ahead.ts)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written = 0
        self._screens: list[tuple[list[str], str]] = []

    def link(self, path: str) -> str | None:
        """The `Link` header (RFC 8288) of an address such as "layanan/DUK-KK-BARU"; None for one without.

        The file is read again when the app was built anew, as the shell beside it is.
        """
        try:
            written = self._file.stat().st_mtime_ns
        except OSError:
            return None
        if written != self._written:
            screens = json.loads(self._file.read_bytes())
            self._screens = [(_parts(screen["pattern"]), screen["link"]) for screen in screens]
            self._written = written
        given = _parts(path)
        return next((link for pattern, link in self._screens if _fits(pattern, given)), None)


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _fits(pattern: list[str], given: list[str]) -> bool:
    """True when each part is the pattern's own, or any word where the pattern has a name (":code")."""
    if len(pattern) != len(given):
        return False
    return all(
        word if part.startswith(":") else part == word for part, word in zip(pattern, given, strict=True)
    )


def _names_a_file(path: str) -> bool:
    """True for robots.txt; the code of a place in the budget (2.11.11) has dots too, and is an address of the app."""
    ending = PurePosixPath(path).suffix[1:]
    return bool(ending) and not ending.isdigit()


class App:
    """Serves the folder of the built app. Unknown paths get the shell, unknown assets a 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._ahead = Ahead(self._folder / "ahead.json")

    async def answer(self, request: Request) -> Response:
        """A file of the app, or its shell."""
        path = request.path_params.get("path", "")
        file = self._find(path)
        if file is not None:
            return self._file(request, file, forever=path.startswith("assets/"))
        if path.startswith("assets/") or _names_a_file(path):
            return JSONResponse({"code": "not_found"}, 404)
        shell = self._folder / "index.html"
        if not shell.is_file():
            return JSONResponse({"code": "app_not_built", "message": "make run"}, 503)
        answer = self._file(request, shell, forever=False)
        link = self._ahead.link(path)
        if link is not None:
            answer.headers["Link"] = link
        return answer

    def _find(self, path: str) -> Path | None:
        """The file of the app at this path; no path can name one outside, and an impossible one names none."""
        try:
            file = (self._folder / path).resolve()
            found = file.is_file() and file.is_relative_to(self._folder) and file.suffix in _TYPES
        except (OSError, ValueError):
            return None
        return file if found else None

    def _file(self, request: Request, file: Path, *, forever: bool) -> FileResponse:
        headers = {"Cache-Control": _FOREVER if forever else "no-cache", "Vary": "Accept-Encoding"}
        accepted = request.headers.get("accept-encoding", "")
        for name, suffix in _ENCODINGS:
            twin = file.with_name(file.name + suffix)
            if name in accepted and twin.is_file():
                headers["Content-Encoding"] = name
                return FileResponse(twin, media_type=_TYPES[file.suffix], headers=headers)
        return FileResponse(file, media_type=_TYPES[file.suffix], headers=headers)
