"""Every setting of a running Lugas, read once from the environment and passed down."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

DEFAULT_PUSH_HOSTS = (
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
)

_BUCKET = re.compile(r"([0-9]{1,12}):([0-9]{1,12}(?:\.[0-9]{1,6})?)")

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingError(ValueError):
    """A setting that cannot be used; the message names the variable."""


@dataclass(frozen=True)
class Limits:
    """The published bounds of one request (docs/api.md); start values measured in the lab."""

    depth: int = 12
    fields: int = 500
    aliases: int = 30
    directives: int = 30
    query_roots: int = 10
    mutation_roots: int = 1
    fragments: int = 40
    operations: int = 3
    cost: int = 5000
    list_items: int = 100
    ids: int = 50
    tokens: int = 2000
    seconds: int = 5


@dataclass(frozen=True)
class Bucket:
    """How much cost may come at once, and how much runs off each second."""

    burst: int
    per_second: float


@dataclass(frozen=True)
class Rates:
    """The buckets of who may ask. An address may stand for a whole kampung behind one line, a person is one.

    A process may hold one of `leases` parts of a bucket for a few seconds; 0 writes every request down.
    """

    anonymous: Bucket = Bucket(4000, 100.0)
    person: Bucket = Bucket(3000, 30.0)
    device: Bucket = Bucket(2000, 20.0)
    client: Bucket = Bucket(10_000, 200.0)
    leases: int = 40


@dataclass(frozen=True)
class Sockets:
    """How many sockets for live updates one process keeps open: in all, of one network, of one person."""

    process: int = 2000
    network: int = 300
    person: int = 10


@dataclass(frozen=True)
class LadderTimes:
    """How many working minutes a letter may wait for each rung: reminder, deputy, regional secretary, mayor."""

    minutes: tuple[int, int, int, int] = (240, 480, 960, 1440)


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
    signer: str = "development"
    signature_level: Literal["B-B", "B-T", "B-LT", "B-LTA"] = "B-B"
    timestamp_url: str = ""
    timestamp_roots: Path | None = None
    root_key_file: Path | None = None
    code_gateway_url: str | None = None
    code_gateway_token: str | None = None
    staff_device_keys: bool = False
    show_codes: bool = False
    demo: bool = True
    pwa_folder: Path = Path("pwa/dist")
    push_hosts: tuple[str, ...] = tuple(DEFAULT_PUSH_HOSTS.split(","))
    push_subject: str = "mailto:lugas@example.invalid"
    database_pool: int = 8
    trust_proxy: bool = False
    metrics: bool = False
    keep_reference: bool = True
    graphiql: bool = False
    limits: Limits = Limits()
    rates: Rates = Rates()
    sockets: Sockets = Sockets()
    answers_mib: int = 32
    assisted_weekly: int = 5
    ladder: LadderTimes = LadderTimes()
    log_level: str = "INFO"

    @property
    def key_file(self) -> Path:
        return self.root_key_file or self.home / "secrets" / "root.key"

    @property
    def signing_keys(self) -> Path:
        return self.home / "secrets" / "signing"

    @property
    def passphrases(self) -> Path:
        return self.home / "run"

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
            signer=get.get("SIGNER", "development"),
            **_signature(get),
            root_key_file=Path(root_key).expanduser() if root_key else None,
            code_gateway_url=get.get("CODE_GATEWAY_URL"),
            code_gateway_token=get.get("CODE_GATEWAY_TOKEN"),
            staff_device_keys=_yes(get, "STAFF_DEVICE_KEYS", default=False),
            show_codes=development and _yes(get, "DEV_CODES", default=host in LOOPBACK),
            demo=development and _yes(get, "DEMO", default=True),
            pwa_folder=Path(get.get("PWA_FOLDER", "pwa/dist")).absolute(),
            push_hosts=tuple(
                h.strip() for h in get.get("PUSH_HOSTS", DEFAULT_PUSH_HOSTS).split(",") if h.strip()
            ),
            push_subject=get.get("PUSH_SUBJECT", "mailto:lugas@example.invalid"),
            metrics=_yes(get, "METRICS", default=False),
            keep_reference=_yes(get, "KEEP_REFERENCE", default=True),
            trust_proxy=_yes(get, "TRUST_PROXY", default=False),
            database_pool=_whole(get, "DATABASE_POOL", 8, 2, 100),
            graphiql=_yes(get, "GRAPHIQL", default=False),
            limits=_limits(get),
            rates=_rates(get),
            sockets=Sockets(
                process=_whole(get, "SOCKETS", 2000, 1, 100_000),
                network=_whole(get, "SOCKETS_PER_NETWORK", 300, 1, 100_000),
                person=_whole(get, "SOCKETS_PER_PERSON", 10, 1, 1000),
            ),
            answers_mib=_whole(get, "ANSWERS_MIB", 32, 0, 4096),
            assisted_weekly=_whole(get, "ASSISTED_WEEKLY", 5, 0, 1000),
            ladder=_ladder(get),
            log_level=get.get("LOG_LEVEL", "INFO").upper(),
        )


def _signature(get: Mapping[str, str]) -> dict[str, Any]:
    """The level of signatures, and who tells the time for those above B-B."""
    level, url = get.get("SIGNATURE_LEVEL", ""), get.get("TIMESTAMP_URL", "")
    roots = get.get("TIMESTAMP_ROOTS", "")
    if level not in ("", "B-B", "B-T", "B-LT", "B-LTA"):
        raise SettingError("LUGAS_SIGNATURE_LEVEL is B-B, B-T, B-LT or B-LTA")
    if level not in ("", "B-B") and not (url and roots):
        raise SettingError(
            f"LUGAS_SIGNATURE_LEVEL={level} needs LUGAS_TIMESTAMP_URL and LUGAS_TIMESTAMP_ROOTS"
        )
    return {
        "signature_level": level or "B-B",
        "timestamp_url": url,
        "timestamp_roots": Path(roots) if roots else None,
    }


def _limits(get: Mapping[str, str]) -> Limits:
    """The guard's bounds; each may be lowered to 1, and raised where the machine can bear it."""
    most = 1_000_000
    return Limits(
        depth=_whole(get, "LIMIT_DEPTH", 12, 1, 40),
        fields=_whole(get, "LIMIT_FIELDS", 500, 1, most),
        aliases=_whole(get, "LIMIT_ALIASES", 30, 1, most),
        directives=_whole(get, "LIMIT_DIRECTIVES", 30, 1, most),
        query_roots=_whole(get, "LIMIT_QUERY_ROOTS", 10, 1, most),
        mutation_roots=_whole(get, "LIMIT_MUTATION_ROOTS", 1, 1, 1),
        fragments=_whole(get, "LIMIT_FRAGMENTS", 40, 1, most),
        operations=_whole(get, "LIMIT_OPERATIONS", 3, 1, most),
        cost=_whole(get, "LIMIT_COST", 5000, 1, most),
        list_items=_whole(get, "LIMIT_LIST_ITEMS", 100, 1, most),
        ids=_whole(get, "LIMIT_IDS", 50, 1, most),
        tokens=_whole(get, "LIMIT_TOKENS", 2000, 1, most),
        seconds=_whole(get, "LIMIT_SECONDS", 5, 1, 60),
    )


