"""What is wrong with a file: every fault with its line, column and value, so that a person can mend it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.core.texts import Text

KEPT_MOST = 1000
VALUE_MOST = 120


@dataclass(frozen=True)
class Fault:
    """One fault. `line` counts from 1 as a text editor does (0: the file as a whole); `column` is its heading."""

    line: int
    column: str
    code: str
    text: Text
    value: str = ""


@dataclass
class Faults:
    """The faults of a file: the first thousand in full, all of them counted."""

    count: int = 0
    kept: list[Fault] = field(default_factory=list)

    def add(self, line: int, column: str, code: str, text: Text, value: str = "") -> None:
        """Note a fault; a long value is shortened."""
        self.count += 1
        if len(self.kept) < KEPT_MOST:
            self.kept.append(Fault(line, column, code, text, value[:VALUE_MOST]))

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.kept)

    def __bool__(self) -> bool:
        return self.count > 0
