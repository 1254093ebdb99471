"""The worker's desk with BSrE: one signature for one decision, in order while it is away, and no secret anywhere."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from tortoise.connection import get_connection

from backend.core import clock
from backend.core.ids import new_verify_id, uuid7
from backend.identity.models import Person
from backend.parts import Parts
from backend.signing.bsre import BsreSigner
from backend.signing.desk import Behind, Desk
from backend.signing.models import Letter, SignerOutage, SigningAttempt
from backend.signing.passphrases import Passphrases
from backend.signing.render import render
from backend.signing.signer import SignerUnavailable
from backend.signing.work import Tools, _keep
from tests.city import HADI
from tests.signing.fake_bsre import Account, FakeBsre, running
from tests.signing.letters import letter as content

CANARY = "kenari-passphrase-0x52"
INTENT = UUID(int=77)
NIK = "3573011001700077"


@dataclass
class Told:
    """What the subjects of letters heard, in order."""

    heard: list[tuple[str, UUID]] = field(default_factory=list)

    async def issued(self, letter: Letter) -> None:
        self.heard.append(("issued", letter.id))

    async def refused(self, letter: Letter, reason: str) -> None:
        self.heard.append((reason, letter.id))

    async def waits(self, letter: Letter, outage: SignerOutage) -> None:
        if ("waits", letter.id) not in self.heard:
            self.heard.append(("waits", letter.id))

    async def goes_on(self, letter: Letter, outage: SignerOutage) -> None:
        self.heard.append(("goes_on", letter.id))


@dataclass
class Scene:
    bsre: FakeBsre
    parts: Parts
    told: Told
    passphrases: Passphrases
    folder: Path
    person: Person

    def desk(self, version: int = 2, timeout: float = 5.0) -> Desk:
        signer: BsreSigner = self.bsre.signer(self.folder, version, timeout=timeout)
        tools = Tools(self.parts.documents, signer, self.parts.keyring, self.passphrases)
        return Desk(tools, {"test": self.told})

    async def decided(self, number: int) -> Letter:
        """A letter that its head has decided, `number` seconds after the others."""
        pdf = render(content(number=f"470/{number:04d}/X/2026"))
        key, digest = await _keep(pdf, self.parts.documents)
        post = (await get_connection("default").execute_query_dict(
            "SELECT title FROM posts_held WHERE person_id = $1", [self.person.id]
        ))[0]["title"]  # fmt: skip
        return await Letter.create(
            id=uuid7(), subject_kind="test", subject_id=uuid7(), kind="statement", title="Surat uji",
            opd="DISPENDUKCAPIL", opd_name="Dispendukcapil", year=1990, seq=number, number=f"{number}",
            date=clock.today(), verify_id=new_verify_id(), holder_masked="S***", content_sealed=b"x",
            status="signing", draft_key=key, draft_sha256=digest, signer_id=self.person.id,
            signer_name=self.person.name, signer_position=post, intent_id=INTENT,
            requested_at=clock.now() + timedelta(seconds=number), created_at=clock.now(),
        )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def scene(db: None, parts: Parts, tmp_path: Path) -> AsyncIterator[Scene]:
    person = await Person.get(phone_index=parts.keyring.blind_index("phone", HADI))
    person.nik_sealed = parts.keyring.seal(f"people:{person.id}:nik", NIK)
    await person.save()
    passphrases = Passphrases(tmp_path / "run")
    async with running() as bsre, passphrases.listening():
        bsre.accounts[NIK] = Account(person.name, CANARY, number=NIK)
        await passphrases.hand_over(INTENT, CANARY)
        yield Scene(bsre, parts, Told(), passphrases, tmp_path, person)


async def test_a_batch_is_signed_once_each_and_its_passphrase_forgotten(scene: Scene) -> None:
    letters = [await scene.decided(n) for n in (1, 2)]
    desk = scene.desk()

    await desk.sign(letters[0].id)
    assert scene.passphrases.of(INTENT) == CANARY
    await desk.sign(letters[1].id)
    await desk.sign(letters[1].id)

    assert scene.passphrases.of(INTENT) is None
    assert scene.bsre.signed == 2
    assert scene.told.heard == [("issued", letters[0].id), ("issued", letters[1].id)]
    assert [a.state for a in await SigningAttempt.all()] == ["signed", "signed"]


async def test_an_answer_lost_with_its_name_is_fetched_and_not_signed_again(scene: Scene) -> None:
    letter = await scene.decided(1)
    scene.bsre.mood = "stalls"
    with pytest.raises(SignerUnavailable):
        await scene.desk(1, timeout=0.5).sign(letter.id)

    await scene.desk(1).sign(letter.id)

    assert scene.bsre.signed == 1
    assert scene.told.heard[-2:] == [("issued", letter.id)] or ("issued", letter.id) in scene.told.heard


async def test_an_answer_lost_without_a_name_asks_the_head_and_not_the_provider_again(scene: Scene) -> None:
    letter = await scene.decided(1)
    scene.bsre.mood = "silent"
    with pytest.raises(SignerUnavailable):
        await scene.desk(2, timeout=0.5).sign(letter.id)
    scene.bsre.mood = "honest"

    await scene.desk().sign(letter.id)

    assert scene.bsre.signed == 1
    assert ("outcome_unknown", letter.id) in scene.told.heard
    assert (await Letter.get(id=letter.id)).status == "failed"


async def test_a_head_who_decides_again_knowingly_gets_one_more(scene: Scene) -> None:
    letter = await scene.decided(1)
    scene.bsre.mood = "silent"
    with pytest.raises(SignerUnavailable):
        await scene.desk(2, timeout=0.5).sign(letter.id)
    scene.bsre.mood = "honest"
    await scene.desk().sign(letter.id)

    await Letter.filter(id=letter.id).update(status="signing", requested_at=clock.now() + timedelta(hours=1))
    await scene.passphrases.hand_over(INTENT, CANARY)
    await scene.desk().sign(letter.id)

    assert ("issued", letter.id) in scene.told.heard


async def test_while_it_is_away_only_the_first_tries_and_the_rest_follow_in_order(scene: Scene) -> None:
    # given
    first, second, third = [await scene.decided(n) for n in (1, 2, 3)]
    desk = scene.desk()
    scene.bsre.mood = "down"

    # when
    with pytest.raises(SignerUnavailable):
        await desk.sign(first.id)
    for waiting in (third, second):
        with pytest.raises(Behind):
            await desk.sign(waiting.id)
    asked = len(scene.bsre.asked)

    # then nothing more was asked, and each subject was told why it waits
    assert asked == 1
    assert set(scene.told.heard) == {("waits", x.id) for x in (first, second, third)}
    assert await SignerOutage.filter(ended_at=None).count() == 1

    # and when it is back
    scene.bsre.mood = "honest"
    await desk.sign(first.id)
    outage = await SignerOutage.get()
    assert outage.ended_at is not None
    assert scene.told.heard[3:] == [("issued", first.id), ("goes_on", second.id), ("goes_on", third.id)]
    woken = await get_connection("default").execute_query_dict(
        "SELECT convert_from(payload, 'utf8') AS p FROM pgqueuer WHERE entrypoint = 'sign_letter' ORDER BY id"
    )
    assert [str(x.id) in w["p"] for x, w in zip((second, third), woken[-2:], strict=True)] == [True, True]


async def test_a_wrong_passphrase_is_asked_once_and_the_rest_of_the_batch_asks_again(scene: Scene) -> None:
    letters = [await scene.decided(n) for n in (1, 2)]
    await scene.passphrases.hand_over(INTENT, "salah")

    for letter in letters:
        await scene.desk().sign(letter.id)

    assert scene.told.heard == [("wrong_passphrase", letters[0].id), ("passphrase_needed", letters[1].id)]
    assert len(scene.bsre.asked) == 1


async def test_who_left_the_post_signs_no_more(scene: Scene) -> None:
    letter = await scene.decided(1)
    await Letter.filter(id=letter.id).update(signer_position="Kepala Dinas Lain")

    await scene.desk().sign(letter.id)

    assert scene.told.heard == [("no_capacity", letter.id)]
    assert scene.bsre.asked == []


async def test_the_canary_is_found_nowhere(
    scene: Scene, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for number, mood in enumerate(("honest", "broken", "down", "silent", "garbage", "gateway"), 1):
        scene.bsre.mood = mood
        await scene.passphrases.hand_over(INTENT, CANARY)
        try:
            await scene.desk(2, timeout=0.5).sign((await scene.decided(number)).id)
        except SignerUnavailable:
            continue

    found = [table for table in await tables() if CANARY in await dump(table)]
    out = capfd.readouterr()
    assert found == []
    assert CANARY not in caplog.text + out.out + out.err
    assert NIK not in caplog.text + out.out + out.err
    stored = [
        p for p in Path(scene.parts.settings.home).rglob("*") if p.is_file() and p.stat().st_size < 2_000_000
    ]
    assert [p for p in stored if "postgres" not in p.parts and CANARY.encode() in p.read_bytes()] == []


async def tables() -> list[str]:
    """Every table of the database, the queue's and its log among them."""
    rows = await get_connection("default").execute_query_dict(
        "SELECT quote_ident(tablename) AS t FROM pg_tables WHERE schemaname = 'public'"
    )
    return [row["t"] for row in rows]


async def dump(table: str) -> str:
    """All of a table in words; columns of bytes read as text too."""
    rows = await get_connection("default").execute_query_dict(
        f"SELECT t::text || encode(convert_to(t::text, 'utf8'), 'escape') AS t FROM {table} t"  # noqa: S608
    )
    return "".join(row["t"] for row in rows)
