"""Walking through the public money: from the city to an OPD, its programmes, and the last account line."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from backend.budget.proofs import kept_rows, proof
from backend.budget.queries import ACCOUNT_LINES, TOPIC
from backend.core import clock
from backend.core.conditions import All, Is
from backend.core.kept import Kept
from backend.core.pages import Page, Window
from backend.core.problems import InvalidInput
from backend.core.reads import Reads, Row, fetch, page

SEARCH_LEAST, SEARCH_MOST = 3, 80


class Level(StrEnum):
    """How deep a place lies; the lines stand below a sub-activity."""

    CITY = "city"
    OPD = "opd"
    PROGRAMME = "programme"
    ACTIVITY = "activity"
    SUB_ACTIVITY = "sub_activity"


# How deep a code of this length lies; a sub-activity had two digits less before the decree of 2023.
_BY_LENGTH = {
    0: Level.OPD,
    7: Level.PROGRAMME,
    12: Level.ACTIVITY,
    15: Level.SUB_ACTIVITY,
    17: Level.SUB_ACTIVITY,
}
DEPTH = {Level.OPD: 0, Level.PROGRAMME: 1, Level.ACTIVITY: 2, Level.SUB_ACTIVITY: 3}


@dataclass(frozen=True)
class StageOf:
    """A stage of a year: from which day it counts, its import, and whether that is invented."""

    year: int
    stage: str
    effective_on: date
    import_id: UUID
    total: Decimal
    sample: bool


@dataclass(frozen=True)
class Spot:
    """A place in a stage's tree: the city (no opd), an OPD (no code), or a code within an OPD."""

    stage: StageOf
    level: Level
    opd: str | None
    code: str
    total: Decimal
    lines: int

    @property
    def key(self) -> tuple[UUID, str | None, str]:
        """What tells it from every other place of every other import."""
        return self.stage.import_id, self.opd, self.code


@dataclass(frozen=True)
class Part:
    """One part of a place, with its rupiah and how many lines it has. `opd` names it below the city, `code` below that."""

    opd: str
    code: str
    name: str
    amount: Decimal
    lines: int


_STAGES = """
SELECT s.year, s.stage, s.effective_on, s.import_id, i.total, i.sample
FROM budget_stages s JOIN budget_imports i ON i.id = s.import_id
"""


async def stages(year: int) -> list[StageOf]:
    """Every stage of a year, the newest first, those that will count later too."""
    rows = await kept_rows(
        _STAGES + "WHERE s.year = $1 ORDER BY s.effective_on DESC, s.id DESC LIMIT 50", year
    )
    return [StageOf(*row) for row in rows]


async def years() -> list[int]:
    """The years of which there is a budget or a table of the ministry, the newest first; at most 50."""
    rows = await kept_rows(
        "SELECT DISTINCT year FROM budget_imports WHERE state = 'in_force' ORDER BY year DESC LIMIT 50"
    )
    return [row[0] for row in rows]


async def stage_on(year: int, stage: str | None, day: date | None) -> StageOf | None:
    """The stage of this name, or the one that counted on a day (today if none is given)."""
    found = await stages(year)
    if stage is not None:
        return next((s for s in found if s.stage == stage), None)
    limit = day or clock.today()
    return next((s for s in found if s.effective_on <= limit), None)


async def standing(year: int) -> StageOf | None:
    """The stage of a year that counts today, or the newest one where none counts yet."""
    return await stage_on(year, None, None) or next(iter(await stages(year)), None)


async def budget_on(year: int, opd: str | None, day: date) -> Decimal:
    """Rupiah of the city or an OPD in the stage that counted on a day; 0 where none did."""
    stage = await stage_on(year, None, day)
    place = await spot(stage, opd, "") if stage else None
    return place.total if place else Decimal(0)


async def stage_of(import_id: UUID) -> StageOf | None:
    """The stage that an import once gave its lines to, whether they count today or not; None for any other import."""
    rows = await kept_rows(
        "SELECT year, stage, effective_on, id, total, sample FROM budget_imports"
        " WHERE id = $1 AND kind = 'expenditure' AND state IN ('in_force', 'superseded')",
        import_id,
    )
    return StageOf(*rows[0]) if rows else None


async def spot(stage: StageOf, opd: str | None, code: str) -> Spot | None:
    """A place of a stage, or None where there is none. InvalidInput for a code that cannot be."""
    if opd is None:
        if code:
            raise InvalidInput.at("opd", "Sebut dinasnya juga.", "Name the department too.")
        amount, lines = (await kept_rows(_CITY, stage.import_id))[0]
        return Spot(stage, Level.CITY, None, "", amount, lines)
    level = _BY_LENGTH.get(len(code))
    if level is None:
        raise InvalidInput.at("code", "Kode ini tidak dikenal.", "Not a known code.")
    sql = _OPD if level is Level.OPD else _NODE
    where = () if level is Level.OPD else (DEPTH[level], code)
    amount, lines = (await kept_rows(sql, stage.import_id, opd, *where))[0]
    return Spot(stage, level, opd, code, amount, lines) if lines else None


