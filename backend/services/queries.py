"""Reading the catalogue: public, small and the same for everyone, so definitions are kept in memory."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import orjson

from backend.core import kept
from backend.core.calendar import WorkCalendar
from backend.core.pages import Page, Window
from backend.core.problems import NotFound
from backend.core.reads import fetch
from backend.core.texts import Text
from backend.services.definition import Definition
from backend.services.reference import Listed, Office, Place, Reference, reference

_SEARCH_MOST = 120
_definitions: dict[tuple[str, int], Definition] = {}

UNKNOWN_SERVICE = Text("Layanan ini tidak ada di daftar kota.", "This service is not in the city's list.")


class OfService(Protocol):
    """Anything that started on a version of a service."""

    @property
    def service_code(self) -> str: ...
    @property
    def service_version(self) -> int: ...


async def at_hand(rows: Iterable[Any]) -> None:
    """Have the definitions of these cases in memory, so that `definition_of` finds them."""
    await _learn([(r.service_code, r.service_version) for r in rows])


def definition_of(row: OfService) -> Definition:
    """The definition that a case runs on; the caller had it brought `at_hand`."""
    return known(row.service_code, row.service_version)


def known(code: str, version: int) -> Definition:
    """A version that was brought `at_hand` before."""
    return _definitions[code, version]


async def definition(code: str, version: int) -> Definition:
    """One published version; versions never change, so each is parsed once per process."""
    await _learn([(code, version)])
    return _definitions[code, version]


async def _learn(wanted: Iterable[tuple[str, int]]) -> None:
    """Read the versions that are not in memory yet in one statement; NotFound when there is no such one."""
    missing = {w for w in wanted if w not in _definitions}
    if not missing:
        return
    codes, versions = zip(*sorted(missing), strict=True)
    rows = await fetch(
        "SELECT service_code, version, definition FROM service_versions"
        " JOIN unnest($1::varchar[], $2::int[]) AS w(c, v) ON c = service_code AND v = version",
        [list(codes), list(versions)],
    )
    for code, version, body in rows:
        _definitions[code, version] = Definition.model_validate(
            orjson.loads(body) if isinstance(body, str) else body
        )
    if missing - _definitions.keys():
        raise NotFound(UNKNOWN_SERVICE)


async def bring_at_hand() -> None:
    """Read the city and every current definition before the first request asks for them."""
    await _current(list((await reference()).services.values()))


async def _current(rows: Sequence[Listed]) -> list[Definition]:
    await _learn([(r.code, r.version) for r in rows])
    return [_definitions[r.code, r.version] for r in rows]


async def current(code: str) -> Definition:
    """The version that new cases start on."""
    row = (await reference()).services.get(code)
    if row is None:
        raise NotFound(UNKNOWN_SERVICE)
    return (await _current([row]))[0]


async def currents(codes: Iterable[str], at: Reference) -> dict[str, Definition]:
    """The current versions of several services, by code."""
    listed = at.services
    return {d.code: d for d in await _current([listed[c] for c in codes if c in listed])}


async def popular(most: int = 8) -> list[Definition]:
    listed = (await reference()).services.values()
    return await _current([s for s in listed if s.popular is not None][:most])


async def of_opd(code: str, at: Reference, most: int = 200) -> list[Definition]:
    """The services that one OPD answers for, in the order of the catalogue."""
    return await _current(at.services_of.get(code, ())[:most])


async def find(
    window: Window, *, search: str = "", category: str | None = None
) -> tuple[Page[Definition], int]:
    """Services by name, or by how well they answer a search (Indonesian full text, synonyms, typing slips)."""
    listed = (await reference()).services
    if search.strip():
        rows = [listed[c] for c in await _ranked(search, category) if c in listed]
    else:
        rows = [s for s in listed.values() if category is None or s.category == category]
    total = len(rows)
    after = window.keys(str)
    if after is not None:
        seen = [i for i, r in enumerate(rows) if r.code == after[0]]
        rows = rows[seen[0] + 1 :] if seen else []
    found = await _current(rows[: window.first + 1])
    return Page.cut(found, window, lambda d: (d.code,)), total


async def _ranked(search: str, category: str | None) -> list[str]:
    """The catalogue is a few dozen rows: rank all, best first. `search` becomes a prefix query of its words."""
    words = ["".join(c for c in w if c.isalnum()) for w in search[:_SEARCH_MOST].split()]
    prefixes = " & ".join(f"{w}:*" for w in words if w)
    if not prefixes:
        return []
    rows = await fetch(
        """
        SELECT code FROM (
            SELECT code, popular, name,
                   ts_rank(search, to_tsquery('indonesian', $1)) + ts_rank(search, to_tsquery('simple', $1)) AS rank,
                   word_similarity($2, search_text) AS near,
                   search @@ to_tsquery('indonesian', $1) OR search @@ to_tsquery('simple', $1) AS hit
            FROM services WHERE $3::text IS NULL OR category = $3) s
        WHERE hit OR near >= 0.5
        ORDER BY hit DESC, rank DESC, near DESC, popular NULLS LAST, name
        """,
        [prefixes, " ".join(words).lower(), category],
    )
    return [r[0] for r in rows]


async def opds() -> list[Office]:
    """The departments by name."""
    return list((await reference()).opds.values())


async def opd(code: str) -> Office | None:
    return (await reference()).opds.get(code)


async def places() -> list[Place]:
    """The 57 kelurahan in order of their codes."""
    return list((await reference()).places.values())


async def place(code: str | None) -> Place | None:
    return (await reference()).places.get(code or "")


async def calendar() -> WorkCalendar:
    """The working calendar as the tables hold it."""
    return (await reference()).calendar


def forget() -> None:
    """Drop what is kept in memory (after publishing, and between tests)."""
    _definitions.clear()
    kept.forget()
