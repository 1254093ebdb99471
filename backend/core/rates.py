"""Rate limits by cost: leaky buckets in the database, shared by every process, spent through leases.

`pour` is exact: one atomic statement. A `Meter` need not write for each request: who asks often gets a lease, a
part of the bucket that this process may spend for a few seconds. What is leased counts as spent, so that all
processes together never let through more than the bucket holds.
"""

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import TypeVar
from weakref import WeakValueDictionary

from tortoise.connection import get_connection

from backend.core import clock
from backend.core.actors import NOBODY, Actor
from backend.settings import Bucket, Rates

T = TypeVar("T")
LEASE_TIME = timedelta(seconds=3)
MOST_LEASES = 10_000

# A clock that was set back counts as no time passed: it must not fill the bucket.
_POUR = """
INSERT INTO rate_buckets AS b (name, level, wait, at) VALUES ($1, $2::float8, 0, $5)
ON CONFLICT (name) DO UPDATE SET
    level = greatest(0, b.level - $3::float8 * greatest(0, extract(epoch FROM $5 - b.at)))
        + CASE WHEN greatest(0, b.level - $3::float8 * greatest(0, extract(epoch FROM $5 - b.at))) + $2::float8 > $4::float8
               THEN 0 ELSE $2::float8 END,
    wait = greatest(0, (greatest(0, b.level - $3::float8 * greatest(0, extract(epoch FROM $5 - b.at))) + $2::float8 - $4::float8)
        / $3::float8),
    at = $5
RETURNING wait
"""


# A debt counts from when it was made: what has run off since is paid by time.
_OVERFILL = """
INSERT INTO rate_buckets AS b (name, level, wait, at) VALUES ($1, $2::float8, 0, $4)
ON CONFLICT (name) DO UPDATE SET
    level = greatest(0, b.level - $3::float8 * greatest(0, extract(epoch FROM $4 - b.at))) + $2::float8,
    at = greatest(b.at, $4)
"""


async def overfill(name: str, cost: float, bucket: Bucket, at: datetime) -> None:
    """Add what was owed since `at` to a bucket, past its brim too: until that has run off nothing fits."""
    await get_connection("default").execute_query(_OVERFILL, [name, cost, bucket.per_second, at])


async def pour(name: str, cost: float, bucket: Bucket) -> float:
    """Add `cost` to a bucket. Returns 0, or the seconds to wait when it would overflow; then nothing is added.

    A negative cost gives back what was added a moment ago.
    """
    rows = await get_connection("default").execute_query_dict(
        _POUR, [name, cost, bucket.per_second, bucket.burst, clock.now()]
    )
    return float(rows[0]["wait"])


@dataclass
class _Lease:
    """What is left of a bucket's part, until when it may be spent, and how large the part was."""

    left: float = 0
    size: float = 0
    until: datetime = field(default_factory=clock.now)


@dataclass
class _Debt:
    """What a caller owes for work that was done, and when the last of it was."""

    owed: float
    at: datetime


Charge = tuple[str, Bucket]


