"""The schema as a file, and behind a setting a small page of our own to try queries with: nothing from elsewhere."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "graphiql"
SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"
_FILES = {
    "/graphiql": ("index.html", "text/html"),
    "/graphiql/graphiql.js": ("graphiql.js", "text/javascript"),
    "/graphiql/graphiql.css": ("graphiql.css", "text/css"),
}


def routes(*, page: bool) -> list[Route]:
    """GET /schema.graphql always, since introspection is on; the page where LUGAS_GRAPHIQL says so."""
    found = [Route("/schema.graphql", schema)]
    return found + ([Route(path, graphiql) for path in _FILES] if page else [])


async def schema(_: Request) -> Response:
    """The SDL that is served: every type and field with its scope and cost."""
    return FileResponse(SDL, media_type="text/plain; charset=utf-8")


async def graphiql(request: Request) -> Response:
    """One of the page's three files."""
    name, kind = _FILES[request.url.path]
    return FileResponse(FOLDER / name, media_type=f"{kind}; charset=utf-8")
