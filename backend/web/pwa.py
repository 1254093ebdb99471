"""The built app: files with their compressed twins, long-lived where their name holds a hash, the shell else."""

from pathlib import Path

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


class App:
    """Serves the folder of the built app. Unknown paths get the shell, unknown assets a 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def answer(self, request: Request) -> Response:
        """A file of the app, or its shell."""
        path = request.path_params.get("path", "")
        file = self._find(path)
        if file is not None:
            return self._file(request, file, forever=path.startswith("assets/"))
        if path.startswith("assets/") or "." in path.rpartition("/")[2]:
            return JSONResponse({"code": "not_found"}, 404)
        shell = self._folder / "index.html"
        if not shell.is_file():
            return JSONResponse({"code": "app_not_built", "message": "make run"}, 503)
        return self._file(request, shell, forever=False)

    def _find(self, path: str) -> Path | None:
        """The file of the app at this path; no path can name one outside, and an impossible one names none."""
        try:
            file = (self._folder / path).resolve()
            found = file.is_file() and file.is_relative_to(self._folder) and file.suffix in _TYPES
        except (OSError, ValueError):
            return None
        return file if found else None

    def _file(self, request: Request, file: Path, *, forever: bool) -> Response:
        headers = {"Cache-Control": _FOREVER if forever else "no-cache", "Vary": "Accept-Encoding"}
        accepted = request.headers.get("accept-encoding", "")
        for name, suffix in _ENCODINGS:
            twin = file.with_name(file.name + suffix)
            if name in accepted and twin.is_file():
                headers["Content-Encoding"] = name
                return FileResponse(twin, media_type=_TYPES[file.suffix], headers=headers)
        return FileResponse(file, media_type=_TYPES[file.suffix], headers=headers)