_SUM = "SELECT coalesce(sum(amount), 0)::numeric(20,2), coalesce(sum(lines), 0)::int FROM"
_CITY = f"{_SUM} budget_totals WHERE import_id = $1"
_OPD = f"{_SUM} budget_totals WHERE import_id = $1 AND opd = $2"
_NODE = f"{_SUM} budget_nodes WHERE import_id = $1 AND opd = $2 AND level = $3 AND code = $4"

_OPD_PARTS = """
SELECT t.opd, '', o.name, sum(t.amount)::numeric(20,2), sum(t.lines)::int
FROM budget_totals t JOIN opds o ON o.code = t.opd WHERE t.import_id = $1
GROUP BY t.opd, o.name ORDER BY 4 DESC, 1 LIMIT 200
"""
_PARTS = """
SELECT n.opd, n.code, coalesce(b.name, n.code), n.amount, n.lines
FROM (SELECT opd, code, sum(amount)::numeric(20,2) AS amount, sum(lines)::int AS lines FROM budget_nodes
      WHERE import_id = $1 AND opd = $2 AND level = $3 AND left(code, $4) = $5
      GROUP BY opd, code ORDER BY 3 DESC, 2 LIMIT 200) n
LEFT JOIN budget_names b ON (b.classification, b.kind, b.code) = ($6, $7, n.code)
ORDER BY n.amount DESC, n.code
"""


def below_of(level: Level) -> Level | None:
    """What a place of this level is divided into; None for a sub-activity, which has lines."""
    order = list(Level)
    return None if level is Level.SUB_ACTIVITY else order[order.index(level) + 1]


async def parts(place: Spot) -> list[Part]:
    """What lies directly below, the largest first; nothing below a sub-activity but its lines. At most 200."""
    stage = place.stage
    if place.level is Level.CITY:
        return [Part(*row) for row in await kept_rows(_OPD_PARTS, stage.import_id)]
    below = below_of(place.level)
    if below is None:
        return []
    decree = (await proof(stage.import_id)).classification
    where = (DEPTH[below], len(place.code), place.code, decree, below.value)
    return [Part(*row) for row in await kept_rows(_PARTS, stage.import_id, place.opd, *where)]


async def name_of(place: Spot) -> str:
    """What the place is called by its decree; its code where no file has named it."""
    if place.level in (Level.CITY, Level.OPD):
        return ""
    decree = (await proof(place.stage.import_id)).classification
    rows = await kept_rows(
        "SELECT name FROM budget_names WHERE classification = $1 AND kind = $2 AND code = $3",
        *(decree, place.level.value, place.code),
    )
    return str(rows[0][0]) if rows else place.code


async def sources(place: Spot) -> list[tuple[str, Decimal, int]]:
    """Fund source, rupiah and lines of a place, the largest first."""
    table, where = "budget_totals", "import_id = $1"
    values: list[object] = [place.stage.import_id]
    if place.opd is not None:
        where, values = f"{where} AND opd = $2", [*values, place.opd]
    if place.code:
        table, where = "budget_nodes", f"{where} AND level = $3 AND code = $4"
        values = [*values, DEPTH[place.level], place.code]
    rows = await kept_rows(
        f"SELECT fund_source, sum(amount)::numeric(20,2), sum(lines)::int FROM {table} WHERE {where}"  # noqa: S608 - our own text
        " GROUP BY fund_source ORDER BY 2 DESC, 1 LIMIT 100",
        *values,
    )
    return [(source, amount, lines) for source, amount, lines in rows]


async def accounts(place: Spot) -> list[tuple[str, Decimal, int]]:
    """Kind of account (5.1.02), rupiah and lines of the city or an OPD, the largest first; below, none are kept."""
    if place.code:
        return []
    rows = await kept_rows(
        "SELECT account, sum(amount)::numeric(20,2), sum(lines)::int FROM budget_accounts"
        " WHERE import_id = $1 AND ($2::text IS NULL OR opd = $2) GROUP BY account ORDER BY 2 DESC, 1 LIMIT 100",
        *(place.stage.import_id, place.opd),
    )
    return [(account, amount, lines) for account, amount, lines in rows]