class Meter:
    """Charges buckets on behalf of one process; at most 10,000 leases are remembered."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._full: OrderedDict[str, tuple[datetime, datetime]] = OrderedDict()
        self._debts: OrderedDict[str, _Debt] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def full(self, actor: Actor, address: str) -> float:
        """Seconds until even the cheapest request of this caller fits again; 0 as far as this process knows.

        No statement: who was refused a moment ago is refused again before their document is even read.
        """
        return max(self._told(name, 1, bucket) for name, bucket in self._charges(actor, address))

    def _told(self, name: str, cost: int, bucket: Bucket) -> float:
        """Seconds until a cost fits, by what the last refusal said: a bucket runs off no faster than its rate."""
        told, now = self._full.get(name), clock.now()
        # A clock that was set back has nobody wait.
        if told is None or told[0] > now:
            return 0.0
        _, until = told
        return max(0.0, (until - now).total_seconds() + (cost - 1) / bucket.per_second)

    async def actor(self, actor: Actor, address: str, cost: int) -> float:
        """Charge who asks: the app, else the person and their device, else the caller's network; seconds to wait."""
        return await self._all(self._charges(actor, address), cost)

    async def anonymous(self, address: str, cost: int) -> float:
        """Charge the network of a caller whom nobody knows."""
        return await self._all(self._charges(NOBODY, address), cost)

    def owe(self, actor: Actor, address: str, cost: int) -> None:
        """Have the caller's next request in this process pay for work that turned out dear.

        No statement: an answer that is there waits for nothing, least of all for room in a full database. What comes
        together before it is paid never grows past a bucket: somebody who owes waits, and is not shut out.
        """
        for name, bucket in self._charges(actor, address):
            self._note(name, bucket, _Debt(cost, clock.now()))

    def _note(self, name: str, bucket: Bucket, debt: _Debt) -> None:
        held = self._debts.get(name, _Debt(0, debt.at))
        owed = min(held.owed + debt.owed, bucket.burst)
        _remember(self._debts, name, _Debt(owed, max(held.at, debt.at)))

    def _charges(self, actor: Actor, address: str) -> list[Charge]:
        if actor.client is not None:
            return [(f"client:{actor.client}", self._rates.client)]
        if actor.person is None:
            return [(f"network:{network_of(address)}", self._rates.anonymous)]
        device: list[Charge] = [(f"device:{actor.session}", self._rates.device)] if actor.session else []
        return [(f"person:{actor.person}", self._rates.person), *device]

    async def _all(self, charges: Sequence[Charge], cost: int) -> float:
        """Every bucket takes the cost or none does."""
        for number, (name, bucket) in enumerate(charges):
            wait = await self.spend(name, cost, bucket)
            if wait > 0:
                for done, of in charges[:number]:
                    await pour(done, -cost, of)
                return wait
        return 0.0

    async def spend(self, name: str, cost: int, bucket: Bucket) -> float:
        """Spend from this process's lease, or pour; 0, or the seconds to wait. Debts are paid first, whether it fits or not."""
        if name not in self._debts and self._taken(name, cost):
            return 0.0
        # One at a time: of many at once each would lease a part, and only the last one's would be spent.
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            await self._pay(name, bucket)
            if self._taken(name, cost):
                return 0.0
            return self._told(name, cost, bucket) or await self._pour(name, cost, bucket)

    async def _pay(self, name: str, bucket: Bucket) -> None:
        """Put what is owed into the bucket; what is owed anew meanwhile stays for the next request."""
        debt = self._debts.pop(name, None)
        if debt is None:
            return
        try:
            await overfill(name, debt.owed, bucket, debt.at)
        except BaseException:
            self._note(name, bucket, debt)
            raise

    def _taken(self, name: str, cost: int) -> bool:
        """True when this process's lease had enough left."""
        lease = self._lease(name)
        if lease.left < cost:
            return False
        lease.left -= cost
        return True

    def _lease(self, name: str) -> _Lease:
        held = self._leases.get(name)
        return held if held is not None and held.until > clock.now() else _Lease()

    async def _pour(self, name: str, cost: int, bucket: Bucket) -> float:
        now, lease = clock.now(), self._lease(name)
        # Who has used a part up in time gets twice as much; who asks now and then is charged exactly.
        size = min(lease.size * 2, self._most(bucket))
        if size > cost and await pour(name, size, bucket) == 0:
            _remember(self._leases, name, _Lease(lease.left + size - cost, size, now + LEASE_TIME))
            return 0.0
        wait = await pour(name, cost, bucket)
        if wait == 0:
            # What counts is how often somebody asks: one dear request does not make a busy caller.
            _remember(self._leases, name, _Lease(lease.left, max(1.0, size), now + LEASE_TIME))
        else:
            # A cost of 1 fits earlier than this one by what runs off in between.
            fits = now + timedelta(seconds=wait - (cost - 1) / bucket.per_second)
            _remember(self._full, name, (now, fits))
        return wait

    def _most(self, bucket: Bucket) -> float:
        return bucket.burst / self._rates.leases if self._rates.leases else 0.0


def _remember(kept: OrderedDict[str, T], name: str, value: T) -> None:
    """At most ten thousand callers; the one heard from longest ago goes."""
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > MOST_LEASES:
        kept.popitem(last=False)


def seconds(wait: float) -> str:
    """A wait as Retry-After says it: whole seconds, at least one."""
    return str(max(1, ceil(wait)))


def caller(peer: str, forwarded: str, *, trust_proxy: bool) -> str:
    """Who calls: the peer, or what the one trusted proxy in front wrote (the last entry of X-Forwarded-For)."""
    said = forwarded.rpartition(",")[2].strip() if trust_proxy else ""
    return said or peer


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """The network a caller belongs to: /24 of IPv4, /64 of IPv6; "unknown" for anything else."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


async def sweep(older_than_seconds: int = 3600) -> None:
    """Forget buckets that have run dry long ago."""
    await get_connection("default").execute_query(
        "DELETE FROM rate_buckets WHERE at < now() - make_interval(secs => $1)", [older_than_seconds]
    )
