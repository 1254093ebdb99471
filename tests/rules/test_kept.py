"""What is kept in memory stands exactly as long as its data version does."""

from collections.abc import Iterator

import pytest

from backend.core import kept
from backend.core.kept import Kept


class Source:
    """Counts its readings and can change while it is read."""

    def __init__(self) -> None:
        self.versions: dict[str, int | None] = {"city": 1, "money": 1}
        self.readings = 0
        self.moves_while_read = False

    async def read(self) -> int:
        self.readings += 1
        if self.moves_while_read:
            self.versions["city"] = (self.versions["city"] or 0) + 1
        return self.readings


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    kept.follow(made.versions.get)
    yield made
    kept.follow(None)


async def test_a_value_is_read_once_while_its_version_stands(source: Source) -> None:
    values: Kept[int] = Kept("city")
    assert [await values.get(source.read) for _ in range(3)] == [1, 1, 1]
    assert values.at_hand() == 1


@pytest.mark.parametrize("topic", ["city", "money"])
async def test_a_value_of_two_topics_goes_when_either_moves(source: Source, topic: str) -> None:
    values: Kept[int] = Kept("city", "money")
    await values.get(source.read)
    source.versions[topic] = 2
    assert values.at_hand() is None
    assert await values.get(source.read) == 2


async def test_without_a_version_everything_is_read_anew(source: Source) -> None:
    values: Kept[int] = Kept("city")
    await values.get(source.read)
    source.versions["city"] = None
    assert [await values.get(source.read) for _ in range(2)] == [2, 3]
    assert values.at_hand() is None


async def test_what_changed_while_it_was_read_is_read_again(source: Source) -> None:
    values: Kept[int] = Kept("city")
    source.moves_while_read = True
    await values.get(source.read)
    source.moves_while_read = False
    assert await values.get(source.read) == 2
    assert await values.get(source.read) == 2


async def test_only_the_newest_keys_are_kept(source: Source) -> None:
    values: Kept[int] = Kept("city", most=2)
    for key in ("a", "b", "c"):
        await values.get(source.read, key)
    assert [values.at_hand(key) for key in ("a", "b", "c")] == [None, 2, 3]


async def test_forgetting_reads_anew(source: Source) -> None:
    values: Kept[int] = Kept("city")
    await values.get(source.read)
    kept.forget()
    assert await values.get(source.read) == 2
