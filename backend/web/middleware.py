"""Headers that every answer carries: what a page may load, and that nothing is guessed or framed."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.texts import Text
from backend.settings import Settings

FULL = Text("Peladen sedang penuh. Coba lagi sebentar.", "The server is full. Try again in a moment.")


def security_headers(settings: Settings) -> Mapping[str, str]:
    """The headers for these settings; uploads to S3 go straight to the store, so its origin may be called."""
    store = f" {store_origin(settings.storage)}" if settings.storage.startswith("s3:") else ""
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
        f"connect-src 'self'{store}; worker-src 'self'; manifest-src 'self'; object-src 'none'; frame-src 'none'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def store_origin(address: str) -> str:
    """Where a browser posts files: the store's public address when it has one, else its own."""
    inner = urlsplit(address.removeprefix("s3:"))
    public = parse_qs(inner.query).get("public")
    parts = urlsplit(public[0]) if public else inner
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


async def busy(_: Request, __: Exception) -> JSONResponse:
    """The answer when no connection to the database came free in time."""
    said = {"code": "busy", "error": "temporarily_unavailable", "message": FULL.id, "messageEn": FULL.en}
    return JSONResponse(said, 503, {"Retry-After": "1", "Cache-Control": "no-store"})


class SecurityHeaders:
    """Adds the headers to every HTTP answer that does not set them itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._headers = [(n.lower().encode(), v.encode()) for n, v in security_headers(settings).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                added = [pair for pair in self._headers if pair[0] not in given]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self.app(scope, receive, guarded)
