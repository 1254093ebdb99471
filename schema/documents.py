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


KEPT = 256
KEPT_TEXT = 1024 * 1024
KEPT_SWITCHES = 64
DEEPEST = 60

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
        self._valid: bool | None = None
        self._weights: dict[Switches, Weight] = {}
        self._plans: dict[tuple[str | None, Switches], Plan | None] = {}

    def switches(self, variables: Mapping[str, Any]) -> Switches:
        """The variables of this request that decide what the document costs and selects."""
        given = ((n, variables[n]) for n in self._names if n in variables)
        # True and 1 are equal, so a boolean is told apart by its name.
        return tuple((f"{n}?" if v is True or v is False else n, v) for n, v in given if isinstance(v, int))

    def weight(self, schema: GraphQLSchema, switches: Switches, limits: Limits) -> Weight:
        """What the guard says; OverLimit when the document is past a bound."""
        found = self._weights.get(switches)
        if found is None:
            found = weigh(schema, self.document, _named(switches), limits)
            _keep(self._weights, switches, found)
        return found

    def plan(self, schema: Schema, operation: str | None, switches: Switches) -> Plan | None:
        """The plan of an operation, or None when the resolvers answer it."""
        key = (operation, switches)
        if key not in self._plans:
            if self._valid is None:
                self._valid = not validate(schema.graphql_schema, self.document)
            found = compile_plan(schema, self.document, operation, _named(switches)) if self._valid else None
            _keep(self._plans, key, found)
        return self._plans[key]


def _named(switches: Switches) -> dict[str, int]:
    return {name.rstrip("?"): value for name, value in switches}


def _keep(found: dict[Any, Any], key: object, value: object) -> None:
    """A few values each; who tries many loses only their own speed."""
    if len(found) >= KEPT_SWITCHES:
        found.clear()
    found[key] = value


class Documents:
    """Parses documents. Trusted ones stay; of others the last 256 are kept, 1 MiB of text together."""

    def __init__(self, tokens: int, trusted: Collection[str] = ()) -> None:
        self._tokens = tokens
        self._trusted = frozenset(trusted)
        self._always: dict[str, Known] = {}
        self._kept: OrderedDict[str, Known] = OrderedDict()
        self._text = 0

    def learn(self, text: str) -> Known:
        """The document, or GraphQLError for one that is none, nests too deeply or has too many tokens."""
        known = self._always.get(text) or self._kept.get(text)
        if known is None:
            _check_nesting(text)
            known = Known(text, parse(text, no_location=False, max_tokens=self._tokens))
            self._remember(known)
        elif text in self._kept:
            self._kept.move_to_end(text)
        return known

    def _remember(self, known: Known) -> None:
        if known.text in self._trusted:
            self._always[known.text] = known
            return
        self._kept[known.text] = known
        self._text += len(known.text)
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
