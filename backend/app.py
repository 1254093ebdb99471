"""The roof: settings, storage, schema and web joined into one Starlette application."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import database
from backend.core import kept
from backend.core.problems import Busy
from backend.logs import set_up_logs
from backend.parts import Parts, open_parts
from backend.services import queries as catalogue
from backend.settings import Settings
from backend.web import budget, development, documents, explorer, health, oauth, taking
from backend.web import parts as file_parts
from backend.web.middleware import SecurityHeaders, busy
from backend.web.pwa import App
from schema.answers import Answers
from schema.build import build_schema
from schema.documents import load_manifest, trusted
from schema.endpoint import Endpoint
from schema.live import Live


class House(Starlette):
    """The application. What asks the API goes straight to it: routing costs more than its quickest answers."""

    def __init__(self, *, api: ASGIApp, **given: Any) -> None:
        super().__init__(**given)
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP at /graphql to the API, everything else through the routes."""
        if scope["type"] == "http" and scope["path"] == "/graphql":
            await self._api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings, parts: Parts | None = None) -> Starlette:
    """The application. With `parts` given (tests), the database is the caller's and nothing is opened here."""
    opened: dict[str, Parts] = {"parts": parts} if parts else {}

    def get() -> Parts:
        return opened["parts"]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if parts is not None:
            yield
            return
        url = database.url_of(settings)
        await database.connect(url, pool=settings.database_pool)
        try:
            async with open_parts(settings) as made, made.feed.listening(database.apart(url)):
                opened["parts"] = made
                kept.follow(made.feed.version if settings.keep_reference else None)
                await catalogue.bring_at_hand()
                _leave_to_rest()
                yield
                await live.close()
        finally:
            kept.follow(None)
            await database.disconnect()

    schema, known = build_schema(), trusted(load_manifest())
    live = Live(schema, get, origins_of(settings), known, settings.limits)
    answers = Answers(settings.answers_mib)
    endpoint = Endpoint(schema, get, origins_of(settings), known, settings.limits, answers)
    return House(
        api=SecurityHeaders(endpoint, settings),
        routes=_routes(settings, get, live, known),
        middleware=[Middleware(SecurityHeaders, settings=settings)],
        exception_handlers={Busy: busy},
        lifespan=lifespan,
    )


def _leave_to_rest() -> None:
    """What is loaded by now stays for ever: the collector need not walk it (100 ms) again and again."""
    gc.collect()
    gc.freeze()


def _routes(
    settings: Settings, get: Callable[[], Parts], live: Live, known: Mapping[str, str]
) -> list[Route]:
    routes: list[Any] = [
        WebSocketRoute("/graphql", live),
        Route("/documents/upload", documents.upload(get), methods=["POST"]),
        Route(
            "/documents/parts/{upload}/{number}", file_parts.keep(get, origins_of(settings)), methods=["PUT"]
        ),
        Route(
            "/documents/budget/{upload}/{number}",
            file_parts.keep(get, origins_of(settings), file_parts.BUDGET),
            methods=["PUT"],
        ),
        Route("/documents/budget/{upload}/faults.csv", budget.faults(get), methods=["GET"]),
        Route("/documents/{ticket}", documents.download(get), methods=["GET"]),
        Route("/oauth/token", oauth.token(get), methods=oauth.METHODS),
        Route("/oauth/jwks.json", oauth.key_set(get), methods=["GET"]),
        Route("/.well-known/oauth-authorization-server", oauth.metadata(get), methods=["GET"]),
        *taking.routes(get, known),
        *explorer.routes(page=settings.graphiql),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready(get)),
    ]
    if settings.metrics:
        routes.append(Route("/metrics", health.metrics))
    if settings.show_codes:
        routes.append(Route("/dev/codes", development.codes(get)))
    return [*routes, Route("/{path:path}", App(settings.pwa_folder).answer)]


def origins_of(settings: Settings) -> frozenset[str]:
    """Where the app itself may be served from; in development also by this machine's other names."""
    local = {f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"}
    return frozenset({settings.public_url} | (local if settings.environment == "development" else set()))


def from_environment() -> Starlette:
    """What the server process calls."""
    settings = Settings.from_env()
    set_up_logs(settings.log_level)
    return create_app(settings)
