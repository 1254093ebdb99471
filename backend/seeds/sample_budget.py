"""An invented year of the public money, so that a new city can be walked through: the files that offices would send.

It comes in as every file does, marked as a sample (`contoh`), and leaves when the city brings its first own file.
"""

import csv
import zlib
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from backend.budget import codes
from backend.budget.actions import Announced
from backend.budget.cash_plan import CashPlan
from backend.budget.djpk import BILLION
from backend.budget.expenditure import Expenditure
from backend.budget.realisation import Realisation
from backend.budget.rules import ImportKind
from backend.seeds.load import DATA, Opd, SeedError
from backend.services.definition import Shape

PAY = "5.1.01"


class Item(NamedTuple):
    """What is bought: account (level 6) and its name, the item, its fund source, and its weight in the recipe."""

    account: str
    account_name: str
    name: str
    source: str
    weight: int


class SubActivity(NamedTuple):
    """A sub-activity by its last four digits, what is bought for it, and its weight among its sisters."""

    code: str
    name: str
    recipe: str
    weight: int


class Activity(NamedTuple):
    """An activity by its code below the programme, such as 2.01."""

    code: str
    name: str
    parts: tuple[SubActivity, ...]


class Programme(NamedTuple):
    """A programme by its whole code, such as 1.01.02."""

    code: str
    name: str
    activities: tuple[Activity, ...]


class RevenueKind(NamedTuple):
    """A kind of revenue: target in billions, and what comes in of it, this year and last, as shares of the target."""

    account: str
    name: str
    billions: int
    pace: float
    last_year: float


class Office(Shape):
    """An OPD: its fields, its budget in billions, how much of it (percent) keeps the office itself running, its pace.

    `pace` is what it pays of its plan: 0.7 is a department that is late.
    """

    opd: str
    fields: tuple[str, ...]
    billions: int
    support: int
    pace: float
    programmes: tuple[Programme, ...]


class Sample(Shape):
    """sample_budget.json. `cumulative`: percent of the year that is planned to be paid at the end of each month."""

    source: str
    cumulative: tuple[int, ...]
    support: tuple[str, tuple[Activity, ...]]
    revenue: tuple[RevenueKind, ...]
    recipes: dict[str, tuple[Item, ...]]
    offices: tuple[Office, ...]


@dataclass(frozen=True)
class Line:
    """One line of the invented budget, in whole thousands of rupiah."""

    office: Office
    skpd: str
    programme: Programme
    activity: Activity
    part: SubActivity
    item: Item
    amount: Decimal

    @property
    def sub_activity(self) -> str:
        return f"{self.programme.code}.{self.activity.code}.{self.part.code}"

    @property
    def is_pay(self) -> bool:
        """Salaries: paid evenly and on time."""
        return self.item.account.startswith(PAY)

    def planned(self, cumulative: tuple[int, ...]) -> list[Decimal]:
        """Rupiah to be paid from January to the end of each month, the last month all of it."""
        shares = (
            (month / 12 if self.is_pay else percent / 100) for month, percent in enumerate(cumulative, 1)
        )
        return [_thousands(self.amount * Decimal(share)) for share in shares]


@dataclass(frozen=True)
class SampleFile:
    """A file that was written, and what its office says of it."""

    path: Path
    said: Announced


def load_sample(folder: Path = DATA) -> Sample:
    """Read sample_budget.json. Raises SeedError."""
    path = folder / "sample_budget.json"
    try:
        return TypeAdapter(Sample).validate_json(path.read_bytes())
    except ValidationError as error:
        raise SeedError(f"{path.name}: {error}") from error


def write_files(sample: Sample, opds: Iterable[Opd], today: date, folder: Path) -> Iterator[SampleFile]:
    """Write the budget of this year, its cash plan, and what was paid up to the ends of its months so far."""
    names = {opd.code: opd.name for opd in opds}
    lines = list(_lines(sample))
    first = Announced(
        kind=ImportKind.EXPENDITURE,
        year=today.year,
        stage="murni",
        classification=codes.in_force(date(today.year, 1, 1)).name,
        effective_on=date(today.year, 1, 1),
        control_total=sum((line.amount for line in lines), Decimal(0)),
        file_name="contoh-belanja.csv",
        sample=True,
    )
    yield _write(
        folder, first, Expenditure.HEADINGS, (_budget_row(line, names, first.year) for line in lines)
    )
    plan = replace(first, kind=ImportKind.CASH_PLAN, file_name="contoh-rencana-kas.csv")
    yield _write(folder, plan, CashPlan.HEADINGS, (_plan_row(line, names, sample) for line in lines))
    for month in range(1, today.month):
        day = date(today.year, month, monthrange(today.year, month)[1])
        rows = [*_revenue_rows(sample, day), *(_paid_row(line, sample, day) for line in lines)]
        paid = replace(
            first,
            kind=ImportKind.REALISATION,
            stage=day.isoformat(),
            control_total=sum((Decimal(row[_PAID]) for row in rows), Decimal(0)),
            file_name=f"contoh-realisasi-{month:02d}.csv",
        )
        yield _write(folder, paid, (*Realisation.HEADINGS, *Realisation.OPTIONAL), rows)


