"""Hundreds of histories of phones that lose signal, send twice and come back late: nothing is lost or doubled.

`make histories` runs 1,000 of up to 50 steps (HISTORIES=1000); the tests run fewer of the same.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.transactions import in_transaction

from backend.applications import file_parts
from backend.core.actors import Actor
from backend.core.texts import Locale
from backend.identity.models import Person
from backend.identity.queries import posts_of
from backend.parts import Parts
from backend.signing.keystore import DevelopmentKeyStore
from backend.worker import Work
from storage import inspect
from storage.probe import probe
from tests.city import BUDI, RINA, SARI
from tests.histories import World
from tests.phones import Step

HISTORIES = int(os.environ.get("HISTORIES", "60"))
KINDS = (
    *(
        "fill",
        "ask",
        "part",
        "part",
        "confirm",
        "submit",
        "submit",
        "arrive",
        "arrive",
        "other_body",
        "steal",
    ),
    *("save", "save", "save", "drop", "fetch", "fetch", "hand_back", "mend", "mend", "wait", "wait", "sweep"),
)
FATES = ("ok", "ok", "ok", "twice", "lost", "answer_lost", "damaged")
STEPS = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    phone=st.sampled_from((0, 0, 1, 1, 2)),
    form=st.integers(0, 2),
    which=st.integers(0, 5),
    fate=st.sampled_from(FATES),
)


@pytest.fixture(scope="module")
def small_parts() -> Iterator[None]:
    """Parts of 1,000 bytes, and files examined in this process: the same look, without starting one each time."""

    async def here(path: Path, _: float) -> dict[str, Any]:
        return await asyncio.to_thread(probe, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_parts, "PART", 1000)
        patch.setattr(inspect, "_probe", here)
        yield


async def actor(phone: str, parts: Parts) -> Actor:
    person = await Person.get(phone_index=parts.keyring.blind_index("phone", phone))
    posts = await posts_of(person.id)
    return Actor(person.id, person.name, posts, locale=Locale.ID, scope=f"person:{person.id}")


class _Over(Exception):
    """The history is told; what it wrote is taken back."""


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(history=st.lists(STEPS, min_size=15, max_size=50))
async def test_no_history_of_phones_loses_or_doubles_an_application(
    seeded: str, parts: Parts, home: Path, small_parts: None, history: list[Step]
) -> None:
    with suppress(_Over):
        async with in_transaction():
            people = [await actor(SARI, parts), await actor(BUDI, parts)]
            work = Work(parts, DevelopmentKeyStore(home / "signing"))
            await World(work, people, await actor(RINA, parts)).live(history)
            raise _Over
