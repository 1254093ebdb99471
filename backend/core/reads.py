"""Reading rows: each domain declares tables with columns and relations once, and one SQL statement reads
exactly the part that was asked for. What is not declared cannot be read.

A relation travels inside its row as one value, so a list with everything around it is one statement however
many rows there are.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias

import orjson
from tortoise.connection import get_connection

from backend.core.conditions import All, Condition, Values, sql_of
from backend.core.pages import Page, Window

# What a statement found: a named tuple of the columns and relations that were asked for.
Row: TypeAlias = Any


@dataclass(frozen=True)
class Table:
    """What may be read of a table. `computed` are SQL expressions over the row `{row}`; `json` arrive parsed.

    `moments` are columns with a point in time, for tables that are read as relations.
    """

    name: str
    columns: frozenset[str]
    relations: Mapping[str, "Relation"] = field(default_factory=dict, hash=False, compare=False)
    computed: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)
    json: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()


def columns_of(names: str) -> frozenset[str]:
    """Column names written one after the other."""
    return frozenset(names.split())


@dataclass(frozen=True)
class Relation:
    """Rows of another table that belong to a row: `on` pairs their columns with the row's.

    `fixed` are constant texts a column must hold; `one` says that there is at most one such row. `when` is a test
    of the row `{row}` without which its rows are not even looked for.
    """

    table: Table
    on: tuple[tuple[str, str], ...]
    order: str = ""
    most: int = 50
    fixed: tuple[tuple[str, str], ...] = ()
    one: bool = False
    when: str = ""


@dataclass(frozen=True)
class Written:
    """The first `most` rows of a relation as JSON that PostgreSQL writes: objects of `pairs`, each a key and its column.

    Nobody looks at such rows: the text is spliced into the answer as it is. So it is for texts, booleans and
    moments, which PostgreSQL and the JSON encoder write alike (moments by `_ISO`).
    """

    relation: str
    pairs: tuple[tuple[str, str], ...]
    most: int

    @property
    def name(self) -> str:
        """What the value is called in a row."""
        return f"{self.relation}_{self.most}_{'_'.join(column for _, column in self.pairs)}"


@dataclass(frozen=True)
class Reads:
    """A part of a table: columns, and parts of relations; `most` bounds how many rows of a relation."""

    columns: frozenset[str] = frozenset()
    relations: tuple[tuple[str, "Reads"], ...] = ()
    most: int = 0
    written: frozenset[Written] = frozenset()

    def __or__(self, other: "Reads") -> "Reads":
        """Everything that either part reads."""
        if self == other:
            return self
        merged = dict(self.relations)
        for name, reads in other.relations:
            merged[name] = merged[name] | reads if name in merged else reads
        return Reads(
            self.columns | other.columns,
            tuple(sorted(merged.items())),
            max(self.most, other.most),
            self.written | other.written,
        )


def read(*columns: str, most: int = 0, **relations: Reads) -> Reads:
    """A part of a table in one line: read("id", "state", returns=read("at"))."""
    return Reads(frozenset(columns), tuple(sorted(relations.items())), most)


NOTHING = Reads()


def together(parts: Iterable[Reads]) -> Reads:
    """Everything that any of the parts reads."""
    found = NOTHING
    for part in parts:
        found = found | part
    return found


@dataclass(frozen=True)
class Statement:
    """A compiled SELECT up to its WHERE, and how its records become rows."""

    select: str
    rows: Callable[[Iterable[Any]], list[Row]]


Order: TypeAlias = tuple[tuple[str, bool], ...]


@lru_cache(maxsize=1024)
def statement(table: Table, reads: Reads) -> Statement:
    """The SELECT that reads a part of a table as row `r`. KeyError for what was not declared."""
    expressions, rows = _expressions(table, reads, "r")
    return Statement(f"SELECT {', '.join(expressions)} FROM {table.name} r", rows)  # noqa: S608 - declared names


@lru_cache(maxsize=1024)
def _with(table: Table, reads: Reads, order: Order) -> Statement:
    """The SELECT that reads also what the rows are sorted by, for their cursors."""
    return statement(table, reads | read(*(column for column, _ in order)))


Rows: TypeAlias = Callable[[Iterable[Any]], list[Row]]
Mend: TypeAlias = Callable[[Any], Any]
# Where a value stands that is not what it shall be, what makes it so, and what stands for a null.
Mended: TypeAlias = tuple[int, Mend, object]


def _expressions(table: Table, reads: Reads, row: str) -> tuple[list[str], Rows]:
    names: list[str] = []
    expressions: list[str] = []
    mended: list[Mended] = []
    for name in sorted(reads.columns):
        if name in table.json:
            mended.append((len(names), _parsed, None))
        expressions.append(_column(table, name, row))
        names.append(name)
    for name, part in reads.relations:
        relation = table.relations[name]
        expression, mend = (_one if relation.one else _many)(relation, part, f"{row}_{name}", row)
        mended.append((len(names), mend, None if relation.one else ()))
        expressions.append(expression)
        names.append(name)
    for text in sorted(reads.written, key=lambda w: w.name):
        mended.append((len(names), orjson.Fragment, None))
        expressions.append(_text(table.relations[text.relation], text, f"{row}_{text.name}", row))
        names.append(text.name)
    # Statements without a column would be no SQL.
    return expressions or ["true"], _maker(names, mended)


def _column(table: Table, name: str, row: str) -> str:
    if name in table.computed:
        return table.computed[name].replace("{row}", row)
    if name not in table.columns:
        raise KeyError(f"{table.name}.{name} is not declared")
    return f"{row}.{name}"


def _source(relation: Relation, child: str, row: str) -> str:
    where = " AND ".join(
        [f"{child}.{a} = {row}.{b}" for a, b in relation.on]
        + [f"{child}.{column} = '{text}'" for column, text in relation.fixed]
    )
    return f"{relation.table.name} {child} WHERE {where}"


def _one(relation: Relation, reads: Reads, child: str, row: str) -> tuple[str, Mend]:
    """At most one row, as a record: bytes and moments keep their types."""
    expressions, rows = _expressions(relation.table, reads, child)
    sql = f"(SELECT ROW({', '.join(expressions)}) FROM {_source(relation, child, row)} LIMIT 1)"  # noqa: S608
    return sql, lambda found: rows((found,))[0]


def _many(relation: Relation, reads: Reads, child: str, row: str) -> tuple[str, Mend]:
    """Many rows, as one JSON array of arrays: records of unnamed types cost the driver five times as much."""
    assert not reads.relations, "rows of a relation have none of their own"
    names = sorted(reads.columns)
    columns = ", ".join(_column(relation.table, n, child) for n in names)
    order = f" ORDER BY {relation.order.replace('{row}', child)}" if relation.order else ""
    most = min(reads.most or relation.most, relation.most)
    sql = (
        f"(SELECT json_agg(x.v) FROM (SELECT json_build_array({columns}) AS v"  # noqa: S608 - declared names
        f" FROM {_source(relation, child, row)}{order} LIMIT {most}) x)"
    )
    if relation.when:
        sql = f"(CASE WHEN {relation.when.replace('{row}', row)} THEN {sql} END)"
    moments = [i for i, n in enumerate(names) if n in relation.table.moments]
    return sql, _listed(_row(names), moments)


_ISO = (
    "to_char({c} AT TIME ZONE 'UTC', CASE WHEN {c} = date_trunc('second', {c}) "
    """THEN 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"' END)"""
)