async def lines(place: Spot, window: Window, reads: Reads) -> Page[Row]:
    """Parts of the account lines of a sub-activity in the order of the file; empty anywhere else."""
    if place.level is not Level.SUB_ACTIVITY:
        return Page.cut([], window, lambda _: ())
    where = All(
        (
            Is("import_id", place.stage.import_id),
            Is("opd", place.opd),
            Is("sub_activity", place.code),
        )
    )
    return await page(ACCOUNT_LINES, reads, where, (("id", False),), window.read(int))


# By decree, filled with the accounts that somebody looked at.
_account_names: Kept[dict[str, str]] = Kept(TOPIC, most=20)


async def account_names(stage: StageOf, accounts: Set[str]) -> Mapping[str, str]:
    """What the decree of a stage's file calls these accounts, and maybe others; empty where it says nothing."""
    decree = (await proof(stage.import_id)).classification

    async def none_yet() -> dict[str, str]:
        return {}

    known = await _account_names.get(none_yet, decree)
    missing = [account for account in accounts if account not in known]
    if missing:
        named = await fetch(
            "SELECT code, name FROM budget_names WHERE classification = $1 AND kind = 'account' AND code = ANY($2)",
            [decree, missing],
        )
        known.update({**dict.fromkeys(missing, ""), **dict(named)})
    return known


@dataclass(frozen=True)
class Found:
    """A place whose name answers a search."""

    opd: str
    code: str
    level: Level
    name: str
    amount: Decimal


_SEARCH = """
SELECT n.opd, n.code, b.kind, b.name, sum(n.amount)::numeric(20,2)
FROM budget_names b JOIN budget_nodes n
     ON n.import_id = $1 AND n.code = b.code
    AND n.level = CASE b.kind WHEN 'programme' THEN 1 WHEN 'activity' THEN 2 ELSE 3 END
WHERE b.classification = $2 AND b.kind IN ('programme', 'activity', 'sub_activity')
  AND to_tsvector('indonesian', b.name) @@ websearch_to_tsquery('indonesian', $3)
GROUP BY n.opd, n.code, b.kind, b.name ORDER BY 5 DESC, 1, 2 LIMIT 50
"""


async def search(stage: StageOf, text: str) -> list[Found]:
    """Programmes, activities and sub-activities by the words of their names, the largest first; at most 50."""
    words = " ".join(text.split())
    if not SEARCH_LEAST <= len(words) <= SEARCH_MOST:
        raise InvalidInput.at("text", "Tulis 3 sampai 80 huruf.", "Write 3 to 80 letters.")
    decree = (await proof(stage.import_id)).classification
    rows = await fetch(_SEARCH, [stage.import_id, decree, words])
    return [Found(opd, code, Level(kind), name, amount) for opd, code, kind, name, amount in rows]


CLOSEST_MOST, NAME_MOST = 3, 300
# How much of all their words two names share; the words as the search knows them, without their endings.
_CLOSEST = """
SELECT n.opd, n.code, n.name, n.amount FROM (
    SELECT n.opd, n.code, b.name, sum(n.amount)::numeric(20,2) AS amount,
           to_tsvector('indonesian', b.name) AS words FROM budget_nodes n
    JOIN budget_names b ON (b.classification, b.kind, b.code) = ($2, $3, n.code)
    WHERE n.import_id = $1 AND n.level = $4 GROUP BY n.opd, n.code, b.name) n
CROSS JOIN LATERAL (SELECT tsvector_to_array(to_tsvector('indonesian', $5)) AS asked) a
CROSS JOIN LATERAL (SELECT count(*)::float AS shared FROM unnest(a.asked) w WHERE w = ANY(tsvector_to_array(n.words))) s
CROSS JOIN LATERAL (SELECT greatest(cardinality(a.asked) + length(n.words) - s.shared, 1) AS of_all) c
WHERE s.shared * 3 > c.of_all ORDER BY s.shared / c.of_all DESC, n.opd = $6 DESC, n.amount DESC, n.code LIMIT $7
"""


async def closest(stage: StageOf, opd: str, code: str, name: str) -> list[Found]:
    """The places of a stage most like one by the words of its name, those of its OPD first among equals; at most 3.

    They lie as deep as `code` and share more than a third of all words. Empty for an OPD: it has no code.
    """
    words = " ".join(name.split())
    if not SEARCH_LEAST <= len(words) <= NAME_MOST:
        raise InvalidInput.at("text", "Tulis 3 sampai 300 huruf.", "Write 3 to 300 letters.")
    level = _BY_LENGTH.get(len(code), Level.OPD)
    if level is Level.OPD:
        return []
    decree = (await proof(stage.import_id)).classification
    values = [stage.import_id, decree, level.value, DEPTH[level], words, opd, CLOSEST_MOST]
    return [
        Found(opd, code, level, name, amount) for opd, code, name, amount in await fetch(_CLOSEST, values)
    ]
