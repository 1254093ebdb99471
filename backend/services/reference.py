"""The city as a whole: offices, places, days off and the list of services, read in one statement and kept.

It is small and the same for everyone, and kept as long as its data version stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import orjson

from backend.core.calendar import OfficeWeek, Span, WorkCalendar
from backend.core.kept import Kept
from backend.core.reads import fetch

TOPIC = "catalogue"


@dataclass(frozen=True)
class Office:
    """A city department (organisasi perangkat daerah)."""

    code: str
    name: str
    name_en: str
    kind: str
    address: str


@dataclass(frozen=True)
class District:
    """A kecamatan and the OPD that is its office."""

    code: str
    name: str
    opd: str


@dataclass(frozen=True)
class Place:
    """A kelurahan with its kecamatan and the OPD that serves it."""

    code: str
    name: str
    postal: str
    kecamatan: str
    opd: str


@dataclass(frozen=True)
class DayOff:
    """A day on which the city does not count working time; joint leave counts as one for civil servants."""

    date: date
    name: str
    joint_leave: bool


@dataclass(frozen=True)
class Listed:
    """A service in the list: its current version, and what lists sort and choose by."""

    code: str
    version: int
    opd: str | None
    category: str
    popular: int | None
    name: str


@dataclass(frozen=True, eq=False)
class Reference:
    """One consistent view of the reference data, in the orders in which people see it."""

    opds: Mapping[str, Office]
    kecamatan: Sequence[District]
    places: Mapping[str, Place]
    days_off: Sequence[DayOff]
    calendar: WorkCalendar
    services: Mapping[str, Listed]
    services_of: Mapping[str | None, Sequence[Listed]]


_READ = """
SELECT ARRAY(SELECT ROW(code, name, name_en, kind, address) FROM opds ORDER BY name LIMIT 200),
       ARRAY(SELECT ROW(code, name, opd) FROM kecamatan ORDER BY code LIMIT 50),
       ARRAY(SELECT ROW(code, name, postal, kecamatan_code) FROM kelurahan ORDER BY code LIMIT 500),
       ARRAY(SELECT ROW(date, name, joint_leave) FROM holidays ORDER BY date LIMIT 4000),
       ARRAY(SELECT ROW(since, until, week) FROM office_hours ORDER BY since, id LIMIT 400),
       ARRAY(SELECT ROW(code, current_version, opd, category, popular, name) FROM services
             ORDER BY popular NULLS LAST, name, code LIMIT 5000)
"""

_kept: Kept[Reference] = Kept(TOPIC)


def kept() -> Reference | None:
    """The city as it stands, if it is at hand."""
    return _kept.at_hand()


async def reference() -> Reference:
    """The city as it stands."""
    return await _kept.get(_fetch)


async def _fetch() -> Reference:
    return _read((await fetch(_READ, []))[0])


def _read(row: Sequence[Any]) -> Reference:
    offices, districts, places, days, hours, listed = row
    kecamatan = [District(*d) for d in districts]
    offices_of = {d.code: d.opd for d in kecamatan}
    services = [Listed(*s) for s in listed]
    groups: dict[str | None, list[Listed]] = {}
    for service in services:
        groups.setdefault(service.opd, []).append(service)
    days_off = [DayOff(*d) for d in days]
    return Reference(
        opds={o[0]: Office(*o) for o in offices},
        kecamatan=kecamatan,
        places={p[0]: Place(p[0], p[1], p[2], p[3], offices_of[p[3]]) for p in places},
        days_off=days_off,
        calendar=WorkCalendar(
            holidays={d.date: d.name for d in days_off},
            years=frozenset(d.date.year for d in days_off),
            weeks=tuple(OfficeWeek(since, until, _week(week)) for since, until, week in hours),
        ),
        services={s.code: s for s in services},
        services_of=groups,
    )


def _week(week: str | Mapping[str, Any]) -> tuple[tuple[Span, ...], ...]:
    spans = orjson.loads(week) if isinstance(week, str) else week
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return tuple(
        tuple(Span(time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans.get(n, ())) for n in names
    )
