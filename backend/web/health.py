"""Whether the process lives, and whether it can serve: database and file store answer."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tortoise.connection import get_connection

from backend.core.metrics import page
from backend.parts import Parts

SECONDS = 3.0


async def live(_: Request) -> JSONResponse:
    """200 as long as the event loop turns."""
    return JSONResponse({"live": True})


def ready(parts: Callable[[], Parts]) -> Callable[[Request], object]:
    """200 when everything needed answers within 3 seconds, else 503 that names what does not."""

    async def answer(_: Request) -> JSONResponse:
        checks = {
            "database": await _within(_database()),
            "documents": await _within(parts().documents.ready()),
        }
        return JSONResponse({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    return answer


async def metrics(_: Request) -> Response:
    """Counters in Prometheus' text format, where a setting allows it: for the operator's network alone."""
    return Response(page(), media_type="text/plain; version=0.0.4")


async def _database() -> bool:
    await get_connection("default").execute_query("SELECT 1")
    return True


async def _within(check: object) -> bool:
    try:
        return bool(await asyncio.wait_for(check, SECONDS))  # type: ignore[arg-type]
    except Exception:
        return False
