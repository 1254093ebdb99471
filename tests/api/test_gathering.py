"""A refused field beside others under way: the answer is the refusal, and no work is left lying about."""

import asyncio
import gc
import warnings
from collections.abc import Coroutine
from typing import Any

import pytest

from schema import gathering
from tests.city import City

REFUSED = "{ opds { code services { code queueLength measured { cases } } } inbox(first: 50) { totalCount } }"


async def test_a_refused_field_beside_others_leaves_no_coroutine_unawaited(city: City) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        answer = await city.nobody.post(REFUSED)
        # The loop lets go of ended tasks at its next turn.
        await asyncio.sleep(0)
        gc.collect()

    assert [error["path"] for error in answer.json()["errors"]] == [["inbox"]]
    assert [str(w.message) for w in seen if "never awaited" in str(w.message)] == []


async def test_all_are_waited_for_and_the_first_exception_is_told() -> None:
    ended: list[str] = []

    async def refuse(words: str) -> None:
        ended.append(words)
        raise ValueError(words)

    async def work() -> str:
        ended.append("work")
        return "done"

    with pytest.raises(ValueError, match="first"):
        await gathering.gather(refuse("first"), work(), refuse("second"))
    assert ended == ["first", "work", "second"]
    assert await gathering.gather(work(), work()) == ["done", "done"]


async def test_fields_that_are_given_up_before_their_first_step_leave_no_coroutine_unawaited() -> None:
    # given fields that wait for something, nested as graphql-core nests them
    async def field() -> None:
        await asyncio.sleep(60)

    async def completed(inner: Coroutine[Any, Any, None]) -> None:
        await inner

    async def both() -> None:
        await gathering.gather(completed(field()), completed(field()))

    gc.collect()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        request = asyncio.ensure_future(gathering.gather(both(), completed(field())))
        await asyncio.sleep(0)

        # when the time is up in the very turn in which they were made
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        del request
        gc.collect()

    # then all were told, and nothing is left
    assert [str(w.message) for w in seen if "never awaited" in str(w.message)] == []


def test_another_graphql_core_without_the_name_fails_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "REPLACED", "gone")
    with pytest.raises(RuntimeError, match="no longer has gone"):
        gathering.install()
