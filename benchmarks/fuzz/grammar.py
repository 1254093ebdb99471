"""Documents made from the schema: valid ones, and the same with one thing wrong."""

import json
import random
from collections.abc import Callable

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
)

DEEPEST = 5
WORDS = (
    *(
        "",
        " ",
        "DUK-KK-BARU",
        "ktp hilang",
        "0000000000",
        "9".ljust(10, "Z"),
        "35.73.05.1004",
        "ä" * 40,
        "𝒜𝓑",
    ),
    *(
        "'; DROP TABLE people; --",
        "%",
        "_",
        "\\",
        "../../etc/passwd",
        "x" * 200,
        "null",
        "true",
        "\u202e",
        "🏛",
    ),
    *("T3BkOkRMSA", "U2VydmljZTpEVUstS0stQkFSVQ", "AAAA", "==", "eyJhIjoxfQ", "2026-11-22", "9999-12-31"),
    *("2026-02-30", "00000000-0000-0000-0000-000000000000", "+6281100000001", "08110000", "123456", "\t\n\r"),
)
NUMBERS = (0, 1, -1, 2, 20, 50, 51, 1000, 2026, 9999, 2**31 - 1, 2**31, -(2**31), 2**63, 10**30)


def quoted(text: str) -> str:
    """A GraphQL string."""
    return json.dumps(text, ensure_ascii=True)


class Grammar:
    """Random documents over one schema. The same dice give the same documents."""

    def __init__(self, schema: GraphQLSchema, dice: random.Random) -> None:
        self._schema = schema
        self._dice = dice

    def document(self) -> str:
        """A whole operation that the schema allows, but for the values of some arguments."""
        mutation = self._schema.mutation_type
        root = self._schema.query_type
        assert root is not None
        kind = "query"
        if mutation is not None and self._dice.random() < 0.15:
            kind, root = "mutation", mutation
        most = 1 if kind == "mutation" else self._dice.choice((1, 1, 1, 2, 4))
        roots = self._dice.sample(sorted(root.fields), min(most, len(root.fields)))
        fields = " ".join(self._field(name, root.fields[name], 0) for name in roots)
        return f"{kind} {{ {fields} }}"

    def broken(self) -> str:
        """A document with one thing wrong: a letter gone, doubled or changed, two parts swapped, a name unknown."""
        return self._dice.choice(self._mistakes())(self.document())

    def _mistakes(self) -> tuple[Callable[[str], str], ...]:
        dice = self._dice

        def gone(text: str) -> str:
            at = dice.randrange(len(text))
            return text[:at] + text[at + 1 :]

        def changed(text: str) -> str:
            at = dice.randrange(len(text))
            return text[:at] + dice.choice('{}()[]:!$@"#&|=,.…\x00\ufeff9aZ\\') + text[at + 1 :]

        def doubled(text: str) -> str:
            at = dice.randrange(len(text))
            end = min(len(text), at + dice.randint(1, 30))
            return text[:end] + text[at:]

        def swapped(text: str) -> str:
            parts = text.split(" ")
            dice.shuffle(parts)
            return " ".join(parts)

        def cut(text: str) -> str:
            return text[: dice.randrange(len(text))]

        return gone, changed, doubled, swapped, cut, lambda text: text.replace("{ ", "{ tidakAda ", 1)

    def _field(self, name: str, field: GraphQLField, depth: int) -> str:
        alias = f"a{self._dice.randint(0, 9)}: " if self._dice.random() < 0.1 else ""
        directive = self._dice.choice((" @include(if: true)", " @skip(if: false)", " @skip(if: true)"))
        said = f"{alias}{name}{self._arguments(field)}{directive if self._dice.random() < 0.05 else ''}"
        inner = self._selection(field.type, depth + 1)
        return f"{said} {inner}" if inner else said

    def _arguments(self, field: GraphQLField) -> str:
        chosen = [
            f"{name}: {self._argument(argument)}"
            for name, argument in field.args.items()
            if is_non_null_type(argument.type) or self._dice.random() < 0.5
        ]
        return f"({', '.join(chosen)})" if chosen else ""

    def _argument(self, argument: GraphQLArgument) -> str:
        return self.value(argument.type, 0)

    def _selection(self, of: GraphQLOutputType, depth: int) -> str:
        named = get_named_type(of)
        if not is_composite_type(named):
            return ""
        if isinstance(named, GraphQLUnionType) or depth > DEEPEST:
            return "{ __typename }"
        names = sorted(named.fields)
        chosen = self._dice.sample(names, self._dice.randint(1, min(6, len(names))))
        fields = " ".join(self._field(name, named.fields[name], depth) for name in chosen)
        return f"{{ {fields}{self._on(named, depth)} }}"

    def _on(self, named: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """Now and then a fragment on what an interface can be."""
        if not isinstance(named, GraphQLInterfaceType) or self._dice.random() < 0.5:
            return " __typename" if self._dice.random() < 0.2 else ""
        kind = self._dice.choice(sorted(self._schema.get_possible_types(named), key=lambda t: t.name))
        return f" ... on {kind.name} {self._selection(kind, depth + 1)}"

    def value(self, of: object, depth: int) -> str:
        """A literal: mostly of the right type, sometimes of any other."""
        if self._dice.random() < 0.08:
            return self._wrong()
        if is_non_null_type(of):
            return self.value(of.of_type, depth)
        if is_list_type(of):
            many = self._dice.choice((0, 1, 2, 3, 120 if depth < 2 else 1))
            return f"[{', '.join(self.value(of.of_type, depth + 1) for _ in range(many))}]"
        if isinstance(of, GraphQLInputObjectType):
            return self._input(of, depth)
        if is_enum_type(of):
            return str(self._dice.choice(sorted(of.values)))
        return self._scalar(getattr(of, "name", ""))

    def _input(self, of: GraphQLInputObjectType, depth: int) -> str:
        if depth > DEEPEST:
            return "null"
        fields = (
            f"{name}: {self.value(field.type, depth + 1)}"
            for name, field in of.fields.items()
            if is_non_null_type(field.type) or self._dice.random() < 0.5
        )
        return f"{{{', '.join(fields)}}}"

    def _scalar(self, name: str) -> str:
        if name == "Int":
            return str(self._dice.choice(NUMBERS))
        if name == "Float":
            return self._dice.choice(("0.5", "1e308", "-1e400", "3"))
        if name == "Boolean":
            return self._dice.choice(("true", "false"))
        if name == "UUID":
            return quoted(
                f"{self._dice.getrandbits(32):08x}-0000-4000-8000-{self._dice.getrandbits(48):012x}"
            )
        return quoted(self._dice.choice(WORDS))

    def _wrong(self) -> str:
        odd = (
            "null",
            "[]",
            "{}",
            "[[[[1]]]]",
            '{a: {b: "c"}}',
            "BUKAN",
            "1e999",
            '"\\u0000"',
            '"\\ud800"',
            "-0",
        )
        return self._dice.choice((*odd, *map(str, NUMBERS)))
