"""The present moment, which tests may set; everything else asks here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Jakarta")

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """The moment, timezone-aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The date in the city (WIB, UTC+7, no summer time)."""
    return now().astimezone(CITY_ZONE).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` inside the block (tests, replays)."""
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
