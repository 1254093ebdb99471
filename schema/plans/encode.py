"""From objects to what JSON is made of: a compiled selection visits attributes, nothing else.

An encoder gives exactly what graphql-core would complete for the same object. Whatever it would refuse (a null
where none may be, a number that is no Int) raises Aside, and the resolvers say it in their way.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

T = TypeVar("T")

INT_MOST = 2**31 - 1
KEPT_MOST = 8


class Aside(Exception):
    """The plan leaves this answer to the resolvers."""


class Standing(list[T]):
    """A list of kept objects that itself never changes: what a plan encodes of it is kept on it."""

    def __init__(self, values: Iterable[T]) -> None:
        super().__init__(values)
        self.fragments: dict[object, Any] = {}


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
    """One response key: a path on the object, a constant, or a function of the object and the request.

    `take` gives its value at once and from the object alone, `call` must be awaited.
    """

    key: str
    encoder: Encoder
    required: bool
    path: str | None = None
    constant: str | None = None
    take: Encode | None = None
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
            return [None if v is None and not required else await inner(v, run) for v in values]

        return Encoder(waiting, waits=True, still=False)
    # A null where none may be has no attributes: the encoder fails, and the resolvers say so.
    if required:
        return _standing(lambda values, run: [inner(v, run) for v in values], still=item.still)
    return _standing(
        lambda values, run: [None if v is None else inner(v, run) for v in values], still=item.still
    )


def _standing(encode: Encode, *, still: bool) -> Encoder:
    """A list's encoder that encodes a standing list of what depends on itself alone but once."""
    if not still:
        return Encoder(encode, still=False)
    known = _kept(encode)
    return Encoder(lambda values, run: (known if values.__class__ is Standing else encode)(values, run))


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


def an_object(slots: Sequence[Slot], *, kept: bool) -> Encoder:
    """An object's selection. `kept` objects never change, so what depends on one alone is encoded once."""
    waits = any(s.call is not None or s.encoder.waits for s in slots)
    still = not waits and all(s.encoder.still for s in slots)
    encode = _written(slots, waits=waits)
    return Encoder(_kept(encode) if kept and still else encode, waits=waits, still=still)


def _written(slots: Sequence[Slot], *, waits: bool) -> Encode:
    """A function for one selection, written out in Python: each value is fetched, checked and put in its place.

    As dataclasses does for its __init__: a loop over the slots costs three times as much. Names in the text are
    our own (paths are identifiers of the schema's types); response keys come in as values, never as text.
    """
    names: dict[str, Any] = {"Aside": Aside}
    lines = [f"{'async ' if waits else ''}def encode(source, run):"]
    shared = _Shared(s.path for s in slots)
    lines += [f"    {line}" for line in shared.lines]
    pairs = []
    for number, slot in enumerate(slots):
        value, key = f"v{number}", f"k{number}"
        names[key], names[f"c{number}"] = slot.key, slot.constant
        names[f"t{number}"], names[f"e{number}"] = slot.take or slot.call, slot.encoder.run
        pairs.append(f"{key}: {value}")
        lines += [f"    {line}" for line in _slot_lines(slot, number, shared)]
    lines.append(f"    return {{{', '.join(pairs)}}}")
    exec("\n".join(lines), names)  # noqa: S102 - our own text, see above
    return names["encode"]  # type: ignore[no-any-return]


def _slot_lines(slot: Slot, number: int, shared: "_Shared") -> list[str]:
    value = f"v{number}"
    if slot.constant is not None:
        return [f"{value} = c{number}"]
    if slot.path is not None:
        lines = [f"{value} = {shared.expression(slot.path)}"]
    else:
        lines = [f"{value} = {'await ' if slot.call else ''}t{number}(source, run)"]
    if slot.required:
        lines.append(f"if {value} is None: raise Aside")
    if slot.encoder.run is not None:
        encode = f"{value} = {'await ' if slot.encoder.waits else ''}e{number}({value}, run)"
        lines.append(encode if slot.required else f"if {value} is not None: {encode}")
    return lines


class _Shared:
    """Objects on the way of more than one path, fetched once: `case` and `case.row` of a case's fields."""

    def __init__(self, paths: Iterable[str | None]) -> None:
        ways = Counter(w for p in paths if p for w in _ways(p))
        self._names: dict[str, str] = {}
        self.lines: list[str] = []
        for way in sorted(w for w, n in ways.items() if n > 1):
            name = f"p{len(self._names)}"
            self.lines.append(f"{name} = {self.expression(way)}")
            self._names[way] = name

    def expression(self, path: str) -> str:
        """How to reach a path from what is at hand."""
        for way in reversed(list(_ways(path))):
            if way in self._names:
                return f"{self._names[way]}{path[len(way) :]}"
        return f"source.{path}"


def _ways(path: str) -> Iterator[str]:
    """What stands before the last name: "case" and "case.row" of "case.row.number"."""
    parts = path.split(".")
    if not all(p.isidentifier() for p in parts):
        raise ValueError(path)
    return (".".join(parts[:n]) for n in range(1, len(parts)))


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
