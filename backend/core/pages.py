"""Keyset paging: opaque cursors over (sort value, id), never offsets, never more than fifty rows."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson

from backend.core.problems import InvalidInput

MOST = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Window:
    """What the caller asked for: how many rows, after which keys (in sort order)."""

    first: int
    after: tuple[object, ...] | None

    @staticmethod
    def of(first: int, after: str | None) -> "Window":
        """Clamp `first` to 1..50 and read the cursor; InvalidInput when the cursor is not ours."""
        if first < 1:
            raise InvalidInput.at("first", "Jumlah baris paling sedikit 1.", "At least 1 row.")
        return Window(min(first, MOST), _read(after) if after else None)

    def read(self, *kinds: Callable[[str], Any]) -> "Window":
        """The same window with its cursor's keys read as what this list sorts by."""
        return replace(self, after=self.keys(*kinds))

    def keys(self, *kinds: Callable[[str], Any]) -> tuple[Any, ...] | None:
        """The cursor's keys as what this list sorts by; InvalidInput when it is the cursor of another list."""
        if self.after is None:
            return None
        try:
            return tuple(kind(str(key)) for kind, key in zip(kinds, self.after, strict=True))
        except (ValueError, OverflowError):
            raise _bad_cursor() from None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows in order, how each one's cursor is made, and whether more follow."""

    rows: Sequence[Row]
    keys: Callable[[Row], tuple[object, ...]]
    has_next: bool

    @staticmethod
    def cut(rows: Sequence[Row], window: Window, keys: Callable[[Row], tuple[object, ...]]) -> "Page[Row]":
        """Make a page of up to first + 1 rows as they came from the database."""
        return Page(rows[: window.first], keys, len(rows) > window.first)

    def cursor_at(self, place: int) -> str:
        """The cursor after the row at a place."""
        return cursor(*self.keys(self.rows[place]))

    @property
    def cursors(self) -> list[str]:
        return [self.cursor_at(n) for n in range(len(self.rows))]

    @property
    def end(self) -> str | None:
        """Where the next page goes on; None on an empty page."""
        return self.cursor_at(len(self.rows) - 1) if self.rows else None


def within(rows: int) -> int:
    """How many rows of a list at most: what was asked for, at least 1 and at most 50."""
    return max(1, min(rows, MOST))


def moment(text: str) -> datetime:
    """A point in time out of a cursor, in UTC; ValueError without a time zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found.astimezone(UTC)


def cursor(*keys: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(keys, default=str)).decode().rstrip("=")


def _read(text: str) -> tuple[object, ...]:
    try:
        keys = orjson.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error
    if (
        len(text) > 400
        or not isinstance(keys, list)
        or not all(isinstance(k, str | int | float) for k in keys)
    ):
        raise _bad_cursor()
    return tuple(keys)


def _bad_cursor() -> InvalidInput:
    return InvalidInput.at(
        "after", "Penanda halaman tidak dikenal. Muat ulang daftar.", "Unknown cursor. Reload the list."
    )
