"""What a request selects below a field, so that a resolver reads just that; the plans ask the same way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from backend.core.pages import MOST, within
from backend.core.reads import NOTHING, Reads, Written, together
from schema.context import Info

_NAMES = NameConverter()


@dataclass
class Wanted:
    """Selected fields by their name in the API, aliases and fragments merged, directives left out of account.

    `most` holds the largest `first` and `last` that any of the selections of this field asks for. `written` is what
    a plan takes of a relation as JSON; `looked_at` says that its rows are wanted (as well).
    """

    fields: dict[str, "Wanted"] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    written: set[Written] = field(default_factory=set)
    looked_at: bool = False
    # Worked out once: a plan hands the same selection to every request.
    reads: dict[type, Reads] = field(default_factory=dict)

    def below(self, *path: str) -> "Wanted":
        """What is selected at the end of a path; nothing where the path is not selected."""
        found = self
        for name in path:
            found = found.fields.get(name) or Wanted()
        return found


class PlannedInfo:
    """What a resolver gets from a plan in place of Strawberry's info."""

    __slots__ = ("context", "wanted")

    def __init__(self, context: Any, wanted: Wanted) -> None:
        self.context = context
        self.wanted = wanted


def wanted_in(info: Info) -> Wanted:
    """What is selected below the field that is being resolved."""
    if isinstance(info, PlannedInfo):
        return info.wanted
    raw = info._raw_info
    return select((n.selection_set for n in raw.field_nodes), raw.fragments, info.variable_values)


@dataclass
class Splices:
    """The field nodes whose relations a plan takes as JSON, and those whose rows it looks at, by identity."""

    written: dict[int, Written] = field(default_factory=dict)
    looked_at: set[int] = field(default_factory=set)


def select(
    sets: Iterable[SelectionSetNode | None],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
    splices: Splices | None = None,
) -> Wanted:
    """Merge selection sets; the guard has bounded what they spread out to."""
    walk = _Walk(fragments, variables, splices or Splices())
    found = Wanted()
    for selections in sets:
        if selections is not None:
            walk.add(found, selections)
    return found


@dataclass(frozen=True)
class _Walk:
    """One pass over a selection; the guard has bounded what it spreads out to."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    splices: Splices

    def add(self, found: Wanted, selections: SelectionSetNode) -> None:
        for node in selections.selections:
            match node:
                case FieldNode():
                    self._field(found.fields.setdefault(node.name.value, Wanted()), node)
                case InlineFragmentNode():
                    self.add(found, node.selection_set)
                case FragmentSpreadNode() if node.name.value in self.fragments:
                    self.add(found, self.fragments[node.name.value].selection_set)

    def _field(self, inner: Wanted, node: FieldNode) -> None:
        for argument in node.arguments or ():
            name = argument.name.value
            if name in ("first", "last"):
                inner.most[name] = max(inner.most.get(name, 1), _whole(argument.value, self.variables))
        written = self.splices.written.get(id(node))
        if written is not None:
            inner.written.add(written)
        if written is None or id(node) in self.splices.looked_at:
            inner.looked_at = True
            if node.selection_set is not None:
                self.add(inner, node.selection_set)


def _whole(value: ValueNode, variables: Mapping[str, Any]) -> int:
    """A whole number as it was given; the whole bound for one that is not known here."""
    if isinstance(value, VariableNode):
        given = variables.get(value.name.value)
        return given if isinstance(given, int) else MOST
    return int(value.value) if isinstance(value, IntValueNode) else MOST


def reads_of(kind: type, wanted: Wanted) -> Reads:
    """The part of a table that the selected fields of an API type are made from."""
    found = wanted.reads.get(kind)
    if found is None:
        found = wanted.reads[kind] = _reads_of(kind, wanted)
    return found


def _reads_of(kind: type, wanted: Wanted) -> Reads:
    declared = _declared(kind)
    parts = [getattr(kind, "ALWAYS", NOTHING)]
    for name, below in wanted.fields.items():
        field_ = declared.get(name)
        if field_ is not None and "relation" in field_.metadata:
            parts.append(Reads(written=frozenset(below.written)))
            if below.looked_at:
                rows = replace(reads_of(_row_type(field_), below), most=_most(field_, below))
                parts.append(Reads(relations=((field_.metadata["relation"], rows),)))
        elif field_ is not None:
            parts.append(field_.metadata["reads"])
    return together(parts)


def _most(field_: StrawberryField, wanted: Wanted) -> int:
    """How many rows of a relation: what its argument asks for, else its default, at most 50."""
    name: str = field_.metadata["argument"]
    asked = wanted.most.get(name)
    if asked is None:
        default = next(a.default for a in field_.arguments if a.python_name == name)
        asked = default if isinstance(default, int) else MOST
    return within(asked)


@cache
def _declared(kind: type) -> dict[str, StrawberryField]:
    """The fields that say what they read, by their name in the API."""
    definition: StrawberryObjectDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    return {
        _NAMES.get_graphql_name(f): f
        for f in definition.fields
        if "reads" in f.metadata or "relation" in f.metadata
    }


def _row_type(field_: StrawberryField) -> type:
    kind = field_.type
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    assert isinstance(kind, type), "rows have a type of their own"
    return kind
