"""From a valid document to a plan: each root field its resolver's own function, each selection an encoder.

A plan calls the very functions that the resolvers call, with the same arguments and the same knowledge of what
was selected; what it leaves out is graphql-core's walk over every field of every row.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    get_variable_values,
)
from graphql.execution.values import VariableValues
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryContainer, StrawberryList, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from backend.core.pages import within
from backend.core.problems import NotFound
from backend.core.reads import Written, read
from schema.context import Context
from schema.permissions import Needs, is_met
from schema.plans.collect import Selection, Unplanned
from schema.plans.encode import (
    AS_IT_IS,
    Aside,
    Encode,
    Encoder,
    Run,
    Slot,
    an_object,
    dumps,
    listed,
    one_of,
    whole,
)
from schema.wanted import PlannedInfo, Splices, Wanted, select

# What these scalars hold is written by the JSON encoder just as Strawberry would write it.
PLAIN = frozenset(("String", "ID", "Boolean", "Float", "Date", "DateTime", "Decimal", "UUID", "Time"))

Convert: TypeAlias = Callable[[VariableValues | None], dict[str, Any]]


class Plan:
    """A compiled query: `answer` gives the bytes of `data`, or raises Aside."""

    def __init__(self, schema: Any, operation: OperationDefinitionNode, roots: Encoder) -> None:
        self._schema = schema
        self._variables = operation.variable_definitions or ()
        self._roots = roots

    async def answer(self, context: Context, variables: Mapping[str, Any]) -> bytes:
        """The `data` of the answer as JSON."""
        values: Any = None
        if self._variables:
            values = get_variable_values(self._schema, self._variables, dict(variables))
            if not isinstance(values, VariableValues):
                raise Aside
        assert self._roots.run is not None, "an operation selects something"
        found = self._roots.run(None, Run(context, values))
        return dumps(await found if self._roots.waits else found)


def compile_plan(
    schema: Any, document: DocumentNode, name: str | None, switches: Mapping[str, Any]
) -> Plan | None:
    """The plan of one operation of a valid document; None when it is not for plans.

    `schema` is Strawberry's. `switches` are the whole numbers and booleans among the variables: the plan holds
    for these values only.
    """
    operation = _operation(document, name)
    if operation is None or operation.operation is not OperationType.QUERY:
        return None
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    core = schema.graphql_schema
    try:
        selection = Selection(core, fragments, _with_defaults(operation, switches))
        compiler = _Compiler(schema, operation, selection)
        roots = compiler.object(core.query_type, [operation.selection_set])
    except (Unplanned, GraphQLError):
        return None
    return Plan(core, operation, roots)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is None:
        return found[0] if len(found) == 1 else None
    return next((d for d in found if d.name and d.name.value == name), None)


def _with_defaults(operation: OperationDefinitionNode, switches: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        d.variable.name.value: _literal(d.default_value)
        for d in operation.variable_definitions or ()
        if d.default_value is not None
    }
    return defaults | dict(switches)


def _literal(node: Any) -> Any:
    return int(node.value) if node.kind == "int_value" else getattr(node, "value", None)


class _Compiler:
    def __init__(self, schema: Any, operation: OperationDefinitionNode, selection: Selection) -> None:
        self._schema = schema
        self._operation = operation
        self._selection = selection
        self._splices = Splices()

    def object(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode | None]) -> Encoder:
        definition = kind.extensions.get("strawberry-definition")
        if not isinstance(definition, StrawberryObjectDefinition):
            raise Unplanned(kind.name)
        slots = [self._slot(kind, key, nodes) for key, nodes in self._selection.fields(kind, sets).items()]
        return an_object(slots, kept="fragments" in getattr(definition.origin, "__dataclass_fields__", {}))

    def _slot(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Slot:
        name = nodes[0].name.value
        if name == "__typename":
            return Slot(key, AS_IT_IS, required=False, constant=kind.name)
        field = kind.fields.get(name)
        told = field.extensions.get("strawberry-definition") if field else None
        if field is None or not isinstance(told, StrawberryField):
            raise Unplanned(name)
        required = isinstance(field.type, GraphQLNonNull)
        written = self._written(field, told, nodes)
        if written is not None:
            return Slot(key, AS_IT_IS, required, path=f"{told.metadata['row']}.{written.name}")
        encoder = self._value(field.type, nodes)
        path = told.metadata.get("path") or (told.python_name if told.base_resolver is None else None)
        if path is not None:
            return Slot(key, encoder, required, path=path)
        if "relation" in told.metadata:
            return Slot(key, encoder, required, take=self._take(field, told, nodes[0]))
        return Slot(key, encoder, required, call=self._call(field, told, nodes, required=required))

    def _written(self, field: GraphQLField, told: StrawberryField, nodes: list[FieldNode]) -> Written | None:
        """A relation that PostgreSQL may write by itself: rows of plain columns, under the names of the fields."""
        if not told.metadata.get("row"):
            return None
        pairs = self._plain_columns(field.type, nodes)
        if pairs is None or len(nodes) > 1:
            self._splices.looked_at.update(map(id, nodes))
            return None
        most = within(self._given(field, told, nodes[0])[told.metadata["argument"]])
        written = Written(told.metadata["relation"], pairs, most)
        return self._splices.written.setdefault(id(nodes[0]), written)

    def _plain_columns(
        self, kind: GraphQLOutputType, nodes: list[FieldNode]
    ) -> tuple[tuple[str, str], ...] | None:
        """Each key with its column, where every selected field shows one as it is; None otherwise."""
        row = get_named_type(kind)
        assert isinstance(row, GraphQLObjectType), "rows have a type of their own"
        pairs = []
        for key, ones in self._selection.fields(row, [n.selection_set for n in nodes]).items():
            column = _plain_column(row.fields.get(ones[0].name.value))
            if column is None or key != ones[0].name.value:
                return None
            pairs.append((key, column))
        return tuple(pairs)

    def _value(self, kind: GraphQLOutputType, nodes: list[FieldNode]) -> Encoder:
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if isinstance(kind, GraphQLList):
            return listed(self._value(kind.of_type, nodes), required=isinstance(kind.of_type, GraphQLNonNull))
        sets = [n.selection_set for n in nodes]
        if isinstance(kind, GraphQLObjectType):
            return self.object(kind, sets)
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kinds = self._selection.schema.get_possible_types(kind)
            return one_of({_class_of(k): self.object(k, sets) for k in kinds})
        return _leaf(kind)

    def _call(
        self, field: GraphQLField, told: StrawberryField, nodes: list[FieldNode], *, required: bool
    ) -> Callable[[Any, Run], Awaitable[Any]]:
        """The resolver's function, asked as Strawberry asks it."""
        resolver = told.base_resolver
        assert resolver is not None, "fields without one have a path"
        need = _need_of(told)
        function: Any = resolver.wrapped_func
        wanted = self._wanted(nodes)
        names = {p.name for p in inspect.signature(function).parameters.values()}
        arguments = self._arguments(field, told, nodes[0])

        async def call(source: Any, run: Run) -> Any:
            if need is not None and not is_met(need, run.context.actor):
                raise Aside
            given = arguments(run)
            if "info" in names:
                given["info"] = PlannedInfo(run.context, wanted)
            try:
                found = function(source, **given)
                return await found if inspect.isawaitable(found) else found
            except NotFound:
                # As schema.permissions says it: what is not found is null.
                if required:
                    raise Aside from None
                return None

        return call

    def _take(self, field: GraphQLField, told: StrawberryField, node: FieldNode) -> Encode:
        """A list over a relation, by its own function."""
        assert told.base_resolver is not None, "its function cuts the list"
        function: Any = told.base_resolver.wrapped_func
        given = self._given(field, told, node)
        return lambda source, _: function(source, **given)

    def _given(self, field: GraphQLField, told: StrawberryField, node: FieldNode) -> dict[str, Any]:
        """The arguments of such a list: whole numbers, and a plan holds for those it was made with."""
        asked = {a.value.name.value for a in node.arguments or () if isinstance(a.value, VariableNode)}
        declared = [d for d in self._operation.variable_definitions or () if d.variable.name.value in asked]
        numbers = {n: v for n, v in self._selection.switches.items() if n in asked}
        values = get_variable_values(self._selection.schema, declared, numbers)
        if not isinstance(values, VariableValues):
            raise Unplanned(told.python_name)
        return self._convert(field, told, node)(values)

    def _convert(self, field: GraphQLField, told: StrawberryField, node: FieldNode) -> Convert:
        """Arguments as Strawberry gives them to a resolver; plain ones are what they were coerced to."""
        config, scalars = self._schema.config, self._schema.schema_converter.scalar_registry
        if all(_is_plain(a.type) for a in told.arguments):
            names = {config.name_converter.from_argument(a): a.python_name for a in told.arguments}
            return lambda values: {names[n]: v for n, v in get_argument_values(field, node, values).items()}
        return lambda values: convert_arguments(
            get_argument_values(field, node, values), told.arguments, scalars, config
        )

    def _wanted(self, nodes: list[FieldNode]) -> Wanted:
        sets = (n.selection_set for n in nodes)
        return select(sets, self._selection.fragments, self._selection.switches, self._splices)

    def _arguments(
        self, field: GraphQLField, told: StrawberryField, node: FieldNode
    ) -> Callable[[Run], dict[str, Any]]:
        if not field.args:
            return lambda _: {}
        convert = self._convert(field, told, node)
        if any(isinstance(a.value, VariableNode) for a in node.arguments or ()):
            return lambda run: convert(run.variables)
        constant = convert(None)
        return lambda _: dict(constant)


