"""The guard: what a document may cost, counted in one pass before it is validated or run.

Strawberry's own depth and alias limiters walk each fragment spread anew, so a document of 900 bytes can keep
them busy for ever. Here every fragment is weighed once and spreads are counted by arithmetic: the work is
linear in the document, whatever it would expand to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_list_type,
)
from strawberry.types.field import StrawberryField

from backend.settings import Limits

__all__ = ["Limits", "OverLimit", "Weight", "check_variables", "weigh"]

HUGE = 1 << 40
# How deeply selections may nest while they are weighed, inline fragments included.
DEEPEST = 60


@dataclass(frozen=True)
class Weight:
    """What a selection comes to after all its fragments are spread out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0

    def beside(self, other: "Weight") -> "Weight":
        """Two selections of one set: depths compare, the rest adds up."""
        return Weight(
            max(self.depth, other.depth),
            _capped(self.fields + other.fields),
            _capped(self.aliases + other.aliases),
            _capped(self.directives + other.directives),
            _capped(self.cost + other.cost),
        )


def _capped(value: int) -> int:
    """Numbers stay small: past any bound it no longer matters how far."""
    return min(value, HUGE)


class OverLimit(GraphQLError):
    """A document over a bound; the extensions say which, how much, and the bound."""

    def __init__(self, what: str, found: int, most: int) -> None:
        super().__init__(
            f"This request has too much: {what} {min(found, HUGE)}, at most {most}.",
            extensions={"code": "OVER_LIMIT", "limit": what, "found": min(found, HUGE), "most": most},
        )


