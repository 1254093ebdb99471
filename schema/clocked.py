"""How long a request keeps the processor busy: the steps of its coroutine, without what it waits for."""

from collections.abc import Callable, Coroutine, Generator
from time import thread_time
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Clocked(Generic[T]):
    """Awaits a coroutine and adds up the seconds of its steps; tasks it starts beside itself are not counted."""

    def __init__(self, inner: Coroutine[Any, Any, T]) -> None:
        self._inner = inner
        self.seconds = 0.0

    def __await__(self) -> Generator[Any, Any, T]:
        step: Callable[[Any], Any] = self._inner.send
        given: Any = None
        while True:
            began = thread_time()
            try:
                found = step(given)
            except StopIteration as done:
                result: T = done.value
                return result
            finally:
                self.seconds += thread_time() - began
            step, given = self._inner.send, None
            try:
                given = yield found
            except BaseException as error:
                # A cancellation, or what the awaited future raised: the coroutine decides what becomes of it.
                step, given = self._inner.throw, error
