"""Scopes: every field says in the SDL what it belongs to, and a document says which of them it needs.

An app's token carries scopes; a document that needs one it lacks is refused before anything runs. The check reads
the document once and never touches a resolver, so it costs the same whatever the answer is.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema_directive import Location
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from backend.partners.rules import Scope

__all__ = ["Scope", "Scoped", "Scopes", "scope_of", "scoped", "scopes_of"]

T = TypeVar("T")
KEPT = 256


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="scope",
    description=(
        "What a field belongs to. An app needs this scope in its token; `open` needs none, `person` and `office` are"
        " for people with a session and are never given to an app. People and anonymous callers are not limited by it."
    ),
)
class Scoped:
    """The directive @scope(name: ...) of the SDL."""

    name: str = strawberry.directive_field(name="name")


def scoped(scope: Scope, **others: Scope) -> Callable[[type[T]], type[T]]:
    """Give every field of a type a scope, and some by their Python names another; what an interface declares keeps its own."""

    def give(cls: type[T]) -> type[T]:
        definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
        unknown = set(others) - {f.python_name for f in definition.fields}
        if unknown:
            raise ValueError(f"{cls.__name__} has no field {sorted(unknown)}")
        behind = {f.python_name: _declared(f) for i in definition.interfaces for f in i.fields}
        for field in definition.fields:
            if _declared(field) is None:
                chosen = others.get(field.python_name) or behind.get(field.python_name) or scope
                field.directives = [
                    *field.directives,
                    Scoped(name=chosen.value),
                ]
        return cls

    return give


def scope_of(field: GraphQLField) -> Scope:
    """The scope of a field; one that says none is for people only, so forgetting it opens nothing."""
    definition = field.extensions.get("strawberry-definition")
    declared = _declared(definition) if isinstance(definition, StrawberryField) else None
    return declared or Scope.PERSON


def _declared(field: StrawberryField) -> Scope | None:
    return next((Scope(d.name) for d in field.directives if isinstance(d, Scoped)), None)


def scopes_of(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> frozenset[str]:
    """What an app must hold to send this document. Each fragment is read once: linear in the document.

    Without a name, every operation counts. Fields nobody knows need nothing: validation refuses them.
    """
    return _Reading(schema, document).of(operation_name)


class Scopes:
    """The same, remembered for the 256 documents seen last."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[tuple[int, str | None], tuple[DocumentNode, frozenset[str]]] = OrderedDict()

    def of(self, document: DocumentNode, operation_name: str | None) -> frozenset[str]:
        """What the operation needs."""
        key = (
            id(document),
            operation_name,
        )  # the document is kept beside it, so its id is not given out again
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known[1]
        found = scopes_of(self._schema, document, operation_name)
        self._kept[key] = (document, found)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found


class _Reading:
    """One walk over a document; selections are taken from a list, so that depth costs no stack."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._document = document
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }

    def of(self, operation_name: str | None) -> frozenset[str]:
        needed: set[str] = set()
        spread: set[str] = set()
        left = [
            (o.selection_set, self._schema.get_root_type(o.operation))
            for o in self._operations(operation_name)
        ]
        todo: list[tuple[SelectionSetNode, GraphQLNamedType | None]] = [*left]
        while todo:
            selections, parent = todo.pop()
            for node in selections.selections:
                match node:
                    case FieldNode():
                        todo += self._field(node, parent, needed)
                    case InlineFragmentNode():
                        on = node.type_condition
                        todo.append((node.selection_set, self._type(on.name.value) if on else parent))
                    case FragmentSpreadNode():
                        todo += self._spread(node, spread)
                    case _:
                        pass
        return frozenset(needed)

    def _operations(self, name: str | None) -> Iterable[OperationDefinitionNode]:
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode) and name in (None, node.name and node.name.value):
                yield node

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)

    def _spread(
        self, node: FragmentSpreadNode, spread: set[str]
    ) -> list[tuple[SelectionSetNode, GraphQLNamedType | None]]:
        fragment = self._fragments.get(node.name.value)
        if fragment is None or node.name.value in spread:
            return []
        spread.add(node.name.value)
        return [(fragment.selection_set, self._type(fragment.type_condition.name.value))]

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType | None, needed: set[str]
    ) -> list[tuple[SelectionSetNode, GraphQLNamedType | None]]:
        field = parent.fields.get(node.name.value) if isinstance(parent, _WITH_FIELDS) else None
        if field is None:
            return []
        needed |= {s.value for s in self._scopes(parent, node.name.value, field)} - {Scope.OPEN.value}
        return [(node.selection_set, get_named_type(field.type))] if node.selection_set else []

    def _scopes(self, parent: GraphQLNamedType | None, name: str, field: GraphQLField) -> set[Scope]:
        """An interface's field stands for those of the types behind it: whatever any of them needs."""
        found = {scope_of(field)}
        if isinstance(parent, GraphQLInterfaceType):
            found |= {scope_of(t.fields[name]) for t in self._schema.get_possible_types(parent)}
        return found


_WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)
