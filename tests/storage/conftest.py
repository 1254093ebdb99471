"""The two stores under test: a directory, and a bucket of a real S3 server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import Documents, Unavailable, open_documents
from tests.storage.weed import Weed, start


@pytest.fixture(scope="session")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    """One SeaweedFS for the whole run."""
    running = start(tmp_path_factory.mktemp("weed"))
    yield running
    running.kill()


@pytest.fixture(scope="session")
async def s3(weed: Weed) -> AsyncIterator[Documents]:
    """A bucket made for this run; the server opens its door before it can make buckets."""
    store = open_documents(weed.address(f"test-{uuid.uuid4().hex}"))
    for _ in range(60):
        try:
            await store.prepare()
            break
        except Unavailable:
            await asyncio.sleep(0.5)
    yield store
    await store.close()


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Documents]:
    """A fresh folder."""
    store = open_documents(f"dir:{tmp_path / 'documents'}")
    await store.prepare()
    yield store
    await store.close()


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest) -> Documents:
    """Each of the two in turn."""
    found: Documents = request.getfixturevalue(request.param)
    return found
