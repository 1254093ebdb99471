"""Documents: the app's own, trusted by the SHA-256 of their text, and those lately seen, parsed once."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, validate

from schema.build import Schema
from schema.guard import Limits, Weight, weigh
from schema.plans.compile import Plan, compile_plan

MANIFEST = Path(__file__).parent / "operations" / "manifest.json"
DIGITS = 16


KEPT = 256
KEPT_TEXT = 1024 * 1024
KEPT_SWITCHES = 64
ERRORS_MOST = 20
DEEPEST = 60

# What a document that this process has not seen costs before it is parsed. Parsing, weighing, validating and
# planning took 1 ms for 24 to 180 bytes of dense documents (the app's own and those of benchmarks/fuzz), 2 ms at
# least and 60 ms at most, for the parser stops at its bound of tokens. So a unit is about a tenth of a millisecond:
# whoever sends new documents all the time buys 10 ms a second with the 100 units of an anonymous network.
NEW_LEAST = 25
NEW_MOST = 600
BYTES_A_UNIT = 4


def price(text: str) -> int:
    """Units of rate for the first sight of a document, 25 to 600, by its length alone."""
    return min(NEW_LEAST + len(text) // BYTES_A_UNIT, NEW_MOST)


# The whole numbers and booleans among a request's variables: page sizes and what @skip and @include ask.
Switches = tuple[tuple[str, int], ...]


class Known:
    """A document that was seen: parsed, and for each set of switches weighed, validated and planned once."""

    def __init__(self, text: str, document: DocumentNode) -> None:
        self.text = text
        self.document = document
        self._names = sorted(
            {
                v.variable.name.value
                for d in document.definitions
                if isinstance(d, OperationDefinitionNode)
                for v in d.variable_definitions or ()
            }
        )
        self._errors: list[GraphQLError] | None = None
        self._weights: dict[Switches, Weight | GraphQLError] = {}
        self._plans: dict[tuple[str | None, Switches], Plan | None] = {}

    def switches(self, variables: Mapping[str, Any]) -> Switches:
        """The variables of this request that decide what the document costs and selects."""
        given = ((n, variables[n]) for n in self._names if n in variables)
        # True and 1 are equal, so a boolean is told apart by its name.
        return tuple((f"{n}?" if v is True or v is False else n, v) for n, v in given if isinstance(v, int))

    def weight(self, schema: GraphQLSchema, switches: Switches, limits: Limits) -> Weight:
        """What the guard says; OverLimit when the document is past a bound. Either is worked out once."""
        found = self._weights.get(switches)
        if found is None:
            try:
                found = weigh(schema, self.document, _named(switches), limits)
            except GraphQLError as refused:
                found = _copy(refused)
            _keep(self._weights, switches, found)
        if isinstance(found, GraphQLError):
            raise _copy(found)
        return found

    def errors(self, schema: GraphQLSchema) -> list[GraphQLError]:
        """What validation finds, at most 20; worked out once, for right and wrong documents alike."""
        if self._errors is None:
            self._errors = validate(schema, self.document, max_errors=ERRORS_MOST)
        return self._errors

    def is_new(self, switches: Switches) -> bool:
        """True when the document was weighed, but never with these switches: it is weighed and planned again."""
        return bool(self._weights) and switches not in self._weights

    def plan(self, schema: Schema, operation: str | None, switches: Switches) -> Plan | None:
        """The plan of an operation, or None when the resolvers answer it."""
        key = (operation, switches)
        if key not in self._plans:
            invalid = self.errors(schema.graphql_schema)
            found = None if invalid else compile_plan(schema, self.document, operation, _named(switches))
            _keep(self._plans, key, found)
        return self._plans[key]


def _copy(refused: GraphQLError) -> GraphQLError:
    """The same refusal without its traceback, which would hold on to the request.

    Where in the text it happened was counted when it was first refused: for 60 kB that takes half a millisecond.
    """
    again = GraphQLError(refused.message, extensions=refused.extensions)
    again.locations = refused.locations
    return again


def _named(switches: Switches) -> dict[str, int]:
    return {name.rstrip("?"): value for name, value in switches}


def _keep(found: dict[Any, Any], key: object, value: object) -> None:
    """A few values each; who tries many loses only their own speed."""
    if len(found) >= KEPT_SWITCHES:
        found.clear()
    found[key] = value


class Documents:
    """Parses documents. Trusted ones stay; of others the last 256 are kept, 1 MiB of text together.

    A text that is no document is remembered too: it is refused again without being read.
    """

    def __init__(self, tokens: int, trusted: Collection[str] = ()) -> None:
        self._tokens = tokens
        self._trusted = frozenset(trusted)
        self._always: dict[str, Known] = {}
        self._kept: OrderedDict[str, Known | GraphQLError] = OrderedDict()
        self._text = 0

    def price(self, text: str) -> int:
        """What the caller owes before `learn`: 0 for the app's own documents and those seen lately."""
        return 0 if text in self._trusted or text in self._kept else price(text)

    def price_of_switches(self, known: Known, switches: Switches) -> int:
        """What the caller owes for a document seen lately, but not with these page sizes and conditions."""
        return price(known.text) if known.text not in self._trusted and known.is_new(switches) else 0

    def learn(self, text: str) -> Known:
        """The document, or GraphQLError for one that is none, nests too deeply or has too many tokens."""
        known = self._always.get(text) or self._kept.get(text)
        if known is None:
            known = self._read(text)
            self._remember(text, known)
        elif text in self._kept:
            self._kept.move_to_end(text)
        if isinstance(known, GraphQLError):
            raise _copy(known)
        return known

    def _read(self, text: str) -> Known | GraphQLError:
        try:
            _check_nesting(text)
            return Known(text, parse(text, no_location=False, max_tokens=self._tokens))
        except GraphQLError as refused:
            return _copy(refused)

    def _remember(self, text: str, known: Known | GraphQLError) -> None:
        if text in self._trusted and isinstance(known, Known):
            self._always[text] = known
            return
        self._kept[text] = known
        self._text += len(text)
        while len(self._kept) > KEPT or self._text > KEPT_TEXT:
            gone, _ = self._kept.popitem(last=False)
            self._text -= len(gone)


def _check_nesting(text: str) -> None:
    """The parser recurses as deeply as brackets nest, so they are counted first."""
    depth = 0
    for char in text:
        if char in "{[(":
            depth += 1
            if depth > DEEPEST:
                raise GraphQLError(f"The document nests deeper than {DEEPEST}.")
        elif char in "}])":
            depth -= 1


def load_manifest(path: Path = MANIFEST) -> dict[str, str]:
    """SHA-256 (hex) to document; empty while the app has not been built."""
    if not path.exists():
        return {}
    found: dict[str, str] = orjson.loads(path.read_bytes())
    return found


def trusted(manifest: Mapping[str, str]) -> dict[str, str]:
    """Documents under their whole digest, and under its first 16 digits, by which the app names them."""
    return {**{digest[:DIGITS]: text for digest, text in manifest.items()}, **manifest}