# What PostgreSQL's JSON and ours agree on to the byte.
_ALIKE = frozenset(("String", "Boolean", "DateTime"))


def _plain_column(field: GraphQLField | None) -> str | None:
    """The column that a field shows as it is, in a type that PostgreSQL writes as we do."""
    told = field.extensions.get("strawberry-definition") if field else None
    if field is None or not isinstance(told, StrawberryField):
        return None
    row, _, column = told.metadata.get("path", "").partition(".")
    alike = getattr(get_nullable_type(field.type), "name", None) in _ALIKE
    return column if alike and row == "row" and told.metadata["reads"] == read(column) else None


def _is_plain(kind: Any) -> bool:
    """True for a scalar that Strawberry hands on as it came."""
    while isinstance(kind, StrawberryContainer) and not isinstance(kind, StrawberryList):
        kind = kind.of_type
    return kind in (str, int, bool, float, strawberry.ID)


def _need_of(told: StrawberryField) -> Any:
    need = None
    for extension in told.extensions:
        if not isinstance(extension, Needs):
            raise Unplanned(told.python_name)
        need = extension.need
    return need


def _class_of(kind: GraphQLObjectType) -> type:
    definition: StrawberryObjectDefinition = kind.extensions["strawberry-definition"]
    return definition.origin


def _leaf(kind: Any) -> Encoder:
    if isinstance(kind, GraphQLEnumType):
        names = {value.value: name for name, value in kind.values.items()}

        def named(value: Any, _: Run) -> Any:
            found = names.get(value) or names.get(getattr(value, "value", None))
            if found is None:
                raise Aside
            return found

        return Encoder(named)
    if isinstance(kind, GraphQLScalarType) and kind.name == "Int":
        return Encoder(whole)
    if isinstance(kind, GraphQLScalarType) and kind.name in PLAIN:
        return AS_IT_IS
    raise Unplanned(str(kind))
