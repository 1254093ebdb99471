"""Questions about the schema itself, answered from tables filled once: what graphql-core would say, a tenth of the work.

graphql-core asks its resolvers for every field of every type anew, a fifth of a second for the usual question. The
schema never changes while the server runs, so each description is asked once and kept; a question only picks from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    introspection_types,
    is_leaf_type,
    is_list_type,
)
from graphql.execution.values import (
    VariableValues,
    get_argument_values,
    get_directive_values,
    get_variable_values,
)

ROOTS = frozenset({"__schema", "__type", "__typename"})
# Lists that a question may ask for with or without what is deprecated.
DEPRECATED = "includeDeprecated"
Table: TypeAlias = dict[tuple[str, bool], Any]


@dataclass
class _Picked:
    """One field of an answer: its key there, its name and switch in the table, and what is picked of its value."""

    key: str
    name: str
    deprecated: bool
    kind: str
    inner: "dict[str, _Picked]" = field(default_factory=dict)


class _Asked:
    """One question: its fragments and the values of its variables."""

    def __init__(self, document: DocumentNode, variables: VariableValues) -> None:
        self.variables = variables
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }

    def fields(self, selections: SelectionSetNode) -> Iterator[FieldNode]:
        """The fields of a selection set, those of its fragments in their place; what is switched off is left out."""
        for node in selections.selections:
            skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
            include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
            if (skip and skip["if"]) or (include and not include["if"]):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self.fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self.fields(self._fragments[node.name.value].selection_set)


class Introspection:
    """What can be asked of one schema about itself."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._info: Any = SimpleNamespace(schema=schema)
        # By the identity of what is described; the sources are kept, so that none is ever taken for another.
        self._tables: dict[int, tuple[object, Table]] = {}

    def answer(
        self, document: DocumentNode, operation: str | None, variables: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """The data of a question about nothing but the schema; None for any other, and for every refusal.

        The document must be valid.
        """
        asked = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        chosen = [d for d in asked if operation in (None, d.name and d.name.value)]
        if len(chosen) != 1 or chosen[0].operation is not OperationType.QUERY:
            return None
        values = get_variable_values(self._schema, chosen[0].variable_definitions or (), dict(variables))
        if isinstance(values, list):
            return None
        question = _Asked(document, values)
        roots = list(question.fields(chosen[0].selection_set))
        if not roots or any(node.name.value not in ROOTS for node in roots):
            return None
        found: dict[str, Any] = {}
        for key, nodes in _by_key(roots).items():
            found[key] = self._root(nodes, question)
        return found

    def _root(self, nodes: list[FieldNode], question: _Asked) -> Any:
        match nodes[0].name.value:
            case "__schema":
                source: object = self._schema
            case "__type":
                name = get_argument_values(
                    self._schema.get_field(self._query, "__type") or _none(), nodes[0], question.variables
                )["name"]
                source = self._schema.get_type(name)
            case _:
                return self._query.name
        kind = introspection_types["__Schema" if source is self._schema else "__Type"]
        if source is None:
            return None
        return self._pick(source, self._plan(nodes, kind, question))

    @property
    def _query(self) -> GraphQLObjectType:
        assert self._schema.query_type is not None, "a schema has queries"
        return self._schema.query_type

    def _plan(self, nodes: list[FieldNode], kind: Any, question: _Asked) -> "dict[str, _Picked]":
        """What the nodes pick of a described thing of this kind, same keys merged."""
        chosen = [n for node in nodes if node.selection_set for n in question.fields(node.selection_set)]
        plan: dict[str, _Picked] = {}
        for key, same in _by_key(chosen).items():
            name = same[0].name.value
            if name == "__typename":
                plan[key] = _Picked(key, name, False, kind.name)
                continue
            definition = kind.fields[name]
            given = get_argument_values(definition, same[0], question.variables)
            inner = get_named_type(definition.type)
            below = {} if is_leaf_type(inner) else self._plan(same, inner, question)
            plan[key] = _Picked(key, name, bool(given.get(DEPRECATED, False)), kind.name, below)
        return plan

    def _pick(self, source: object, plan: "dict[str, _Picked]") -> dict[str, Any]:
        found: dict[str, Any] = {}
        kept = self._tables.get(id(source))
        table = kept[1] if kept else self._table(source)
        for picked in plan.values():
            if picked.name == "__typename":
                found[picked.key] = picked.kind
                continue
            place = (picked.name, picked.deprecated)
            value = table[place] if place in table else self._fill(source, table, picked)
            if picked.inner and value is not None:
                inner = picked.inner
                pick = self._pick
                value = [pick(v, inner) for v in value] if isinstance(value, list) else pick(value, inner)
            found[picked.key] = value
        return found

    def _table(self, source: object) -> Table:
        table: Table = {}
        self._tables[id(source)] = (source, table)
        return table

    def _fill(self, source: object, table: Table, picked: _Picked) -> Any:
        """Ask graphql-core's own resolver, once."""
        definition = introspection_types[picked.kind].fields[picked.name]  # type: ignore[attr-defined]
        switch = {DEPRECATED: picked.deprecated} if DEPRECATED in definition.args else {}
        value = definition.resolve(source, self._info, **switch)
        inner = get_named_type(definition.type)
        if value is not None and is_list_type(get_nullable_type(definition.type)):
            value = list(value)
        if value is not None and is_leaf_type(inner):
            value = [inner.serialize(v) for v in value] if isinstance(value, list) else inner.serialize(value)
        table[picked.name, picked.deprecated] = value
        return value


def _by_key(nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
    found: dict[str, list[FieldNode]] = {}
    for node in nodes:
        found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
    return found


def _none() -> Any:
    raise LookupError("every schema answers __type")
