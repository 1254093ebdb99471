"""Every setting of a running Lugas, read once from the environment and passed down."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

DEFAULT_PUSH_HOSTS = (
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
)

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingError(ValueError):
    """A setting that cannot be used; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """Settings with their defaults; `.env.example` and docs/operations.md list the same names."""

    environment: Literal["development", "production"] = "development"
    home: Path = Path(".lugas")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"
    database_url: str | None = None
    storage_url: str = ""
    root_key_file: Path | None = None
    code_gateway_url: str | None = None
    code_gateway_token: str | None = None
    show_codes: bool = False
    demo: bool = True
    pwa_folder: Path = Path("pwa/dist")
    push_hosts: tuple[str, ...] = tuple(DEFAULT_PUSH_HOSTS.split(","))
    push_subject: str = "mailto:lugas@example.invalid"
    database_pool: int = 8
    trust_proxy: bool = False
    log_level: str = "INFO"

    @property
    def key_file(self) -> Path:
        return self.root_key_file or self.home / "secrets" / "root.key"

    @property
    def storage(self) -> str:
        return self.storage_url or f"dir:{self.home / 'documents'}"

    @staticmethod
    def from_env(env: Mapping[str, str] | None = None) -> "Settings":
        """Read LUGAS_* variables; raise SettingError on a value that cannot be meant."""
        env = os.environ if env is None else env
        get = {k.removeprefix("LUGAS_"): v for k, v in env.items() if k.startswith("LUGAS_") and v}
        environment = get.get("ENVIRONMENT", "development")
        if environment not in ("development", "production"):
            raise SettingError("LUGAS_ENVIRONMENT is development or production")
        development = environment == "development"
        host = get.get("HOST", "127.0.0.1")
        port = _whole(get, "PORT", 8000, 1, 65535)
        root_key = get.get("ROOT_KEY_FILE")
        if not development and not get.get("DATABASE_URL"):
            raise SettingError(
                "LUGAS_DATABASE_URL is needed in production: the embedded server is not for it"
            )
        return Settings(
            environment=cast(Literal["development", "production"], environment),
            home=Path(get.get("HOME", ".lugas")).expanduser().absolute(),
            host=host,
            port=port,
            public_url=get.get("PUBLIC_URL", f"http://localhost:{port}").rstrip("/"),
            database_url=get.get("DATABASE_URL"),
            storage_url=get.get("STORAGE_URL", ""),
            root_key_file=Path(root_key).expanduser() if root_key else None,
            code_gateway_url=get.get("CODE_GATEWAY_URL"),
            code_gateway_token=get.get("CODE_GATEWAY_TOKEN"),
            show_codes=development and _yes(get, "DEV_CODES", default=host in LOOPBACK),
            demo=development and _yes(get, "DEMO", default=True),
            pwa_folder=Path(get.get("PWA_FOLDER", "pwa/dist")).absolute(),
            push_hosts=tuple(
                h.strip() for h in get.get("PUSH_HOSTS", DEFAULT_PUSH_HOSTS).split(",") if h.strip()
            ),
            push_subject=get.get("PUSH_SUBJECT", "mailto:lugas@example.invalid"),
            trust_proxy=_yes(get, "TRUST_PROXY", default=False),
            database_pool=_whole(get, "DATABASE_POOL", 8, 2, 100),
            log_level=get.get("LOG_LEVEL", "INFO").upper(),
        )


def _whole(get: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = get.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingError(f"LUGAS_{name} is a whole number from {low} to {high}")
    return int(text)


def _yes(get: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = get.get(name)
    if text is None:
        return default
    if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
        raise SettingError(f"LUGAS_{name} is 1 or 0")
    return text.lower() in ("1", "true", "yes")
