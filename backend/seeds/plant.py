"""Puts the city into the database, and in development the people that a demonstration needs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import orjson

from backend.budget import codes
from backend.budget.actions import Announced, receive
from backend.budget.djpk import BILLION
from backend.budget.imports import bring
from backend.budget.models import BudgetImport
from backend.budget.rules import ImportKind, ImportState
from backend.core import clock
from backend.core.actors import SYSTEM, StaffRole
from backend.core.ids import uuid7
from backend.core.secrets import Keyring
from backend.database import transaction
from backend.identity.actions import create_person, dated
from backend.identity.models import Person, PostHeld
from backend.seeds.load import DATA, City, OfficePeriod, SeedError, load_city, read_head, read_items
from backend.seeds.people import DemoPerson, load_people
from backend.seeds.sample_budget import load_sample, write_files
from backend.services.actions import keep, publish
from storage.documents import Documents


async def plant_city() -> None:
    """Offices, places, days off, office hours and service definitions; run again, it only adds what changed."""
    city = load_city()
    await _plant_places(city)
    await keep(
        "holidays",
        "date",
        [
            {"date": h.date, "name": h.name, "joint_leave": h.kind == "joint_leave", "decree": h.decree}
            for h in city.holidays
        ],
    )
    await keep("fund_sources", "code", [source.model_dump() for source in city.fund_sources])
    await _plant_travel()
    for definition in city.definitions:
        await publish(definition)


async def _plant_travel() -> None:
    """Day rates by region, and who signs whose orders."""
    source = str(read_head(DATA / "travel_rates.json")["source"])
    rates = read_items(DATA / "travel_rates.json")
    await keep("travel_rates", "code", [{**rate, "source": source[:200]} for rate in rates])
    await keep("travel_signatories", "code", read_items(DATA / "travel_signatories.json"))


@dataclass(frozen=True)
class _CityTable:
    """A table of the ministry: the day of its figures, and its total of spending in billions of rupiah."""

    day: date
    spending: Decimal

    @property
    def path(self) -> Path:
        return DATA / "apbd" / f"kota-malang-{self.day.year}.csv"


# Of 2023 only part of the year is known (about to September, FACTS 1.5).
_CITY_TABLES = (
    _CityTable(date(2021, 12, 31), Decimal("2554.77")),
    _CityTable(date(2022, 12, 31), Decimal("2219.29")),
    _CityTable(date(2023, 9, 30), Decimal("2811.86")),
    _CityTable(date(2024, 12, 31), Decimal("2620.70")),
)


async def plant_money(documents: Documents) -> None:
    """The ministry's real tables of the city, each once; they come in as every other file does."""
    known = {row.year for row in await BudgetImport.filter(kind=ImportKind.DJPK)}
    for table in _CITY_TABLES:
        if table.day.year in known:
            continue
        said = Announced(
            kind=ImportKind.DJPK,
            year=table.day.year,
            stage=table.day.isoformat(),
            classification=codes.in_force(table.day).name,
            effective_on=table.day,
            control_total=table.spending * BILLION,
            file_name=table.path.name,
        )
        await _bring(said, table.path, documents)


async def plant_sample_money(documents: Documents) -> None:
    """An invented budget of this year, in a city that has brought no file of its own yet."""
    if await BudgetImport.exclude(kind=ImportKind.DJPK).exists():
        return
    with TemporaryDirectory() as folder:
        for file in write_files(load_sample(), load_city().opds, clock.today(), Path(folder)):
            await _bring(file.said, file.path, documents)


async def _bring(said: Announced, path: Path, documents: Documents) -> None:
    """Put a file in force as every other comes in; SeedError where it is refused."""
    row = await bring(SYSTEM, await receive(SYSTEM, uuid4(), said, path, documents), path)
    if row.state != ImportState.IN_FORCE:
        raise SeedError(f"{path.name}: {row.faults[:3]}")


async def _plant_places(city: City) -> None:
    await keep(
        "opds",
        "code",
        [
            {
                "code": o.code,
                "name": o.name,
                "name_en": o.name_en,
                "kind": o.kind,
                "address": "",
                "since": o.since,
                "until": o.until,
                "successor": o.successor,
            }
            for o in city.opds
        ],
    )
    await keep("kecamatan", "code", [{"code": k.code, "name": k.name, "opd": k.opd} for k in city.kecamatan])
    await keep(
        "kelurahan",
        "code",
        [
            {"code": v.code, "kecamatan_code": k.code, "name": v.name, "postal": v.postal}
            for k in city.kecamatan
            for v in k.kelurahan
        ],
    )
    async with transaction() as tx:
        await tx.execute_query("DELETE FROM office_hours")
        await keep(
            "office_hours",
            "id",
            [
                {"id": n, "since": p.since, "until": p.until, "week": _week(p), "source": p.source}
                for n, p in enumerate(city.office_hours, 1)
            ],
        )


def _week(period: OfficePeriod) -> str:
    week = {
        d: [[a.isoformat("minutes"), b.isoformat("minutes")] for a, b in s] for d, s in period.week.items()
    }
    return orjson.dumps(week).decode()


async def plant_people(keyring: Keyring) -> None:
    """Invented residents, officers and heads; those that are there already stay as they are."""
    for person in load_people():
        known = await Person.get_or_none(phone_index=keyring.blind_index("phone", person.phone))
        if known is None:
            async with transaction():
                await _plant_person(person, keyring)


async def _plant_person(person: DemoPerson, keyring: Keyring) -> None:
    row = await create_person(person.phone, keyring, name=person.name)
    if person.nik and person.address:
        row.nik_sealed = keyring.seal(f"people:{row.id}:nik", person.nik)
        row.nik_index = keyring.blind_index("nik", person.nik)
        row.address_sealed = keyring.seal(f"people:{row.id}:address", person.address)
        row.kelurahan = person.kelurahan
        dated(row, "nik", "address", "kelurahan")
        await row.save()
    for post in person.posts:
        await PostHeld.create(
            id=uuid7(),
            person_id=row.id,
            opd=post.opd,
            role=StaffRole(post.role),
            title=post.title,
            rank=post.rank,
            nip=post.nip,
            level=post.rung,
            since=post.since,
        )