_PAID = Realisation.HEADINGS.index("realisasi")


def _lines(sample: Sample) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for office in sample.offices:
        number = seen[office.fields[0]] = seen.get(office.fields[0], 0) + 1
        skpd = ".".join([*(*office.fields, "0.00", "0.00")[:3], f"{number:02d}", "0000"])
        name, activities = sample.support
        support = Programme(f"{office.fields[0]}.01", name, activities)
        own = Decimal(office.billions) * BILLION * office.support / 100
        yield from _share(sample, office, skpd, (support,), own)
        yield from _share(sample, office, skpd, office.programmes, Decimal(office.billions) * BILLION - own)


def _share(
    sample: Sample, office: Office, skpd: str, programmes: tuple[Programme, ...], amount: Decimal
) -> Iterator[Line]:
    """An amount over sub-activities and their items, by their weights."""
    places = [(p, a, s) for p in programmes for a in p.activities for s in a.parts]
    whole = sum(part.weight for _, _, part in places)
    for programme, activity, part in places:
        items = sample.recipes[part.recipe]
        weights = sum(item.weight for item in items)
        for item in items:
            share = amount * part.weight / whole * item.weight / weights
            uneven = Decimal(_chance(office.opd, part.name, item.name)) / 10 + Decimal("0.95")
            yield Line(office, skpd, programme, activity, part, item, _thousands(share * uneven))


def _budget_row(line: Line, names: dict[str, str], year: int) -> tuple[str, ...]:
    field, code = line.programme.code[:4], f"{line.programme.code}.{line.activity.code}"
    office = line.skpd, names[line.office.opd]
    return (
        *(str(year), field[0], f"Urusan {field[0]}", *office, *office, field, f"Bidang urusan {field}"),
        *(line.programme.code, line.programme.name, code, line.activity.name),
        *(line.sub_activity, line.part.name, line.item.source, "", line.item.account, line.item.account_name),
        *("", f"{line.item.name} (contoh)", f"{line.amount}.00"),
    )


def _plan_row(line: Line, names: dict[str, str], sample: Sample) -> tuple[str, ...]:
    so_far = line.planned(sample.cumulative)
    months = [after - before for before, after in zip([Decimal(0), *so_far], so_far, strict=False)]
    place = (line.skpd, names[line.office.opd], line.sub_activity, line.item.account)
    return (*place, f"{line.item.name} (contoh)", *(f"{m}.00" for m in months), f"{line.amount}.00")


def _paid_row(line: Line, sample: Sample, day: date) -> tuple[str, ...]:
    planned = line.planned(sample.cumulative)[day.month - 1]
    late = Decimal(line.office.pace) + Decimal(_chance(line.sub_activity, day.isoformat())) / 20
    paid = planned if line.is_pay else _thousands(min(planned * late, line.amount))
    return _realised(
        line.office.opd, day, line.item.account, line.item.name, line.amount, paid, line.sub_activity
    )


def _revenue_rows(sample: Sample, day: date) -> Iterator[tuple[str, ...]]:
    """What comes in, all of it through the office of revenue."""
    for kind in sample.revenue:
        target = Decimal(kind.billions) * BILLION
        year = Decimal(day.month) / 12
        got = _thousands(target * year * Decimal(kind.pace))
        before = _thousands(target * year * Decimal(kind.last_year))
        yield _realised("BAPENDA", day, kind.account, kind.name, target, got, "", before)


def _realised(
    opd: str,
    day: date,
    account: str,
    name: str,
    budget: Decimal,
    paid: Decimal,
    sub_activity: str,
    last_year: Decimal = Decimal(0),
) -> tuple[str, ...]:
    percent = f"{paid / budget * 100:.2f}"
    amounts = (f"{budget:.2f}", f"{paid:.2f}", percent, f"{last_year:.2f}")
    return (opd, day.isoformat(), account, f"{name} (contoh)", *amounts, sub_activity)


def _write(
    folder: Path, said: Announced, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> SampleFile:
    path = folder / said.file_name
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(headings)
        out.writerows(rows)
    return SampleFile(path, said)


def _thousands(amount: Decimal) -> Decimal:
    return round(amount / 1000) * Decimal(1000)


def _chance(*words: str) -> float:
    """A number from 0 to 1, always the same for the same words."""
    return zlib.crc32("|".join(words).encode()) / 2**32
