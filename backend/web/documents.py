"""Files in and out: one upload per ticket, streamed to the store; one download per ticket, as an attachment."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import structlog
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from backend.applications.uploads import DOWNLOAD, MOST_BYTES, UPLOAD
from backend.core import rates
from backend.core.texts import Text
from backend.core.tickets import TicketRefused
from backend.parts import Parts
from storage.documents import AlreadyThere, Missing, TooBig, Unavailable

FIELD_MOST = 8192
ENVELOPE = 16 * 1024
IDLE_SECONDS = 30.0
# Of one upload, in the currency of the API: a hall of people behind one line sends hundreds of pages at once.
COST = 5
log = structlog.get_logger()

BAD_TICKET = Text(
    "Izin unggah sudah lewat. Pilih berkasnya lagi.", "The upload ticket is over. Choose the file again."
)
BAD_FORM = Text("Unggahan tidak lengkap. Coba lagi.", "The upload is incomplete. Try again.")
TOO_BIG = Text("Berkas paling besar 10 MB.", "A file has at most 10 MB.")
STORE = Text(
    "Tempat berkas sedang tidak bisa dihubungi. Coba lagi sebentar.",
    "The file store cannot be reached. Try again soon.",
)
SLOW = Text(
    "Terlalu banyak unggahan dari sini. Coba lagi sebentar.", "Too many uploads from here. Try again soon."
)
GONE = Text("Tautan ini sudah lewat. Buka berkasnya lagi.", "This link is over. Open the file again.")


def refuse(status: int, code: str, text: Text, **headers: str) -> JSONResponse:
    """A 4xx or 503 with a code, in both languages."""
    body = {"code": code, "message": text.id, "messageEn": text.en}
    return JSONResponse(body, status, {"Cache-Control": "no-store"} | headers)


def upload(parts: Callable[[], Parts]) -> Callable[[Request], object]:
    """POST multipart/form-data: field `ticket`, then the bytes as part `file`. 204 when they are stored."""

    async def receive(request: Request) -> Response:
        wait = await _wait(parts(), request)
        if wait > 0:
            return refuse(429, "rate_limited", SLOW, **{"Retry-After": rates.seconds(wait)})
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            return refuse(415, "unsupported_media_type", BAD_FORM)
        return await _take(parts(), Form(boundary, request.stream()))

    return receive


async def _wait(parts: Parts, request: Request) -> float:
    """Charge the network the upload comes from; seconds to wait."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    address = rates.caller(peer, forwarded, trust_proxy=parts.settings.trust_proxy)
    return await parts.meter.anonymous(address, COST)


async def _take(parts: Parts, form: "Form") -> Response:
    try:
        ticket = parts.tickets.read(UPLOAD, await form.field("ticket"), "key", "media_type", "size")
        await _store(parts, ticket, form)
    except TicketRefused:
        return refuse(403, "bad_ticket", BAD_TICKET)
    except TimeoutError:
        return refuse(408, "too_slow", BAD_FORM)
    except (FormBroken, ValueError, ClientDisconnect):
        return refuse(400, "bad_form", BAD_FORM)
    except TooBig:
        return refuse(413, "file_too_large", TOO_BIG)
    except Unavailable:
        return refuse(503, "store_down", STORE)
    return Response(status_code=204)


async def _store(parts: Parts, ticket: dict[str, Any], form: "Form") -> None:
    limit = min(int(ticket["size"]), MOST_BYTES)
    try:
        await parts.documents.put(ticket["key"], form.file(), media_type=ticket["media_type"], limit=limit)
    except AlreadyThere:
        # The answer to an earlier try was lost: the bytes are there, confirmUpload compares their hash.
        log.info("upload repeated", upload=ticket["sub"])


class FormBroken(ValueError):
    """The multipart body ends early, is out of order, or holds more than it should."""


class Form:
    """Reads a multipart body as it streams in: small fields first, then the file, never whole in memory."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._name = b""
        self._header = b""
        self._headers: dict[bytes, bytes] = {}
        self._fields: dict[bytes, bytearray] = {}
        self._file: list[bytes] = []
        self._in_file = False
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda d, a, b: self._add_header(d[a:b]),
                "on_header_value": self._add_value,
                "on_header_end": self._header_done,
                "on_headers_finished": self._headers_done,
                "on_part_data": self._data,
                "on_end": self._end,
            },
            max_size=MOST_BYTES + ENVELOPE,
        )

    def _begin(self) -> None:
        self._headers, self._header = {}, b""

    def _add_header(self, data: bytes) -> None:
        self._header += data

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        name = self._header.lower()
        self._headers[name] = self._headers.get(name, b"") + data[start:end]

    def _header_done(self) -> None:
        self._header = b""

    def _headers_done(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"")
        self._in_file = self._name == b"file"

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._file.append(data[start:end])
            return
        field = self._fields.setdefault(self._name, bytearray())
        field += data[start:end]
        if len(field) > FIELD_MOST or len(self._fields) > 20:
            raise FormBroken("field too long")

    def _end(self) -> None:
        self._ended = True

    async def _feed(self) -> bool:
        """Parse one more chunk; False at the end of the body, TimeoutError when none comes."""
        async with asyncio.timeout(IDLE_SECONDS):
            async for chunk in self._body:
                if chunk:
                    self._parser.write(chunk)
                    return True
        return False

    async def field(self, name: str) -> str:
        """A field that stands before the file; FormBroken when there is none."""
        while not self._in_file:
            if not await self._feed():
                raise FormBroken("no file")
        value = self._fields.get(name.encode())
        if value is None:
            raise FormBroken(f"no field {name}")
        return value.decode("ascii")

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes; FormBroken when the body ends before the form does."""
        while True:
            while self._file:
                yield self._file.pop(0)
            if self._ended:
                return
            if not await self._feed():
                raise FormBroken("cut off")


def download(parts: Callable[[], Parts]) -> Callable[[Request], object]:
    """GET with a ticket in the path: the file, as an attachment that no browser renders from our origin."""

    async def send(request: Request) -> Response:
        try:
            ticket = parts().tickets.read(DOWNLOAD, request.path_params["ticket"], "media_type", "name")
        except TicketRefused:
            return refuse(403, "bad_ticket", GONE)
        chunks = parts().documents.read(ticket["sub"])
        try:
            first = await anext(chunks, b"")
        except Missing:
            return refuse(404, "not_found", GONE)
        except Unavailable:
            return refuse(503, "store_down", STORE)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(str(ticket['name']))}",
            "Cache-Control": "no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return StreamingResponse(rest(first, chunks), media_type=ticket["media_type"], headers=headers)

    return send


async def rest(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream whose first piece was looked at already."""
    yield first
    async for chunk in chunks:
        yield chunk
