"""Row policies and filters as data: the same condition becomes SQL for a read and a Q for a model's query."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from tortoise.expressions import Q


@dataclass(frozen=True)
class Is:
    """A column equals a value; None asks for rows without one."""

    column: str
    value: object


@dataclass(frozen=True)
class Known:
    """A column holds a value."""

    column: str


@dataclass(frozen=True)
class OneOf:
    """A column equals one of some values; no values, no rows."""

    column: str
    values: Sequence[object]


@dataclass(frozen=True)
class Before:
    """A column is smaller than a value."""

    column: str
    value: object


@dataclass(frozen=True)
class After:
    """A column is greater than a value."""

    column: str
    value: object


@dataclass(frozen=True)
class All:
    """Every part holds; without parts, every row."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True)
class Either:
    """At least one part holds; without parts, no row."""

    parts: tuple["Condition", ...] = ()


Condition: TypeAlias = Is | Known | OneOf | Before | After | All | Either
EVERY_ROW = All()
NO_ROW = Either()


class Values:
    """The parameters of one statement, in the order in which they are mentioned."""

    def __init__(self) -> None:
        self.given: list[object] = []
        self._numbers: Iterator[int] = count(1)

    def add(self, value: object) -> str:
        """Keep a value; returns its placeholder."""
        self.given.append(value)
        return f"${next(self._numbers)}"


def sql_of(condition: Condition, row: str, values: Values) -> str:
    """The condition on the row called `row`. Columns come from declarations, never from a caller's text."""
    match condition:
        case All(parts):
            return " AND ".join(sql_of(p, row, values) for p in parts) or "true"
        case Either(parts):
            return f"({' OR '.join(sql_of(p, row, values) for p in parts)})" if parts else "false"
        case _:
            return f"{row}.{_test(condition, values)}"


def _test(condition: Is | Known | OneOf | Before | After, values: Values) -> str:
    match condition:
        case Is(column, None):
            return f"{column} IS NULL"
        case Known(column):
            return f"{column} IS NOT NULL"
        case Is(column, value) | OneOf(column, [value]):
            # An equality keeps the order of an index that a list of one would lose.
            return f"{column} = {values.add(value)}"
        case OneOf(column, found):
            return f"{column} = ANY({values.add(list(found))})"
        case Before(column, value):
            return f"{column} < {values.add(value)}"
        case After(column, value):
            return f"{column} > {values.add(value)}"


def q_of(condition: Condition) -> Q:
    """The same condition for a query of models."""
    match condition:
        case All(parts):
            return Q(*(q_of(p) for p in parts))
        case Either(parts):
            return Q(*(q_of(p) for p in parts), join_type="OR") if parts else Q(pk__in=[])
        case _:
            return Q(**_filter(condition))


def _filter(condition: Is | Known | OneOf | Before | After) -> dict[str, Any]:
    match condition:
        case Is(column, value):
            return {column: value}
        case Known(column):
            return {f"{column}__not_isnull": True}
        case OneOf(column, found):
            return {f"{column}__in": list(found)}
        case Before(column, value):
            return {f"{column}__lt": value}
        case After(column, value):
            return {f"{column}__gt": value}
