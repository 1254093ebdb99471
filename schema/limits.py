"""Bounds of a document that is not one of ours: how deeply it nests, no NUL in it, one mutation at a time."""

import re
from typing import Any

from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

DEEPEST = 50
_NUL = re.compile(r"\x00|\\u0000|\\u\{0+\}")


def fault_in(document: str) -> str | None:
    """What keeps a document from being parsed at all; the parser would recurse as deeply as it nests."""
    if _NUL.search(document):
        return "The document holds a NUL."
    depth = 0
    for char in document:
        if char in "{[(":
            depth += 1
            if depth > DEEPEST:
                return f"The document nests deeper than {DEEPEST}."
        elif char in "}])":
            depth -= 1
    return None


class OneMutation(ASTValidationRule):
    """A document carries out at most one mutation: a thousand aliases are not a thousand guesses."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        if node.operation is not OperationType.MUTATION:
            return
        if len(self._names(node.selection_set, set())) > 1:
            error = GraphQLError("One mutation a request.", node, extensions={"code": "ONE_MUTATION"})
            self.report_error(error)

    def _names(self, selections: SelectionSetNode, seen: set[str]) -> set[str]:
        """The names under which the root answers; each fragment is looked into once."""
        names: set[str] = set()
        for selection in selections.selections:
            if isinstance(selection, FieldNode) and selection.name.value != "__typename":
                names.add(selection.alias.value if selection.alias else selection.name.value)
            elif isinstance(selection, InlineFragmentNode):
                names |= self._names(selection.selection_set, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = self.context.get_fragment(selection.name.value)
                names |= self._names(fragment.selection_set, seen) if fragment else set()
        return names
