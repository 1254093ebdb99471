"""Fields that show a part of a row: where the value stands on the object, and which columns it is made from."""

import inspect
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import strawberry

from backend.core.reads import NOTHING, Reads


def seen(path: str, reads: Reads = NOTHING) -> Any:
    """A field whose value is at `path` of the object ("case.due"); both the resolvers and the plans go there."""
    get = attrgetter(path)

    def resolve(self: object) -> Any:
        return get(self)

    return strawberry.field(resolver=resolve, metadata={"path": path, "reads": reads, "cost": 0})


def told(*, relation: str, argument: str, row: str = "") -> Callable[[Callable[..., Any]], Any]:
    """A list over a relation, as long as `argument` says; what its rows read stands on the fields of their type.

    `row` is the path to the row that holds the relation, where a plan may splice in JSON that PostgreSQL wrote.
    """

    def make(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(
            resolver,
            description=inspect.getdoc(resolver),
            metadata={"relation": relation, "argument": argument, "row": row, "cost": 0},
        )

    return make
