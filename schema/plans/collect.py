"""Collecting the fields of a selection as GraphQL's execution does, once, with its switches decided."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)


class Unplanned(Exception):
    """This document is not for plans; the resolvers answer it."""


class Selection:
    """One operation's fragments and the values that decide @skip and @include."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        switches: Mapping[str, Any],
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.switches = switches

    def fields(
        self, on: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]
    ) -> dict[str, list[FieldNode]]:
        """Response keys in order, each with the field nodes that were merged (GraphQL, section 6.3.2)."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selections in sets:
            if selections is not None:
                self._collect(on, selections, found, seen)
        return found

    def _collect(
        self,
        on: GraphQLObjectType,
        selections: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            match node:
                case FieldNode():
                    found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
                case InlineFragmentNode() if self._applies(node.type_condition, on):
                    self._collect(on, node.selection_set, found, seen)
                case FragmentSpreadNode() if node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = self.fragments[node.name.value]
                    if self._applies(fragment.type_condition, on):
                        self._collect(on, fragment.selection_set, found, seen)

    def _applies(self, condition: NamedTypeNode | None, on: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == on.name:
            return True
        kind = self.schema.get_type(condition.name.value)
        return is_abstract_type(kind) and self.schema.is_sub_type(kind, on)

    def _included(self, node: SelectionNode) -> bool:
        included = True
        for directive in node.directives or ():
            name = directive.name.value
            if name not in ("skip", "include"):
                raise Unplanned(f"@{name}")
            assert directive.arguments, "validation asks for `if`"
            value = directive.arguments[0].value
            if isinstance(value, VariableNode):
                on = self.switches.get(value.name.value)
            else:
                on = value.value if isinstance(value, BooleanValueNode) else None
            if not isinstance(on, bool):
                raise Unplanned(f"@{name} without a boolean")
            included = included and (on if name == "include" else not on)
        return included
