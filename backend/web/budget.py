"""The faults of a refused file of the budget, as a table to take away."""

from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from backend.budget import treasury
from backend.core.problems import NotFound
from backend.core.texts import Text
from backend.identity.queries import actor_of
from backend.identity.sessions import COOKIE
from backend.parts import Parts
from backend.web.documents import refuse
from backend.web.parts import wait_of

COST = 5
UNKNOWN = Text("Berkas ini tidak ditemukan.", "There is no such file.")


def faults(parts: Callable[[], Parts]) -> Callable[[Request], object]:
    """GET: text/csv of an import's faults, at most a thousand. 404 for whoever may not see it, 429 to wait."""

    async def send(request: Request) -> Response:
        actor = await actor_of(request.cookies.get(COOKIE), None)
        wait = await wait_of(parts(), request, actor, COST)
        if wait is not None:
            return wait
        try:
            row = await treasury.by_id(actor, _id(request))
        except NotFound:
            row = None
        if row is None:
            return refuse(404, "not_found", UNKNOWN)
        name = quote(f"{row.file_name.rpartition('.')[0] or row.file_name}-kesalahan.csv")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
        }
        body = treasury.faults_csv(row, actor.locale)
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    return send


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["upload"])
    except ValueError:
        raise NotFound from None
