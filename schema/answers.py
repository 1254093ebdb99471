"""Answers kept as bytes: what anyone may read of the city's reference data, as long as its data version stands.

Kept under its key, an answer is never wrong: the key holds the data versions taken BEFORE the data was read, and a
commit moves the version (backend/core/feed.py). Without a version (no connection to hear from) nothing is kept or
given. What is counted from cases has no version; an answer with such a field is kept for at most 30 seconds.
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from backend.core import clock
from backend.core.actors import NOBODY, Actor
from backend.core.texts import Locale
from schema.documents import Known
from schema.requests import Asked

# The root fields whose answers may be kept, and the topics of the feed that they are made from.
TOPICS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("opds", "kecamatan", "holidays", "services", "popularServices", "service"), frozenset({"catalogue"})
    ),
    **dict.fromkeys(
        (
            *("budget", "budgetYears", "budgetPlace", "budgetSearch", "cityYear"),
            *("budgetFigure", "budgetComparison", "revenue"),
        ),
        frozenset({"budget", "catalogue"}),
    ),
    **dict.fromkeys(("__schema", "__type", "__typename"), frozenset[str]()),
}
# Fields of the catalogue that are counted from cases, wherever they stand in a document.
COUNTED = frozenset({"measured", "queueLength"})
COUNTED_SECONDS = 30

ENTRIES_MOST = 1000
MEBIBYTE = 1024 * 1024
ONE_MOST = MEBIBYTE
READ_MOST = 256  # documents whose topics are remembered
WORTH_PACKING = 1400  # bytes: what travels in one packet anyway is left alone

HEARD_LONGEST = 4096  # bytes of a request that is known again by them

Key = tuple[object, ...]


@dataclass(frozen=True)
class Made:
    """What an operation's answer is made from, and the names of its variables."""

    topics: frozenset[str]
    counted: bool
    variables: frozenset[str]


class Question(NamedTuple):
    """What was asked, apart from when."""

    document: str
    operation: str | None
    variables: bytes
    locale: Locale
    made: Made


def made_from(document: DocumentNode, operation: str | None) -> Made | None:
    """None where anything but public reference data is asked for. Linear in the document."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    asked = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = [d for d in asked if operation in (None, d.name and d.name.value)]
    if len(chosen) != 1 or chosen[0].operation is not OperationType.QUERY:
        return None
    roots = _roots(chosen[0].selection_set, fragments)
    if not roots or not roots <= TOPICS.keys():
        return None
    names = frozenset(v.variable.name.value for v in chosen[0].variable_definitions or ())
    topics = frozenset[str]().union(*(TOPICS[name] for name in roots))
    return Made(topics, not COUNTED.isdisjoint(_field_names(document)), names)


def _roots(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> set[str]:
    found, left, seen = set[str](), [selections], set[str]()
    while left:
        for node in left.pop().selections:
            match node:
                case FieldNode():
                    found.add(node.name.value)
                case InlineFragmentNode():
                    left.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = fragments.get(node.name.value)
                    left += [fragment.selection_set] if fragment else []
                case _:
                    pass
    return found


def _field_names(document: DocumentNode) -> Iterable[str]:
    left: list[Node] = list(document.definitions)
    while left:
        node = left.pop()
        if isinstance(node, FieldNode):
            yield node.name.value
        selections = getattr(node, "selection_set", None)
        if selections is not None:
            left.extend(selections.selections)


@dataclass(frozen=True)
class Kept:
    """An answer as bytes, plain and packed, with the hash that names it."""

    body: bytes
    packed: bytes | None
    digest: str

    @staticmethod
    def of(body: bytes) -> "Kept":
        packed = gzip.compress(body, compresslevel=5, mtime=0) if len(body) >= WORTH_PACKING else None
        return Kept(body, packed, hashlib.sha256(body).hexdigest()[:32])

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed or b"")

    def reply(self, accept_encoding: str, if_none_match: str) -> "Reply":
        """The answer for these request headers, or 304 when the caller has it (RFC 9110, 8.8.3 and 13.1.2)."""
        packed = self.packed if "gzip" in accept_encoding else None
        tag = f'"{self.digest}-gzip"' if packed else f'"{self.digest}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if matches(if_none_match, (f'"{self.digest}"', f'"{self.digest}-gzip"')):
            return Reply(304, b"", headers)
        return Reply(200, packed or self.body, headers | ({"Content-Encoding": "gzip"} if packed else {}))


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, for the endpoint to send."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def matches(if_none_match: str, tags: Collection[str]) -> bool:
    """True when the header names one of the tags; weak tags count as the strong ones they hold."""
    given = (tag.strip().removeprefix("W/") for tag in if_none_match[:2000].split(","))
    return any(tag == "*" or tag in tags for tag in given)


class Answers:
    """At most 1,000 answers and `mebibytes` (0 keeps none); what was not asked for longest goes first."""

    def __init__(self, mebibytes: int = 32, *, entries: int = ENTRIES_MOST) -> None:
        self._entries = entries
        self._most = mebibytes * MEBIBYTE
        self._bytes = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._heard: OrderedDict[tuple[bytes, Locale], Question] = OrderedDict()
        self._read: OrderedDict[tuple[str, str | None], Made | None] = OrderedDict()

    def question(self, known: Known, asked: Asked, actor: Actor) -> Question | None:
        """What is asked, if its answer may be kept."""
        if not self._most or actor.scope != NOBODY.scope:
            return None
        made = self._made(known, asked.operation)
        if made is None:
            return None
        given = {name: asked.variables[name] for name in made.variables & asked.variables.keys()}
        canonical = orjson.dumps(given, option=orjson.OPT_SORT_KEYS)
        return Question(asked.document, asked.operation, canonical, actor.locale, made)

    def key(self, question: Question, version: Callable[[str], int | None]) -> Key | None:
        """Under what to keep the answer; None: it may not be kept now. Take it before the data is read."""
        versions = [version(topic) for topic in sorted(question.made.topics)]
        if None in versions:
            return None
        slot = int(time.monotonic() // COUNTED_SECONDS) if question.made.counted else 0
        # Which stage of a budget counts depends on the day.
        day = clock.today() if "budget" in question.made.topics else None
        return (*question[:4], slot, day, *versions)

    def heard(self, body: bytes, actor: Actor, version: Callable[[str], int | None]) -> Kept | None:
        """The kept answer to a request that was asked before in these very bytes and in the same language."""
        question = self._heard.get((body, actor.locale)) if actor.scope == NOBODY.scope else None
        key = self.key(question, version) if question else None
        return self.get(key) if key else None

    def hear(self, body: bytes, question: Question) -> None:
        """Remember what the bytes of a request ask, once its answer is kept."""
        if len(body) <= HEARD_LONGEST:
            self._heard[body, question.locale] = question
            if len(self._heard) > self._entries:
                self._heard.popitem(last=False)

    def _made(self, known: Known, operation: str | None) -> Made | None:
        key = (known.text, operation)
        if key not in self._read:
            self._read[key] = made_from(known.document, operation)
            if len(self._read) > READ_MOST:
                self._read.popitem(last=False)
        return self._read[key]

    def get(self, key: Key) -> Kept | None:
        """The answer, if it is there."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Key, body: bytes) -> Kept:
        """Keep an answer without errors; one larger than 1 MiB is only handed back."""
        made = Kept.of(body)
        before = self._kept.pop(key, None)
        self._bytes -= before.size if before else 0
        if made.size <= ONE_MOST:
            self._kept[key] = made
            self._bytes += made.size
        while len(self._kept) > self._entries or self._bytes > self._most:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= gone.size
        return made
