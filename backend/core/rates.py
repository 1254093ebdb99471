"""Rate limits by cost: a leaky bucket in the database, shared by every process and atomic in one statement."""

import ipaddress
from dataclasses import dataclass

from tortoise.connection import get_connection

from backend.core import clock


@dataclass(frozen=True)
class Bucket:
    """How much cost may come at once, and how much runs off each second."""

    burst: int
    per_second: float


# An address may stand for a whole kampung behind one line, a person is one.
ANONYMOUS = Bucket(burst=4000, per_second=100.0)
PERSON = Bucket(burst=3000, per_second=30.0)

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


async def pour(name: str, cost: int, bucket: Bucket) -> float:
    """Add `cost` to a bucket. Returns 0, or the seconds to wait when it would overflow; then nothing is added."""
    rows = await get_connection("default").execute_query_dict(
        _POUR, [name, cost, bucket.per_second, bucket.burst, clock.now()]
    )
    return float(rows[0]["wait"])


def network_of(address: str) -> str:
    """The network a caller belongs to: /24 of IPv4, /64 of IPv6; "unknown" for anything else."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))


async def sweep(older_than_seconds: int = 3600) -> None:
    """Forget buckets that have run dry long ago."""
    await get_connection("default").execute_query(
        "DELETE FROM rate_buckets WHERE at < now() - make_interval(secs => $1)", [older_than_seconds]
    )