def _text(relation: Relation, written: Written, child: str, row: str) -> str:
    """Many rows as one JSON text, to the byte as the encoder would write them."""
    table = relation.table
    columns = []
    for key, column in written.pairs:
        value = _column(table, column, child)
        columns.append(f'{_ISO.replace("{c}", value) if column in table.moments else value} AS "{key}"')
    order = f" ORDER BY {relation.order.replace('{row}', child)}" if relation.order else ""
    return (
        f"'[' || coalesce((SELECT string_agg(row_to_json(x)::text, ',') FROM (SELECT {', '.join(columns)}"  # noqa: S608 - declared names
        f" FROM {_source(relation, child, row)}{order} LIMIT {min(written.most, relation.most)}) x), '') || ']'"
    )


def _listed(made: Callable[[list[Any]], Row], moments: Sequence[int]) -> Mend:
    def rows(text: str) -> list[Row]:
        found: list[list[Any]] = orjson.loads(text)
        for place in moments:
            for values in found:
                if values[place] is not None:
                    values[place] = datetime.fromisoformat(values[place])
        return [made(values) for values in found]

    return rows


def _maker(names: Sequence[str], mended: Sequence[Mended]) -> Rows:
    made = _row(names)
    if not names:
        return lambda records: [made(()) for _ in records]
    if not mended:
        return lambda records: [made(r) for r in records]

    def rows(records: Iterable[Any]) -> list[Row]:
        found = []
        for record in records:
            values = list(record)
            for place, mend, empty in mended:
                value = values[place]
                values[place] = empty if value is None else mend(value)
            found.append(made(values))
        return found

    return rows


