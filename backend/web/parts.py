"""Parts of files: PUT one part of an upload, bounded while it streams, kept when its hash is right."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from backend.applications import file_parts
from backend.budget import arriving
from backend.core import rates
from backend.core.actors import Actor
from backend.core.problems import Conflict, InvalidInput, NotFound
from backend.core.texts import Text
from backend.identity.queries import actor_of
from backend.identity.sessions import COOKIE
from backend.parts import Parts
from backend.web.documents import IDLE_SECONDS, SLOW, STORE, refuse
from storage.documents import Documents, Unavailable

MEDIA_TYPE = "application/octet-stream"
HASH = "x-part-sha256"

SIGN_IN = Text("Masuk dulu dengan nomor HP Anda.", "Sign in with your phone number first.")
FOREIGN = Text("Permintaan ini bukan dari aplikasi Lugas.", "This request is not from the app.")
UNKNOWN = Text("Unggahan ini tidak dikenal. Mulai lagi.", "Unknown upload. Start again.")
TOO_LONG = Text("Bagian ini terlalu panjang.", "This part is too long.")
BAD_TYPE = Text("Kirim bagian berkas apa adanya.", "Send the part as plain bytes.")
CUT_OFF = Text("Bagian ini terputus. Kirim lagi.", "This part was cut off. Send it again.")


class _TooLong(Exception):
    """More bytes came than the part has."""


class Sized(Protocol):
    """Where a part goes: it has so many bytes."""

    @property
    def size(self) -> int: ...


P = TypeVar("P", bound=Sized)


@dataclass(frozen=True)
class Door(Generic[P]):
    """Which files come through: how the place of a part is found, how it is kept, and what one part costs."""

    place: Callable[[Actor, UUID, int], Awaitable[P]]
    keep: Callable[[P, str, bytes, Documents], Awaitable[None]]
    cost: int


# In the currency of the API: a page of 10 MB are 40 parts of 256 KiB, a budget of 1 GiB 512 parts of 2 MiB.
PAGES = Door(file_parts.place, file_parts.keep, 2)
BUDGET = Door(arriving.place, arriving.keep, 4)


def keep(
    parts: Callable[[], Parts], origins: frozenset[str], door: Door[Any] = PAGES
) -> Callable[[Request], object]:
    """PUT application/octet-stream with X-Part-SHA256 (hex). 204 when the part is kept, also the second time.

    401 without a session, 403 from a foreign origin, 404 for an upload of another, 408 when nothing more comes,
    409 for other bytes under the number, 413 too long, 415 another type, 422 another hash, 429 and 503 to wait.
    """

    async def take(request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        if token and request.headers.get("origin") not in origins:
            return refuse(403, "foreign_origin", FOREIGN)
        actor = await actor_of(token, None)
        wait = await wait_of(parts(), request, actor, door.cost)
        if wait is not None:
            return wait
        if not actor.is_signed_in:
            return refuse(401, "sign_in", SIGN_IN)
        if request.headers.get("content-type", "").partition(";")[0].strip() != MEDIA_TYPE:
            return refuse(415, "unsupported_media_type", BAD_TYPE)
        return await _keep(parts(), request, actor, door)

    return take


async def wait_of(parts: Parts, request: Request, actor: Actor, cost: int) -> Response | None:
    """Charge the person, or the network of whoever is none; 429 when they have to wait."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    address = rates.caller(peer, forwarded, trust_proxy=parts.settings.trust_proxy)
    wait = await parts.meter.actor(actor, address, cost)
    if wait <= 0:
        return None
    return refuse(429, "rate_limited", SLOW, **{"Retry-After": rates.seconds(wait)})


async def _keep(parts: Parts, request: Request, actor: Actor, door: Door[Any]) -> Response:
    try:
        where = await door.place(actor, *_named(request))
        data = await _read(request, where.size)
        await door.keep(where, request.headers.get(HASH, ""), data, parts.documents)
    except NotFound:
        return refuse(404, "not_found", UNKNOWN)
    except _TooLong:
        return refuse(413, "part_too_large", TOO_LONG)
    except InvalidInput as problem:
        return refuse(422, problem.code, file_parts.HASH_DIFFERS)
    except Conflict as problem:
        return refuse(409, problem.code, problem.text)
    except (TimeoutError, ClientDisconnect):
        return refuse(408, "too_slow", CUT_OFF)
    except Unavailable:
        return refuse(503, "store_down", STORE, **{"Retry-After": "5"})
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _named(request: Request) -> tuple[UUID, int]:
    """The upload and the part's number in the path; NotFound for anything else."""
    number = request.path_params["number"]
    try:
        upload = UUID(request.path_params["upload"])
    except ValueError:
        raise NotFound from None
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise NotFound
    return upload, int(number)


async def _read(request: Request, most: int) -> bytes:
    """The body, at most `most` bytes; _TooLong past them, TimeoutError when nothing comes for half a minute."""
    data = bytearray()
    stream = request.stream()
    while True:
        async with asyncio.timeout(IDLE_SECONDS):
            chunk = await anext(stream, None)
        if chunk is None:
            return bytes(data)
        data += chunk
        if len(data) > most:
            raise _TooLong
