"""From objects to what JSON is made of: a compiled selection visits attributes, nothing else.

An encoder gives exactly what graphql-core would complete for the same object. Whatever it would refuse (a null
where none may be, a number that is no Int) raises Aside, and the resolvers say it in their way.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import orjson

INT_MOST = 2**31 - 1
KEPT_MOST = 8


class Aside(Exception):
    """The plan leaves this answer to the resolvers."""


class Run:
    """One request's values, handed to the fields that have resolvers of their own."""

    __slots__ = ("context", "variables")

    def __init__(self, context: Any, variables: Any) -> None:
        self.context = context
        self.variables = variables


# Without a function the value is what JSON takes as it is.
Encode = Callable[[Any, Run], Any]


@dataclass(frozen=True)
class Encoder:
    """How a value becomes JSON. `waits`: it must be awaited. `still`: it depends on the object alone."""

    run: Encode | None
    waits: bool = False
    still: bool = True


AS_IT_IS = Encoder(None)


@dataclass(frozen=True)
class Slot:
    """One response key: a path on the object, a constant, or a call of the field's resolver."""

    key: str
    encoder: Encoder
    required: bool
    path: str | None = None
    constant: str | None = None
    call: Callable[[Any, Run], Awaitable[Any]] | None = None


def whole(value: Any, _: Run) -> Any:
    """GraphQL's Int holds 32 bits."""
    if value.__class__ is not int or not -INT_MOST - 1 <= value <= INT_MOST:
        raise Aside
    return value


def listed(item: Encoder, *, required: bool) -> Encoder:
    """A list of what `item` encodes."""
    inner = item.run
    if inner is None:

        def plain(values: Any, _: Run) -> Any:
            found = list(values)
            if required and None in found:
                raise Aside
            return found

        return Encoder(plain)
    if item.waits:

        async def waiting(values: Any, run: Run) -> Any:
            return [await _or_null(inner, v, run, required) for v in values]

        return Encoder(waiting, waits=True, still=False)

    def encode(values: Any, run: Run) -> Any:
        if None in values and required:
            raise Aside
        return [None if v is None else inner(v, run) for v in values]

    return Encoder(encode, still=item.still)


async def _or_null(encode: Encode, value: Any, run: Run, required: bool) -> Any:
    if value is None:
        if required:
            raise Aside
        return None
    return await encode(value, run)


def one_of(encoders: Mapping[type, Encoder]) -> Encoder:
    """A union or an interface: the object's own class decides."""
    waits = any(e.waits for e in encoders.values())

    def of(value: Any) -> Encode:
        encoder = encoders.get(value.__class__)
        if encoder is None or encoder.run is None:
            raise Aside
        return encoder.run

    if not waits:
        return Encoder(lambda value, run: of(value)(value, run), still=False)

    async def waiting(value: Any, run: Run) -> Any:
        found = of(value)(value, run)
        return await found if encoders[value.__class__].waits else found

    return Encoder(waiting, waits=True, still=False)


class _Shape:
    """The slots of a selection, sorted by how their values come about."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.keys = [s.key for s in slots]
        self.required = [i for i, s in enumerate(slots) if s.required]
        self.calls = [(i, s.call) for i, s in enumerate(slots) if s.call is not None]
        inner = [(i, s.encoder) for i, s in enumerate(slots) if s.encoder.run is not None]
        self.inner: list[tuple[int, Any]] = [(i, e.run) for i, e in inner if not e.waits]
        self.waits: list[tuple[int, Any]] = [(i, e.run) for i, e in inner if e.waits]
        self._blank = [s.constant for s in slots]
        self._places = [i for i, s in enumerate(slots) if s.path is not None]
        self._get = _getter([s.path for s in slots if s.path is not None])

    def gather(self, source: Any) -> list[Any]:
        """What stands on the object, and the constants."""
        if len(self._places) == len(self._blank):
            return list(self._get(source))
        values: list[Any] = self._blank.copy()
        for i, value in zip(self._places, self._get(source), strict=True):
            values[i] = value
        return values

    def finish(self, values: list[Any], run: Run) -> dict[str, Any]:
        """Encode what needs no waiting; no null where none may be."""
        for i in self.required:
            if values[i] is None:
                raise Aside
        for i, encode in self.inner:
            if values[i] is not None:
                values[i] = encode(values[i], run)
        return dict(zip(self.keys, values, strict=True))


def an_object(slots: Sequence[Slot], *, kept: bool) -> Encoder:
    """An object's selection. `kept` objects never change, so what depends on one alone is encoded once."""
    shape = _Shape(slots)
    if not shape.calls and not shape.waits:
        still = all(s.encoder.still for s in slots)

        def plain(source: Any, run: Run) -> Any:
            return shape.finish(shape.gather(source), run)

        return Encoder(_kept(plain) if kept and still else plain, still=still)

    async def waiting(source: Any, run: Run) -> dict[str, Any]:
        values = shape.gather(source)
        for i, call in shape.calls:
            values[i] = await call(source, run)
        found = shape.finish(values, run)
        for i, encode in shape.waits:
            if values[i] is not None:
                found[shape.keys[i]] = await encode(values[i], run)
        return found

    return Encoder(waiting, waits=True, still=False)


def _getter(paths: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if not paths:
        return lambda _: ()
    get = attrgetter(*paths)
    return get if len(paths) > 1 else lambda source: (get(source),)


def _kept(encode: Encode) -> Encode:
    """Encode each object once and keep the bytes on it, for a few selections."""
    mark = object()

    def known(source: Any, run: Run) -> Any:
        fragment = source.fragments.get(mark)
        if fragment is None:
            if len(source.fragments) >= KEPT_MOST:
                source.fragments.clear()
            fragment = orjson.Fragment(dumps(encode(source, run)))
            source.fragments[mark] = fragment
        return fragment

    return known


def dumps(value: Any) -> bytes:
    """JSON as every answer writes it: UTC moments by RFC 3339, decimals as text."""
    return orjson.dumps(value, default=str)