def _row(names: Sequence[str]) -> Callable[[Iterable[Any]], Row]:
    """A named tuple of these names, made without the detour of its `_make`."""
    kind: Any = namedtuple("Row", names)  # type: ignore[misc]
    return partial(tuple.__new__, kind)


def _parsed(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


async def fetch(sql: str, values: Sequence[object]) -> Sequence[Any]:
    """Records of one statement over the connection that this task's transaction uses, if any."""
    async with get_connection("default").acquire_connection() as connection:
        found: Sequence[Any] = await connection.fetch(sql, *values)
        return found


async def first(table: Table, reads: Reads, where: Condition) -> Row | None:
    """The one row of a condition, or None."""
    made, values = statement(table, reads), Values()
    sql = f"{made.select} WHERE {sql_of(where, 'r', values)} LIMIT 1"
    return next(iter(made.rows(await fetch(sql, values.given))), None)


async def rows(table: Table, reads: Reads, where: Sequence[Condition], *, order: str, most: int) -> list[Row]:
    """The rows of all these conditions in a declared order, at most so many."""
    made, values = statement(table, reads), Values()
    condition = sql_of(All(tuple(where)), "r", values)
    sql = f"{made.select} WHERE {condition} ORDER BY {order} LIMIT {values.add(most)}"
    return made.rows(await fetch(sql, values.given))


async def page(table: Table, reads: Reads, where: Condition, order: Order, window: Window) -> Page[Row]:
    """A page of rows by keyset. `order` pairs columns with True for descending; all go the same way."""
    columns, down = [c for c, _ in order], order[0][1]
    made, values = _with(table, reads, order), Values()
    condition = sql_of(where, "r", values)
    if window.after is not None:
        keys = ", ".join(f"r.{c}" for c in columns)
        after = ", ".join(values.add(k) for k in window.after)
        condition += f" AND ({keys}) {'<' if down else '>'} ({after})"
    ordered = ", ".join(f"r.{c}{' DESC' if down else ''}" for c in columns)
    sql = f"{made.select} WHERE {condition} ORDER BY {ordered} LIMIT {values.add(window.first + 1)}"
    rows = made.rows(await fetch(sql, values.given))
    return Page.cut(rows, window, lambda r: tuple(_key(getattr(r, c)) for c in columns))


def _key(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


async def number_of(table: Table, where: Condition) -> int:
    """How many rows a condition holds for; only for sets that are small by nature."""
    values = Values()
    rows = await fetch(
        f"SELECT count(*) FROM {table.name} r WHERE {sql_of(where, 'r', values)}",  # noqa: S608 - declared names
        values.given,
    )
    return int(rows[0][0])
