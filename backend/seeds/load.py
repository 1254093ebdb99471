"""Reads the city's data files into checked, typed values; nothing here knows the database."""

import json
from collections.abc import Mapping
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from backend.services.definition import Definition, Mark, Name, Shape, Text
from backend.services.rules import check

DATA = Path(__file__).parent / "data"

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_OFFICE = "KEC-*"


class SeedError(ValueError):
    """A data file cannot be used; the message names the file and the place in it."""


class Opd(Shape):
    """A city department as it stands from `since` on; a later structure is a new row, not a change."""

    code: str
    name: str
    short: str
    name_en: str
    kind: Literal["sekretariat", "inspektorat", "dinas", "badan", "satuan", "kecamatan"]
    bidang_urusan: tuple[str, ...]
    since: date
    until: date | None = None
    successor: str | None = None
    mark: Mark


class Kelurahan(Shape):
    """A village inside the city, with its Kemendagri code (35.73.01.1001) and postal code."""

    code: Annotated[str, Field(pattern=r"^35\.73\.0[1-5]\.10(0[1-9]|1[0-9])$")]
    name: str
    postal: Annotated[str, Field(pattern=r"^65[0-9]{3}$")]


class Kecamatan(Shape):
    """A district, the OPD that runs it, and its villages."""

    code: Annotated[str, Field(pattern=r"^35\.73\.0[1-5]$")]
    name: str
    opd: str
    kelurahan: tuple[Kelurahan, ...]


class Holiday(Shape):
    """A day on which the city does not work; joint leave is one for civil servants."""

    date: date
    name: str
    kind: Literal["national", "joint_leave"]
    decree: str


def _in_order(spans: tuple[tuple[time, time], ...]) -> tuple[tuple[time, time], ...]:
    flat = [moment for span in spans for moment in span]
    if any(later <= earlier for earlier, later in pairwise(flat)):
        raise ValueError("opening hours overlap or run backwards")
    return spans


Spans = Annotated[tuple[tuple[time, time], ...], AfterValidator(_in_order)]


class OfficePeriod(BaseModel):
    """The office week from one date to another, both included; a later row wins over an earlier one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date = Field(alias="from")
    until: date
    week: Mapping[Weekday, Spans]
    mark: Mark
    source: str

    @property
    def days(self) -> tuple[Spans, ...]:
        """Seven days, Monday first; an empty day is closed."""
        return tuple(self.week[day] for day in WEEKDAYS)


class Category(Shape):
    """A group of services on the home screen."""

    name: Name
    title: Text
    icon: Name


class FundSource(Shape):
    """Where money comes from, by its SIPD code; `earmarked` money may be spent on one thing only."""

    code: Annotated[str, Field(pattern=r"^[12](\.[0-9]{1,4}){1,5}$")]
    name: str
    short: str
    earmarked: bool


class City(Shape):
    """Everything the city is before its first application."""

    opds: tuple[Opd, ...]
    kecamatan: tuple[Kecamatan, ...]
    holidays: tuple[Holiday, ...]
    office_hours: tuple[OfficePeriod, ...]
    categories: tuple[Category, ...]
    fund_sources: tuple[FundSource, ...]
    definitions: tuple[Definition, ...]

    @property
    def kelurahan(self) -> tuple[Kelurahan, ...]:
        return tuple(village for district in self.kecamatan for village in district.kelurahan)

    @property
    def holiday_years(self) -> frozenset[int]:
        return frozenset(holiday.date.year for holiday in self.holidays)


def load_city(folder: Path = DATA) -> City:
    """Read every file under `folder`. Raises SeedError, and never returns half a city."""
    definitions = load_definitions(folder)
    try:
        city = City.model_validate(
            {
                "opds": read_items(folder / "opd.json"),
                "kecamatan": read_items(folder / "regions.json"),
                "holidays": read_items(folder / "holidays.json"),
                "office_hours": read_items(folder / "office_hours.json"),
                "categories": read_items(folder / "categories.json"),
                "fund_sources": read_items(folder / "fund_sources.json"),
                "definitions": definitions,
            }
        )
    except ValidationError as error:
        raise SeedError(f"{folder}: {error}") from error
    _connected(city)
    return city


def load_definitions(folder: Path = DATA) -> tuple[Definition, ...]:
    """The service definitions in order of their code, each checked against the rules."""
    workflows = read_items(folder / "workflows.json")
    return tuple(_definition(path, workflows) for path in sorted((folder / "services").glob("*.json")))


def _definition(path: Path, workflows: Mapping[str, Any]) -> Definition:
    raw = _read(path)
    try:
        definition = Definition.model_validate({**raw, "workflow": _workflow(raw["workflow"], workflows)})
    except (ValidationError, KeyError) as error:
        raise SeedError(f"{path.name}: {error}") from error
    if definition.code != path.stem:
        raise SeedError(f"{path.name}: the code inside is {definition.code}")
    faults = check(definition)
    if faults:
        raise SeedError(f"{path.name}: " + "; ".join(map(str, faults)))
    return definition


def _workflow(given: Any, workflows: Mapping[str, Any]) -> Any:
    """A name, a name with other titles for some states, or a workflow written out in full."""
    if isinstance(given, str):
        return workflows[given]
    if "use" not in given:
        return given
    common = workflows[given["use"]]
    titles = dict(given["titles"])
    states = [{**state, "title": titles.pop(state["name"], state["title"])} for state in common["states"]]
    if titles:
        raise KeyError(f"no state {', '.join(titles)} in workflow {given['use']}")
    return {**common, "states": states}


def _connected(city: City) -> None:
    """Every name that one file uses stands in another."""
    opds = {opd.code for opd in city.opds} | {EVERY_OFFICE}
    categories = {category.name for category in city.categories}
    for definition in city.definitions:
        if definition.opd not in opds:
            raise SeedError(f"{definition.code}: there is no OPD {definition.opd}")
        if definition.category not in categories:
            raise SeedError(f"{definition.code}: there is no category {definition.category}")
    for district in city.kecamatan:
        if district.opd not in opds:
            raise SeedError(f"{district.code}: there is no OPD {district.opd}")
        if any(not village.code.startswith(district.code) for village in district.kelurahan):
            raise SeedError(f"{district.code}: a kelurahan of another district")


def read_items(path: Path) -> Any:
    """The rows of a data file; the file also says its source and how sure we are."""
    raw = _read(path)
    missing = {"source", "mark", "items"} - raw.keys()
    if missing:
        raise SeedError(f"{path.name}: {', '.join(sorted(missing))} missing")
    return raw["items"]


def read_head(path: Path) -> dict[str, Any]:
    """What a data file says of itself: source, mark, note."""
    return {k: v for k, v in _read(path).items() if k != "items"}


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SeedError(f"{path.name}: {error}") from error
    if not isinstance(raw, dict):
        raise SeedError(f"{path.name}: not an object")
    return raw
