"""The public money to take away: CSV and Fiscal Data Package of a place, each with its hash and signature."""

from collections.abc import Callable, Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from backend.budget import exports
from backend.budget.exports import MEDIA_TYPES, Export, ExportForm, Signer
from backend.budget.sipd import Where
from backend.core import rates
from backend.core.problems import NotFound
from backend.core.texts import Text
from backend.parts import Parts
from backend.web.documents import STORE, refuse, rest
from storage.documents import Missing, Unavailable

# Of one file, in the currency of the API: making it the first time is a walk over all its lines.
COST = 20
MOST_LETTERS = 40
_FOREVER = "public, max-age=31536000, immutable"
_OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_FILES = {"apbd.csv": ExportForm.CSV, "apbd.zip": ExportForm.ZIP}
Answer = Callable[[Request], object]

NO_PLACE = Text("Tidak ada anggaran di sini.", "There is no budget here.")
NO_QUERY = Text("Kueri ini tidak dikenal.", "This query is not known.")
SLOW = Text(
    "Terlalu banyak unduhan dari sini. Coba lagi sebentar.", "Too many downloads from here. Try again soon."
)


def routes(parts: Callable[[], Parts], documents: Mapping[str, str]) -> list[Route]:
    """GET and HEAD; `?opd=` and `&code=` choose a place within the import, and `.sha256`, `.sig` go with a file.

    `documents` are the app's own queries by the SHA-256 of their text: who likes a screen's figures may ask as it does.
    """
    return [
        Route("/data/kueri/{sha256}", _query(documents)),
        Route("/data/kunci.pem", _public_key(parts)),
        Route("/data/anggaran/{import_id}/{file}", _take(parts)),
    ]


def _query(documents: Mapping[str, str]) -> Answer:
    async def answer(request: Request) -> Response:
        text = documents.get(request.path_params["sha256"])
        return PlainTextResponse(text, headers=_OPEN) if text else _cross(refuse(404, "not_found", NO_QUERY))

    return answer


def _public_key(parts: Callable[[], Parts]) -> Answer:
    async def answer(_: Request) -> Response:
        pem = Signer(parts().keyring).public
        return Response(pem, media_type="application/x-pem-file", headers=_OPEN)

    return answer


def _take(parts: Callable[[], Parts]) -> Answer:
    async def answer(request: Request) -> Response:
        wait = await _wait(parts(), request)
        if wait > 0:
            return refuse(429, "rate_limited", SLOW, **{"Retry-After": rates.seconds(wait)})
        try:
            where, form, about = _asked(request)
            found = await exports.of_place(where, form, parts().documents, Signer(parts().keyring))
            return _about(found, about) if about else await _file(parts(), request, found)
        except (NotFound, Missing):
            return _cross(refuse(404, "not_found", NO_PLACE))
        except Unavailable:
            return _cross(refuse(503, "store_down", STORE, **{"Retry-After": "5"}))

    return answer


async def _wait(parts: Parts, request: Request) -> float:
    """Charge the network it is asked from; seconds to wait."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    address = rates.caller(peer, forwarded, trust_proxy=parts.settings.trust_proxy)
    return await parts.meter.anonymous(address, COST)


def _asked(request: Request) -> tuple[Where, ExportForm, str]:
    """The place, the form, and what of it: the file itself (""), its "sha256" or its "sig"; NotFound for all else."""
    name = request.path_params["file"]
    about = next((word for word in ("sha256", "sig") if name.endswith(f".{word}")), "")
    form = _FILES.get(name.removesuffix(f".{about}") if about else name)
    opd, code = request.query_params.get("opd", ""), request.query_params.get("code", "")
    try:
        import_id = UUID(request.path_params["import_id"])
    except ValueError:
        raise NotFound from None
    if form is None or "\x00" in opd + code or max(len(opd), len(code)) > MOST_LETTERS:
        raise NotFound
    return Where(import_id, opd, code), form, about


def _about(found: Export, about: str) -> Response:
    """What goes with a file: a line for `sha256sum -c`, or the signature as openssl reads it."""
    headers = _OPEN | {"Cache-Control": _FOREVER, "Content-Disposition": _named(f"{found.name}.{about}")}
    if about == "sha256":
        return PlainTextResponse(f"{found.sha256}  {found.name}\n", headers=headers)
    return Response(found.signature, media_type="application/octet-stream", headers=headers)


async def _file(parts: Parts, request: Request, found: Export) -> Response:
    headers = _OPEN | {
        "Cache-Control": _FOREVER,
        "ETag": f'"{found.sha256}"',
        "Content-Disposition": _named(found.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if found.sha256 in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(found.size)
    kind = MEDIA_TYPES[found.form]
    if request.method == "HEAD":
        return Response(media_type=kind, headers=headers)
    chunks = parts.documents.read(found.key)
    first = await anext(chunks, b"")
    return StreamingResponse(rest(first, chunks), media_type=kind, headers=headers)


def _named(name: str) -> str:
    # Years, stages and codes: nothing in it needs quoting.
    return f'attachment; filename="{name}"'


def _cross(answer: JSONResponse) -> JSONResponse:
    answer.headers.update(_OPEN)
    return answer
