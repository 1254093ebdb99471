"""What a trip must be like, what its days are worth, who signs it, and what a report must say.

Sources: Perpres 33/2020 as amended by Perpres 53/2023 (day rates by region, representation); usual practice of
regions for who signs; the report within five working days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from backend.core.clock import CITY_ZONE
from backend.core.problems import Conflict, FieldFault, InvalidInput
from backend.core.texts import Text

LONGEST = timedelta(days=60)
IN_TOWN_LEAST = timedelta(hours=8)
REPORT_DAYS = 5
COSTS_MOST = 50
MOST_RUPIAH = Decimal(10) ** 12
# Representation a day by level: away, in town. FACTS: echelon II 150 and 75, regional officials 250 and 125 thousand.
REPRESENTATION: Mapping[int, tuple[int, int]] = {1: (250_000, 125_000), 2: (150_000, 75_000)}


class Kind(StrEnum):
    """Out of town, in town, or a training: each has its own column of day rates."""

    OUT = "out"
    IN_TOWN = "in_town"
    TRAINING = "training"


class State(StrEnum):
    """requested: waits for approval; approved: the orders wait for the signature; ordered: signed."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SIGNING = "signing"
    ORDERED = "ordered"
    REPORTED = "reported"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Signer(StrEnum):
    """Whose signature an order needs."""

    OWN = "own"
    SECRETARY = "secretary"
    MAYOR = "mayor"


_NEXT: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset((State.APPROVED, State.REFUSED, State.CANCELLED)),
    State.APPROVED: frozenset((State.SIGNING, State.CANCELLED)),
    State.SIGNING: frozenset((State.ORDERED, State.APPROVED)),
    State.ORDERED: frozenset((State.REPORTED, State.CANCELLED, State.APPROVED)),
    State.REPORTED: frozenset(),
    State.REFUSED: frozenset(),
    State.CANCELLED: frozenset(),
}
MOVED = Text("Perjalanan ini sudah berubah. Buka lagi.", "This trip has changed. Open it again.")


def move(current: State, wanted: State) -> State:
    """The wanted state, or Conflict when it cannot follow."""
    if wanted not in _NEXT[current]:
        raise Conflict("moved_on", MOVED, state=current.value)
    return wanted


@dataclass(frozen=True)
class Rate:
    """A day's rupiah in a region by kind of trip; `inside`: it lies in the city's own province."""

    code: str
    name: str
    out_of_town: int
    in_town: int
    training: int
    inside: bool

    def of(self, kind: Kind) -> int:
        return {Kind.OUT: self.out_of_town, Kind.IN_TOWN: self.in_town, Kind.TRAINING: self.training}[kind]


@dataclass(frozen=True)
class Wish:
    """A trip that is asked for. `other`: what transport and lodging may cost, in rupiah."""

    purpose: str
    place: str
    region: str
    kind: Kind
    transport: str
    starts_at: datetime
    ends_at: datetime
    other: Decimal
    budget_code: str


@dataclass(frozen=True)
class Worth:
    """What a trip's days are worth: how many, what for each, representation for each, and the ceiling of it all."""

    days: int
    daily: Decimal
    representation: Decimal
    ceiling: Decimal


def require(wish: Wish, rates: Mapping[str, Rate], now: datetime) -> None:
    """InvalidInput naming everything wrong with a wish."""
    faults = [*_words(wish), *_dates(wish, now)]
    rate = rates.get(wish.region)
    if rate is None:
        faults.append(_fault("region", "Pilih daerah tujuan dari daftar.", "Choose a region from the list."))
    elif wish.kind is Kind.IN_TOWN and not rate.inside:
        faults.append(
            _fault("region", "Dalam kota berarti di Jawa Timur.", "In town means in the own province.")
        )
    if not 0 <= wish.other <= MOST_RUPIAH:
        faults.append(_fault("other", "Tulis perkiraan biaya dengan angka.", "Write the estimate in digits."))
    if faults:
        raise InvalidInput(*faults)