def weigh(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], limits: Limits
) -> Weight:
    """The heaviest operation's weight, or OverLimit. Unknown names weigh as plain fields: validation refuses them."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    _at_most("operations", len(operations), limits.operations)
    _at_most("fragments", len(fragments), limits.fragments)
    scale = _Scale(schema, fragments, variables, limits)
    heaviest = Weight()
    for operation in operations:
        weight = scale.operation(operation)
        _compare(weight, limits)
        heaviest = heaviest.beside(weight)
    return heaviest


def _compare(weight: Weight, limits: Limits) -> None:
    for field in fields(weight):
        _at_most(field.name, getattr(weight, field.name), getattr(limits, field.name))


def _at_most(what: str, found: int, most: int) -> None:
    if found > most:
        raise OverLimit(what, found, most)


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """No list inside the variables is longer than its bound."""
    # A variable may be called anything; only what stands inside an input has the API's own name.
    level: list[tuple[str, Any]] = [(f"${name}", value) for name, value in variables.items()]
    while level:
        inner: list[tuple[str, Any]] = []
        for name, value in level:
            if isinstance(value, list):
                _check_length(name, len(value), limits)
                inner.extend((name, item) for item in value)
            elif isinstance(value, dict):
                inner.extend(value.items())
        level = inner


def _check_length(name: str, length: int, limits: Limits) -> None:
    """Two lists have bounds of their own: ids, which are looked up one by one, and the hashes of a file's parts.

    The API names them `ids` and, inside an input, `parts`.
    """
    _at_most("list_items", length, FILE_PARTS if name == "parts" else limits.list_items)
    if name.removeprefix("$") == "ids" or name.endswith("Ids"):
        _at_most("ids", length, limits.ids)


class _Scale:
    """Weighs each fragment once; a fragment that spreads itself is refused."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        limits: Limits,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._limits = limits
        self._known: dict[str, Weight] = {}
        self._open: set[str] = set()
        self._defaults: Mapping[str, Any] = {}
        self._level = 0

    def operation(self, node: OperationDefinitionNode) -> Weight:
        self._known.clear()
        self._defaults = {
            v.variable.name.value: v.default_value
            for v in node.variable_definitions or ()
            if v.default_value is not None
        }
        root = self._schema.get_root_type(node.operation)
        most = (
            self._limits.mutation_roots
            if node.operation is OperationType.MUTATION
            else self._limits.query_roots
        )
        roots = self._roots(node.selection_set)
        if node.operation is OperationType.MUTATION and roots > most:
            raise GraphQLError("One mutation a request.", node, extensions={"code": "ONE_MUTATION"})
        _at_most("roots", roots, most)
        own = Weight(directives=len(node.directives or ()))
        return own.beside(self._selections(node.selection_set, root))

    def _roots(self, selections: SelectionSetNode) -> int:
        """Root fields; each fragment is looked into once, since spread again it is the same fields."""
        count, left, seen = 0, [selections], set[str]()
        while left:
            for node in left.pop().selections:
                if isinstance(node, FieldNode):
                    count += node.name.value != "__typename"
                elif isinstance(node, InlineFragmentNode):
                    left.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = self._fragments.get(node.name.value)
                    left += [fragment.selection_set] if fragment is not None else []
        return count

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        self._level += 1
        _at_most("depth", self._level, DEEPEST)
        total = Weight()
        for node in selections.selections:
            match node:
                case FieldNode():
                    weight = self._field(node, parent)
                case InlineFragmentNode():
                    weight = self._inline(node, parent)
                case FragmentSpreadNode():
                    weight = self._spread(node)
                case _:
                    weight = Weight()
            total = total.beside(weight)
        self._level -= 1
        return total

    def _inline(self, node: InlineFragmentNode, parent: GraphQLNamedType | None) -> Weight:
        on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
        return Weight(directives=len(node.directives or ())).beside(self._selections(node.selection_set, on))

    def _spread(self, node: FragmentSpreadNode) -> Weight:
        name = node.name.value
        own = Weight(directives=len(node.directives or ()))
        fragment = self._fragments.get(name)
        if fragment is None:
            return own
        if name in self._open:
            raise GraphQLError("A fragment spreads itself.", extensions={"code": "BAD_DOCUMENT"})
        if name not in self._known:
            self._open.add(name)
            on = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self._selections(fragment.selection_set, on)
            self._open.discard(name)
        return own.beside(self._known[name])

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        definition = _definition(parent, node.name.value)
        for argument in node.arguments or ():
            _check_lists(argument.name.value, argument.value, self._limits)
        own = Weight(1, 1, int(node.alias is not None), len(node.directives or ()), cost_of(definition))
        if node.selection_set is None:
            return own
        if node.name.value.startswith("__") and parent is self._schema.query_type:
            return own  # Introspection is bounded by the schema itself; its customary depth is 13.
        inner = self._selections(
            node.selection_set, get_named_type(definition.type) if definition is not None else None
        )
        times = self._times(node, definition)
        return Weight(
            1 + inner.depth,
            _capped(1 + inner.fields),
            own.aliases + inner.aliases,
            own.directives + inner.directives,
            _capped(own.cost + times * inner.cost),
        )

    def _times(self, node: FieldNode, definition: GraphQLField | None) -> int:
        """How many rows the field may bring: its `first`, or the declared bound of a plain list."""
        if definition is None:
            return 1
        if "first" in definition.args:
            return max(0, min(self._first(node, definition), LIST_BOUND))
        if node.name.value == "edges":
            return 1  # the connection's own `first` has counted them
        return rows_of(definition) if _is_list(definition) else 1

    def _first(self, node: FieldNode, definition: GraphQLField) -> int:
        given = next((a.value for a in node.arguments or () if a.name.value == "first"), None)
        value: Any = given
        if isinstance(given, VariableNode):
            name = given.name.value
            value = self._variables.get(name, self._defaults.get(name))
        if isinstance(value, IntValueNode):
            value = int(value.value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        default = definition.args["first"].default_value
        return default if isinstance(default, int) else LIST_BOUND


# A file of the budget of 1 GiB in parts of 2 MiB: hashes that are kept, and looked up nowhere.
FILE_PARTS = 512
# Pages never hold more than fifty rows (backend/core/pages.py), so a larger `first` costs no more.
LIST_BOUND = 50
PLAIN_LIST = 10


def cost_of(definition: GraphQLField | None) -> int:
    """What one field costs: as declared, else 1 where a resolver asks the database and 0 for a plain value."""
    field = definition.extensions.get("strawberry-definition") if definition is not None else None
    if not isinstance(field, StrawberryField):
        return 0
    return int(field.metadata.get("cost", int(field.base_resolver is not None)))


def rows_of(definition: GraphQLField) -> int:
    """How many rows a plain list may bring, for counting."""
    field = definition.extensions.get("strawberry-definition")
    return int(field.metadata.get("rows", PLAIN_LIST)) if isinstance(field, StrawberryField) else PLAIN_LIST


def _is_list(definition: GraphQLField) -> bool:
    kind = definition.type
    return is_list_type(getattr(kind, "of_type", kind)) or is_list_type(kind)


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    known: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
    return known.get(name)


def _check_lists(name: str, value: ValueNode, limits: Limits) -> None:
    """No literal list is longer than its bound."""
    level: list[tuple[str, ValueNode]] = [(name, value)]
    while level:
        inner: list[tuple[str, ValueNode]] = []
        for within, node in level:
            if isinstance(node, ListValueNode):
                _check_length(within, len(node.values), limits)
                inner.extend((within, item) for item in node.values)
            elif isinstance(node, ObjectValueNode):
                inner.extend((f.name.value, f.value) for f in node.fields)
        level = inner
