"""Files of several people at once, on connections of their own: what one takes into use no other throws away."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette

from backend.applications import uploads
from backend.applications.models import Upload, UploadPart
from backend.core import clock
from backend.core.problems import Problem
from backend.parts import Parts
from schema.ids import uuid_of
from storage import keys
from tests.city import BUDI, SARI, City, Visitor
from tests.committed import committed_city, count
from tests.sending import ask, grainy, part, put, send, sha


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


async def confirmed(city: City, visitor: Visitor, made: dict[str, Any]) -> str:
    """The hash of the kept file, or the code of the refusal; past the API, whose deadline a busy machine misses."""
    actor, upload = await city.actor(visitor), uuid_of(made["uploadId"], "Upload")
    try:
        kept = await uploads.confirm(actor, uuid4(), upload, city.parts.documents, city.parts.inspector)
    except Problem as problem:
        return problem.code
    return str(kept.sha256)


async def test_one_part_sent_by_two_tabs_at_once_is_kept_once(open_city: City) -> None:
    sari, data = await open_city.login(SARI), grainy(760, 21)
    made = await ask(sari, data)
    url = f"{made['parts']['url']}/0"

    answers = await asyncio.gather(*(put(sari, url, part(data, 0)) for _ in range(5)))

    assert Counter(a.status_code for a in answers) == {204: 5}
    assert await UploadPart.all().count() == 1
    await send(sari, made, data, 1)
    done = await asyncio.gather(*(confirmed(open_city, sari, made) for _ in range(3)))
    assert set(done) <= {sha(data), "not_arrived", "busy"}
    assert await confirmed(open_city, sari, made) == sha(data)
    assert await UploadPart.all().count() == 0


async def test_bytes_that_are_being_swept_are_not_taken_into_use_and_what_is_in_use_is_not_swept(
    open_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a picture that Budi sent in vain a day ago, and that Sari is sending now
    city, data = open_city, grainy(760, 22)
    budi, sari = await city.login(BUDI), await city.login(SARI)
    old = await ask(budi, data)
    await send(budi, old, data, 0, 1)
    await confirmed(city, budi, old)
    await Upload.filter(id=uuid_of(old["uploadId"], "Upload")).update(
        asked_at=clock.now() - timedelta(days=2)
    )
    made = await ask(sari, data)
    await send(sari, made, data, 0, 1)
    documents, target = city.parts.documents, keys.document(sha(data))
    deleting, examined, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    arriving = keys.quarantine(uuid_of(made["uploadId"], "Upload").hex)
    delete = documents.delete

    async def slowly(key: str) -> None:
        if key == target:
            deleting.set()
            await go_on.wait()
        await delete(key)
        if key == arriving:
            examined.set()

    monkeypatch.setattr(documents, "delete", slowly)

    # when the sweep has found Budi's unused and is about to delete the bytes, and Sari confirms hers
    sweeping = asyncio.create_task(city.work.sweep())
    await asyncio.wait_for(deleting.wait(), 10)
    confirming = asyncio.create_task(confirmed(city, sari, made))
    # she has found the same bytes in the store and let hers go
    await asyncio.wait_for(examined.wait(), 20)
    go_on.set()
    answer, swept = await confirming, await sweeping

    # then she is told to send again, and nothing says that bytes are there which are not
    assert swept == 1
    assert answer == "not_arrived"
    assert await count("uploads", "stored") == 0
    again = await ask(sari, data)
    assert again["parts"]["missing"] == []
    assert await confirmed(city, sari, again) == sha(data)
    assert await documents.stat(target) is not None
    assert await city.work.sweep() == 0
    assert await documents.stat(target) is not None
