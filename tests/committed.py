"""Tests that need several connections at once: what they do is committed, and taken out again afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from backend.parts import Parts
from backend.signing.keystore import DevelopmentKeyStore
from tests.city import City

# What people and the worker write; the city, its people and its services stay.
WRITTEN = (
    *(
        "applications",
        "uploads",
        "upload_parts",
        "drafts",
        "draft_documents",
        "assistances",
        "case_documents",
        "case_returns",
        "case_reads",
        "case_pauses",
        "letters",
        "letter_counters",
        "letter_marks",
        "signing_attempts",
        "signer_outages",
    ),
    *("recorded_events", "idempotency_keys", "notices", "push_subscriptions", "push_deliveries"),
    *(
        "one_time_codes",
        "sessions",
        "passkeys",
        "passkey_challenges",
        "letter_openings",
        "signing_intents",
        "signing_evidence",
        "rate_buckets",
        "used_assertions",
        "pgqueuer",
        "pgqueuer_log",
        "case_counts",
    ),
)


@asynccontextmanager
async def committed_city(app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    """The house without a transaction around it."""
    transport = httpx.ASGITransport(app=app)
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000", timeout=30
        ) as client:
            yield City(client, parts, DevelopmentKeyStore(home / "signing"))
    finally:
        await empty()


async def empty() -> None:
    """Take out what was written; the guard of the recorded events is told to look away."""
    async with in_transaction() as tx:
        await tx.execute_query("SET LOCAL session_replication_role = replica")
        await tx.execute_query(f"TRUNCATE {', '.join(WRITTEN)}")


async def count(table: str, where: str = "true") -> int:
    rows = await get_connection("default").execute_query_dict(
        f"SELECT count(*) AS n FROM {table} WHERE {where}"  # noqa: S608 - names from our tests
    )
    return int(rows[0]["n"])
