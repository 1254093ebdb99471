"""Reading the catalogue: public, small and the same for everyone, so definitions are kept in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from tortoise.connection import get_connection

from backend.core.calendar import OfficeWeek, Span, WorkCalendar
from backend.core.pages import Page, Window
from backend.core.problems import NotFound
from backend.core.texts import Text
from backend.services.definition import Definition
from backend.services.models import Holiday, Kecamatan, Kelurahan, OfficeHours, Opd, Service, ServiceVersion

_SEARCH_MOST = 120
_CODE_MOST = 40  # a longer one is in no column, and Tortoise would raise instead of finding nothing
_definitions: dict[tuple[str, int], Definition] = {}
_calendar: dict[tuple[int, date | None], WorkCalendar] = {}

UNKNOWN_SERVICE = Text("Layanan ini tidak ada di daftar kota.", "This service is not in the city's list.")


@dataclass(frozen=True)
class Place:
    """A kelurahan with its kecamatan and the OPD that serves it."""

    code: str
    name: str
    postal: str
    kecamatan: str
    opd: str


async def definition(code: str, version: int) -> Definition:
    """One published version; versions never change, so each is parsed once per process."""
    known = _definitions.get((code, version))
    if known is None:
        row = await ServiceVersion.get_or_none(service_code=code, version=version)
        if row is None:
            raise NotFound(UNKNOWN_SERVICE)
        known = Definition.model_validate(row.definition)
        _definitions[code, version] = known
    return known


async def current(code: str) -> Definition:
    """The version that new cases start on."""
    row = await Service.get_or_none(code=code) if len(code) <= _CODE_MOST else None
    if row is None:
        raise NotFound(UNKNOWN_SERVICE)
    return await definition(code, row.current_version)


async def currents(codes: Collection[str]) -> dict[str, Definition]:
    """The current versions of several services, by code."""
    rows = await Service.filter(code__in=list(codes))
    return {r.code: await definition(r.code, r.current_version) for r in rows}


async def popular(most: int = 8) -> list[Definition]:
    rows = await Service.filter(popular__not_isnull=True).order_by("popular", "code").limit(most)
    return [await definition(r.code, r.current_version) for r in rows]


async def find(
    window: Window, *, search: str = "", category: str | None = None
) -> tuple[Page[Definition], int]:
    """Services by name, or by how well they answer a search (Indonesian full text, synonyms, typing slips)."""
    rows = await _ranked(search, category) if search.strip() else await _listed(category)
    total = len(rows)
    after = window.keys(str)
    if after is not None:
        seen = [i for i, r in enumerate(rows) if r["code"] == after[0]]
        rows = rows[seen[0] + 1 :] if seen else []
    chosen = rows[: window.first + 1]
    found = [await definition(r["code"], r["current_version"]) for r in chosen]
    return Page.cut(found, window, lambda d: (d.code,)), total


async def _listed(category: str | None) -> Sequence[dict[str, Any]]:
    rows: Sequence[dict[str, Any]] = await get_connection("default").execute_query_dict(
        "SELECT code, current_version FROM services WHERE $1::text IS NULL OR category = $1"
        " ORDER BY popular NULLS LAST, name, code",
        [category],
    )
    return rows


async def _ranked(search: str, category: str | None) -> Sequence[dict[str, Any]]:
    """The catalogue is a few dozen rows: rank all, best first. `search` becomes a prefix query of its words."""
    words = ["".join(c for c in w if c.isalnum()) for w in search[:_SEARCH_MOST].split()]
    prefixes = " & ".join(f"{w}:*" for w in words if w)
    if not prefixes:
        return []
    rows: Sequence[dict[str, Any]] = await get_connection("default").execute_query_dict(
        """
        SELECT code, current_version FROM (
            SELECT code, current_version, popular, name,
                   ts_rank(search, to_tsquery('indonesian', $1)) + ts_rank(search, to_tsquery('simple', $1)) AS rank,
                   word_similarity($2, search_text) AS near,
                   search @@ to_tsquery('indonesian', $1) OR search @@ to_tsquery('simple', $1) AS hit
            FROM services WHERE $3::text IS NULL OR category = $3) s
        WHERE hit OR near >= 0.5
        ORDER BY hit DESC, rank DESC, near DESC, popular NULLS LAST, name
        """,
        [prefixes, " ".join(words).lower(), category],
    )
    return rows


async def opds() -> list[Opd]:
    return await Opd.all().order_by("name").limit(200)


async def opd(code: str) -> Opd | None:
    return await Opd.get_or_none(code=code) if len(code) <= _CODE_MOST else None


async def places() -> list[Place]:
    """The 57 kelurahan in order of their codes."""
    kecamatan = {k.code: k for k in await Kecamatan.all()}
    rows = await Kelurahan.all().order_by("code").limit(500)
    return [Place(r.code, r.name, r.postal, r.kecamatan_code, kecamatan[r.kecamatan_code].opd) for r in rows]


async def kecamatan() -> list[Kecamatan]:
    return await Kecamatan.all().order_by("code").limit(50)


async def place(code: str | None) -> Place | None:
    if code is None:
        return None
    return next((p for p in await places() if p.code == code), None)


async def holidays(year: int) -> list[Holiday]:
    return await Holiday.filter(date__gte=date(year, 1, 1), date__lte=date(year, 12, 31)).order_by("date")


async def calendar() -> WorkCalendar:
    """The working calendar as the tables hold it; rebuilt when a day off was added or removed."""
    rows = await get_connection("default").execute_query_dict(
        "SELECT count(*) AS n, max(date) AS last FROM holidays", []
    )
    version = (rows[0]["n"], rows[0]["last"])
    if version not in _calendar:
        _calendar.clear()
        _calendar[version] = _read_calendar(
            await Holiday.all(), await OfficeHours.all().order_by("since", "id")
        )
    return _calendar[version]


def _read_calendar(days: Sequence[Holiday], hours: Sequence[OfficeHours]) -> WorkCalendar:
    return WorkCalendar(
        holidays={d.date: d.name for d in days},
        years=frozenset(d.date.year for d in days),
        weeks=tuple(OfficeWeek(h.since, h.until, _read_week(h.week)) for h in hours),
    )


def _read_week(week: dict[str, list[list[str]]]) -> tuple[tuple[Span, ...], ...]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return tuple(
        tuple(Span(time.fromisoformat(a), time.fromisoformat(b)) for a, b in week.get(n, ())) for n in names
    )


def forget() -> None:
    """Drop what is kept in memory (after seeding, and between tests)."""
    _definitions.clear()
    _calendar.clear()
