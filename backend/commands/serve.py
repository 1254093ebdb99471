"""The web server: one process, slow headers cut off."""

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from backend.settings import Settings

HEADER_MILLISECONDS = 5_000


def main(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM."""
    Server(
        "backend.app:from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_access=False,
        respawn_failed_workers=False,
    ).serve()
    return 0
