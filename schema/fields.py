"""How fields are written here: docstrings become descriptions, refusals become answers, needs are declared."""

import ast
import inspect
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.permissions import Need, Needs
from schema.problems import Refusals

T = TypeVar("T")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def object_type(cls: type[T]) -> type[T]:
    """A Strawberry type whose docstring, and the strings below its fields, are the descriptions."""
    return _describe(strawberry.type(cls, description=inspect.getdoc(cls)))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def input_type(cls: type[T]) -> type[T]:
    """The same for an input."""
    return _describe(strawberry.input(cls, description=inspect.getdoc(cls)))


def _describe(cls: type[T]) -> type[T]:
    said = _attribute_docstrings(cls)
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    for field in definition.fields:
        if field.description is None:
            field.description = said.get(field.python_name) or _resolver_doc(field)
    return cls


def _resolver_doc(field: StrawberryField) -> str | None:
    resolver = field.base_resolver
    return inspect.getdoc(resolver.wrapped_func) if resolver else None


def _attribute_docstrings(cls: type) -> dict[str, str]:
    """The string that follows each annotated attribute (PEP 257's attribute docstring), inherited ones too."""
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__[:-1]):
        node = _classes(owner.__module__).get(owner.__qualname__)
        for before, after in pairwise(node.body if node else ()):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                found[before.target.id] = inspect.cleandoc(str(after.value.value))
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module as they are written; each file is parsed once."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def field(resolver: Callable[..., Any]) -> Any:
    """A field with a resolver, described by its docstring; a refusal inside is the caller's error, not ours."""
    return strawberry.field(resolver, description=inspect.getdoc(resolver), extensions=[Needs(Need.NOTHING)])


def query(need: Need) -> Callable[[Callable[..., Any]], Any]:
    """A root query field with the one thing it needs: Need.NOTHING is public by declaration."""

    def make(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(resolver, description=inspect.getdoc(resolver), extensions=[Needs(need)])

    return make


def mutation(resolver: Callable[..., Any]) -> Any:
    """A root mutation field: an expected refusal becomes a member of its union."""
    return strawberry.mutation(resolver, description=inspect.getdoc(resolver), extensions=[Refusals()])
