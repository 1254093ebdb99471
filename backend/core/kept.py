"""What is small, the same for everyone and seldom changed is kept in memory for as long as its data version stands.

The versions come from the feed (`backend/core/feed.py`) of a serving process. Without one, or while it does not
hear, there is no version, and everything is read anew each time.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
Versions = tuple[int, ...]
_follow: list[Callable[[str], int | None]] = []
_clear: list[Callable[[], None]] = []


def follow(version: Callable[[str], int | None] | None) -> None:
    """Trust `version(topic)`, a number that is another one whenever the topic may have changed; None: nobody."""
    _follow[:] = [version] if version else []
    forget()


def forget() -> None:
    """Read everything anew at the next need."""
    for clear in _clear:
        clear()


def on_forget(clear: Callable[[], None]) -> None:
    """Have something of one's own cleared with the rest."""
    _clear.append(clear)


def version_of(topic: str) -> int | None:
    """The version of a topic now; None when it is not known."""
    return _follow[0](topic) if _follow else None


class Kept(Generic[T]):
    """Values that were read under the versions of some topics, by key; the newest `most` of them."""

    def __init__(self, *topics: str, most: int = 1) -> None:
        self._topics = topics
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Versions, T]] = OrderedDict()
        on_forget(self._kept.clear)

    def at_hand(self, key: Hashable = None) -> T | None:
        """The value, if it still stands."""
        versions = self._versions()
        held = self._kept.get(key)
        return held[1] if held is not None and versions is not None and held[0] == versions else None

    async def get(self, read: Callable[[], Awaitable[T]], key: Hashable = None) -> T:
        """The value; read when it is not kept. The versions are taken before the reading."""
        versions = self._versions()
        held = self._kept.get(key)
        if held is not None and versions is not None and held[0] == versions:
            return held[1]
        found = await read()
        if versions is not None:
            self._kept[key] = (versions, found)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found

    def _versions(self) -> Versions | None:
        found = tuple(version_of(t) for t in self._topics)
        return None if None in found else found  # type: ignore[return-value]