def _ladder(get: Mapping[str, str]) -> LadderTimes:
    """Four numbers of working minutes, each larger than the one before: 240,480,960,1440."""
    text = get.get("LADDER_MINUTES")
    if text is None:
        return LadderTimes()
    found = [int(part) for part in text.split(",") if part.isascii() and part.isdigit()]
    if len(found) != len(text.split(",")) or len(found) != 4 or sorted(set(found)) != found:
        raise SettingError("LUGAS_LADDER_MINUTES is four rising numbers, such as 240,480,960,1440")
    return LadderTimes((found[0], found[1], found[2], found[3]))


def _rates(get: Mapping[str, str]) -> Rates:
    return Rates(
        anonymous=_bucket(get, "RATE_ANONYMOUS", Rates.anonymous),
        person=_bucket(get, "RATE_PERSON", Rates.person),
        device=_bucket(get, "RATE_DEVICE", Rates.device),
        client=_bucket(get, "RATE_CLIENT", Rates.client),
        leases=_whole(get, "RATE_LEASES", 40, 0, 1000),
    )


def _bucket(get: Mapping[str, str], name: str, default: Bucket) -> Bucket:
    """burst:per_second, such as 4000:100."""
    text = get.get(name)
    if text is None:
        return default
    found = _BUCKET.fullmatch(text)
    if found is None or int(found[1]) == 0 or float(found[2]) <= 0:
        raise SettingError(
            f"LUGAS_{name} is burst:per_second, such as {default.burst}:{default.per_second:g}"
        )
    return Bucket(int(found[1]), float(found[2]))


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
