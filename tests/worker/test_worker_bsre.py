"""The worker as it runs, with BSrE's e-sign client: a passphrase goes from signLetters to its memory and nowhere else."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from tortoise.connection import get_connection

from backend.identity.models import Person
from backend.parts import Parts
from backend.settings import Settings
from backend.signing.models import Letter
from tests.authenticator import sign, wish
from tests.city import HADI, RINA, SARI, City, Visitor
from tests.committed import committed_city, count
from tests.signing.fake_bsre import PASSWORD, USER, Account, FakeBsre, running
from tests.worker.test_worker_process import SECONDS, SERVICE, until, worker

NIK, CANARY, WRONG = "3573011001700001", "kenari-passphrase-0x53", "kenari-salah-0x54"


@pytest.fixture
async def open_city(seeded: str, app: Starlette, parts: Parts, home: Path) -> AsyncIterator[City]:
    async with committed_city(app, parts, home) as city:
        yield city


@pytest.fixture
async def bsre(open_city: City) -> AsyncIterator[FakeBsre]:
    """The provider, where the head has an account by the NIK that the city holds of them."""
    keyring = open_city.parts.keyring
    person = await Person.get(phone_index=keyring.blind_index("phone", HADI))
    before = person.nik_sealed
    await Person.filter(id=person.id).update(nik_sealed=keyring.seal(f"people:{person.id}:nik", NIK))
    async with running() as fake:
        fake.accounts[NIK] = Account(person.name or "", CANARY, number=NIK)
        yield fake
    await Person.filter(id=person.id).update(nik_sealed=before)


def address(fake: FakeBsre, folder: Path) -> str:
    """The setting that names this provider."""
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "roots.pem").write_bytes(fake.root)
    return f"bsre:{fake.url}?version=2&user={USER}&password={folder}/password&roots={folder}/roots.pem"


async def approved(city: City, number: int) -> list[str]:
    """So many cases whose letters are to be drawn, by number."""
    sari, rina = await city.login(SARI), await city.login(RINA)
    cases = [await rina.move("takeApplication", await city.apply(sari, SERVICE)) for _ in range(number)]
    return [(await rina.move("approveApplication", case))["number"] for case in cases]


async def opened(head: Visitor, number: str) -> dict[str, object]:
    """The letter of a case as the head has just seen it."""
    case = await head.case(number)
    assert case is not None
    seen = await head.act("openLetter", "... on LetterOpened { letter { sha256 } }", applicationId=case["id"])
    return wish(case, seen["letter"]["sha256"])


async def places_with(word: str, home: Path) -> list[str]:
    """Every table and every file of the house that holds the word; the database's own files are asked as tables."""
    db = get_connection("default")
    tables = [
        row["tablename"]
        for row in await db.execute_query_dict("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    found = [
        name
        for name in tables
        if await count(f'"{name}" AS t', f"t::text LIKE '%{word}%' OR t::text LIKE '%{word.encode().hex()}%'")
    ]
    files = [f for f in home.rglob("*") if f.is_file() and "postgres" not in f.relative_to(home).parts]
    return found + [str(f.relative_to(home)) for f in files if word.encode() in f.read_bytes()]


async def test_a_passphrase_typed_once_signs_the_batch_in_the_worker_and_is_found_nowhere(
    open_city: City, settings: Settings, bsre: FakeBsre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a worker that signs at BSrE, and three letters that the head has read
    monkeypatch.setenv("LUGAS_SIGNER", address(bsre, tmp_path))
    monkeypatch.setenv("LUGAS_LOG_LEVEL", "DEBUG")
    numbers = await approved(open_city, 3)
    head = await open_city.login(HADI)

    async def drawn() -> bool:
        return await count("letters", "status = 'ready'") == 3

    async def refused() -> bool:
        return await count("letters", "status = 'failed' AND problem = 'wrong_passphrase'") == 1

    async def issued() -> bool:
        return await count("letters", "status = 'issued'") == 3

    async with worker(settings) as process:
        await until(drawn)
        first, *rest = [await opened(head, number) for number in numbers]

        # when the first is signed with a wrong passphrase
        (outcome,) = await sign(head, first, passphrase=WRONG)
        assert outcome["problem"] is None
        await until(refused)

        # then nothing is signed, and the head may try again
        assert bsre.signed == 0
        assert await count("letters", "status = 'issued'") == 0

        # and when all three are signed with the right one, typed once
        again = await opened(head, numbers[0])
        outcomes = await sign(head, again, *rest, passphrase=CANARY)
        assert [one["problem"] for one in outcomes] == [None, None, None]
        await until(issued)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()

    # then each was signed once, in the head's own name
    assert bsre.signed == 3
    assert {row.signer_id for row in await Letter.all()} == {(await open_city.actor(head)).person}
    # and neither passphrase is in a table, a file or the log
    for word in (CANARY, WRONG):
        assert await places_with(word, settings.home) == []
        assert word not in said.decode()
    assert "Traceback" not in said.decode()


async def test_without_a_worker_a_passphrase_is_not_taken_and_nothing_is_decided(
    open_city: City, settings: Settings, bsre: FakeBsre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUGAS_SIGNER", address(bsre, tmp_path))
    (number,) = await approved(open_city, 1)
    head = await open_city.login(HADI)

    async def drawn() -> bool:
        return await count("letters", "status = 'ready'") == 1

    async with worker(settings) as process:
        await until(drawn)
        process.send_signal(signal.SIGTERM)
        await process.wait()
    seen = await opened(head, number)

    (outcome,) = await sign(head, seen, passphrase=CANARY)

    assert outcome["problem"]["code"] == "no_worker"
    assert await count("letters", "status = 'ready'") == 1
    assert await count("signing_attempts") == bsre.signed == 0
    assert await places_with(CANARY, settings.home) == []