def _fault(path: str, indonesian: str, english: str) -> FieldFault:
    return FieldFault(path, Text(indonesian, english))


def _words(wish: Wish) -> list[FieldFault]:
    bounds = {
        "purpose": (wish.purpose, 10, 300),
        "place": (wish.place, 3, 120),
        "transport": (wish.transport, 3, 60),
        "budgetCode": (wish.budget_code, 5, 60),
    }
    return [
        _fault(path, f"Tulis {low} sampai {high} huruf.", f"Write {low} to {high} letters.")
        for path, (text, low, high) in bounds.items()
        if not low <= len(text.strip()) <= high
    ]


def _dates(wish: Wish, now: datetime) -> list[FieldFault]:
    if wish.ends_at <= wish.starts_at:
        return [_fault("endsAt", "Pulang harus sesudah berangkat.", "The return must come after the start.")]
    if wish.starts_at < now - timedelta(days=1):
        return [
            _fault("startsAt", "Surat tugas terbit sebelum berangkat.", "The order comes before the trip.")
        ]
    if wish.ends_at - wish.starts_at > LONGEST:
        return [_fault("endsAt", "Paling lama 60 hari.", "60 days at most.")]
    return []


def days_of(starts: datetime, ends: datetime) -> int:
    """Calendar days of a trip in the city, both ends counted."""
    return (ends.astimezone(CITY_ZONE).date() - starts.astimezone(CITY_ZONE).date()).days + 1


def worth(wish: Wish, rate: Rate, level: int) -> Worth:
    """What the days are worth; in town nothing under 8 hours."""
    days = days_of(wish.starts_at, wish.ends_at)
    short = wish.kind is Kind.IN_TOWN and wish.ends_at - wish.starts_at < IN_TOWN_LEAST
    away, here = REPRESENTATION.get(level, (0, 0))
    daily = Decimal(0 if short else rate.of(wish.kind))
    extra = Decimal(0 if short else here if wish.kind is Kind.IN_TOWN else away)
    return Worth(days, daily, extra, days * (daily + extra) + wish.other)


def signs_for(signer: Signer, opd: str, secretariat: str) -> str:
    """The OPD whose head signs an order; MAYOR for the mayor's own hand."""
    return {Signer.OWN: opd, Signer.SECRETARY: secretariat, Signer.MAYOR: MAYOR}[signer]


MAYOR = "MAYOR"


def require_reason(text: str) -> str:
    """A reason of 10 to 600 letters, in one line."""
    said = " ".join(text.split())
    if not 10 <= len(said) <= 600:
        raise InvalidInput.at("reason", "Tulis alasan 10 sampai 600 huruf.", "Write 10 to 600 letters.")
    return said


@dataclass(frozen=True)
class Cost:
    """One cost of a trip: what for, and how much in rupiah."""

    what: str
    amount: Decimal


def require_report(text: str, costs: Sequence[Cost], ceiling: Decimal) -> Decimal:
    """The total of a report that can be taken: what was done, and costs within the ceiling."""
    faults = []
    if not 20 <= len(text.strip()) <= 2000:
        faults.append(
            _fault("report", "Tulis hasilnya, 20 sampai 2.000 huruf.", "Write 20 to 2,000 letters.")
        )
    if len(costs) > COSTS_MOST:
        faults.append(_fault("costs", f"Paling banyak {COSTS_MOST} baris.", f"At most {COSTS_MOST} lines."))
    for n, cost in enumerate(costs[:COSTS_MOST]):
        if not 3 <= len(cost.what.strip()) <= 100 or not 0 <= cost.amount <= MOST_RUPIAH:
            faults.append(
                _fault(f"costs.{n}", "Tulis nama biaya dan jumlahnya.", "Write what, and how much.")
            )
    total = sum((c.amount for c in costs), Decimal(0))
    if total > ceiling:
        faults.append(
            _fault("costs", "Jumlahnya melebihi pagu perjalanan ini.", "The sum is over this trip's ceiling.")
        )
    if faults:
        raise InvalidInput(*faults)
    return total
