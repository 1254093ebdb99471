"""Signatures that last: B-T to B-LTA with an authority of openssl's; every stamp is checked, revoked signers are found."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from backend.signing import timestamp
from backend.signing.keystore import DevelopmentKeyStore
from backend.signing.signer import SignerUnavailable
from backend.signing.timestamp import Finish
from backend.signing.validate import Trust, certificates_in, validate
from tests.signing.authority import Authority, running
from tests.signing.test_signatures import ACT, AT, DRAFT, one_bit

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
LEVELS = ["B-T", "B-LT", "B-LTA"]


@pytest_asyncio.fixture(loop_scope="session")
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    async with running(tmp_path) as made:
        yield made


def store_of(authority: Authority, level: str, folder: Path) -> DevelopmentKeyStore:
    client = timestamp.Authority(authority.url, timeout=10.0)
    return DevelopmentKeyStore(folder / "keys", Finish(level, client, (authority.root_der,)))


async def trust_of(store: DevelopmentKeyStore, authority: Authority) -> Trust:
    return Trust(await store.roots(), (authority.root_der,), await store.crls())


@pytest.mark.parametrize("level", LEVELS)
async def test_a_signature_has_the_level_that_was_asked_for_and_is_good(
    authority: Authority, tmp_path: Path, level: str
) -> None:
    store = store_of(authority, level, tmp_path)

    signed = await store.sign(DRAFT, ACT)

    found = await validate(signed, await trust_of(store, authority))
    assert signed.startswith(DRAFT)
    assert (found.good, found.level, found.reason) == (True, level, "")
    assert found.at == AT
    assert found.stamped_at is not None


async def test_without_an_authority_it_is_b_b(tmp_path: Path) -> None:
    store = DevelopmentKeyStore(tmp_path)

    found = await validate(await store.sign(DRAFT, ACT), await store.roots())

    assert (found.good, found.level, found.stamped_at) == (True, "B-B", None)


@pytest.mark.parametrize("level", LEVELS)
async def test_a_changed_letter_is_never_good_at_any_level(
    authority: Authority, tmp_path: Path, level: str
) -> None:
    store = store_of(authority, level, tmp_path)
    signed = await store.sign(DRAFT, ACT)
    trust = await trust_of(store, authority)

    assert (await validate(one_bit(signed), trust)).reason in ("changed", "broken", "stamp")
    assert (await validate(signed + b"\n% sudah lunas\n", trust)).reason in ("appended", "broken", "changed")


async def test_a_flipped_digit_in_what_only_the_last_stamp_covers_is_found(
    authority: Authority, tmp_path: Path
) -> None:
    """The signature does not cover the embedded root: notes on signing, lesson 2."""
    store = store_of(authority, "B-LTA", tmp_path)
    signed = await store.sign(DRAFT, ACT)
    trust = await trust_of(store, authority)
    dss = signed.index(b"/DSS", len(DRAFT))
    place = signed.index(b"stream", dss) + 40
    flipped = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]

    found = await validate(flipped, trust)

    assert not found.good


async def test_a_stamp_of_a_stranger_does_not_count(authority: Authority, tmp_path: Path) -> None:
    store = store_of(authority, "B-LTA", tmp_path)
    signed = await store.sign(DRAFT, ACT)
    (tmp_path / "other").mkdir()
    async with running(tmp_path / "other") as stranger:
        trust = Trust(await store.roots(), (stranger.root_der,))

        assert (await validate(signed, trust)).reason == "stamp"


async def test_lists_are_fetched_once_for_a_batch(authority: Authority, tmp_path: Path) -> None:
    store = store_of(authority, "B-LT", tmp_path)

    for number in range(3):
        await store.sign(DRAFT, replace(ACT, position=f"Camat {number}"))

    assert authority.lists == 1
    assert authority.stamps == 4  # one to know the authority, one a letter


async def test_an_authority_that_is_away_is_a_signer_that_is_away(
    authority: Authority, tmp_path: Path
) -> None:
    store = store_of(authority, "B-T", tmp_path)
    authority.up = False

    with pytest.raises(SignerUnavailable):
        await store.sign(DRAFT, ACT)

    authority.up = True
    assert (await store.sign(DRAFT, ACT)).startswith(DRAFT)


async def test_a_revoked_signer_is_found_by_the_list(tmp_path: Path) -> None:
    store = DevelopmentKeyStore(tmp_path)
    signed = await store.sign(DRAFT, ACT)
    since = datetime(2026, 11, 20, tzinfo=UTC)

    store.revoke(certificates_in(signed)[0], since)

    found = await validate(signed, Trust(await store.roots(), (), await store.crls()))
    assert (found.valid, found.good, found.reason) == (True, False, "revoked")
    assert found.revoked_at == since
    assert (await validate(signed, await store.roots())).good
