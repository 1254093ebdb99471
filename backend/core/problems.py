"""The six refusals: raised in the domain, so that the transaction rolls back, and said in the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.core.texts import Text


class Problem(Exception):
    """An expected refusal. `code` is stable and for programs, `text` is for people."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class Busy(Exception):
    """No answer now for want of room, not of right: the caller gets 503 and comes again in a second."""


@dataclass(frozen=True)
class FieldFault:
    """One wrong input: dotted path of the input, and how to mend it."""

    path: str
    text: Text


class InvalidInput(Problem):
    """The input cannot be taken; every wrong field is named."""

    def __init__(self, *faults: FieldFault, code: str = "invalid_input", text: Text | None = None) -> None:
        super().__init__(
            code,
            text
            or (
                faults[0].text
                if len(faults) == 1
                else Text("Ada isian yang perlu diperbaiki.", "Some answers need mending.")
            ),
        )
        self.faults = faults

    @staticmethod
    def at(path: str, id: str, en: str) -> "InvalidInput":
        return InvalidInput(FieldFault(path, Text(id, en)))


class NotFound(Problem):
    """Absent, or not for this person: the answer is the same."""

    def __init__(self, text: Text | None = None) -> None:
        super().__init__("not_found", text or Text("Tidak ditemukan.", "Not found."))


class NotAllowed(Problem):
    """This person may not do this."""

    def __init__(self, code: str, text: Text) -> None:
        super().__init__(code, text)


class Conflict(Problem):
    """Someone was faster, or the same key came with another body; the new state is told."""

    def __init__(
        self, code: str, text: Text, *, state: str | None = None, version: int | None = None
    ) -> None:
        super().__init__(code, text)
        self.state = state
        self.version = version


class NotNow(Problem):
    """Right act, wrong moment; `retry_at` says when it may work."""

    def __init__(self, code: str, text: Text, *, retry_at: datetime | None = None) -> None:
        super().__init__(code, text)
        self.retry_at = retry_at


class TooLarge(Problem):
    """Over a published bound."""

    def __init__(self, code: str, text: Text, *, limit: int) -> None:
        super().__init__(code, text)
        self.limit = limit


PROBLEMS: Mapping[str, type[Problem]] = {
    c.__name__: c for c in (InvalidInput, NotFound, NotAllowed, Conflict, NotNow, TooLarge)
}
