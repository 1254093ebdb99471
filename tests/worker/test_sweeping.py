"""What has served its time is cleared away, and nothing else."""

import time
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tortoise.connection import get_connection

from backend.applications import sweeping
from backend.applications.models import Application, CaseDocument, Upload, UploadPart
from backend.core import clock
from backend.core.ids import new_number
from backend.core.models import IdempotencyKey
from backend.identity.models import OneTimeCode
from backend.signing.models import SigningIntent
from schema.ids import uuid_of
from storage import keys
from storage.documents import Unavailable
from tests.apps import ask_token, with_token
from tests.city import BUDI, SARI, City, photo
from tests.sending import ask, confirm, grainy, send


async def upload_of(city: City, phone: str, data: bytes) -> UUID:
    visitor = await city.login(phone)
    return uuid_of(await visitor.send_file(data), "Upload")


async def test_a_file_that_no_case_took_goes_after_a_day_with_its_bytes(city: City) -> None:
    # given a file that nobody used
    upload = await Upload.get(id=await upload_of(city, SARI, photo((9, 9, 9))))

    # when not quite a day has passed, and when a day has
    with clock.at(clock.now() + timedelta(hours=23)):
        assert await city.work.sweep() == 0
    assert await city.parts.documents.stat(upload.key) is not None
    with clock.at(clock.now() + timedelta(hours=25)):
        assert await city.work.sweep() == 1

    # then row and bytes are gone
    assert await Upload.filter(id=upload.id).count() == 0
    assert await city.parts.documents.stat(upload.key) is None


async def test_bytes_that_a_case_holds_stay_when_someone_else_sent_the_same_in_vain(city: City) -> None:
    # given two people who sent the same picture, of whom one applied with it
    sari = await city.login(SARI)
    case = await city.apply(sari, "DUK-KTP-HILANG")
    document = await CaseDocument.filter(id=uuid_of(case["documents"][0]["id"], "CaseDocument")).get()
    same = b"".join([chunk async for chunk in city.parts.documents.read(document.key)])
    vain = await upload_of(city, BUDI, same)

    # when two days have passed
    with clock.at(clock.now() + timedelta(days=2)):
        await city.work.sweep()

    # then only the unused upload is forgotten
    assert await Upload.filter(id=vain).count() == 0
    assert await Upload.filter(id=document.upload_id).count() == 1
    assert await city.parts.documents.stat(document.key) is not None


async def test_old_codes_and_keys_are_forgotten(city: City) -> None:
    await city.nobody.act("requestCode", "... on CodeSent { challenge }", phone=SARI)
    assert await OneTimeCode.all().count() == 1
    with clock.at(clock.now() + timedelta(days=31)):
        await city.work.sweep()
    assert await OneTimeCode.all().count() == 0
    assert await IdempotencyKey.all().count() == 0


async def test_assertions_that_no_clock_takes_any_more_are_forgotten(city: City) -> None:
    app = await with_token(city)
    await city.work.sweep()
    assert await used() == 1
    with clock.at(clock.now() + timedelta(minutes=10)):
        await city.work.sweep()
    assert await used() == 0
    # what was used stays used: the assertion itself is over by then
    assert (
        await ask_token(city, app.assertion(exp=int(time.time()) - 60, iat=int(time.time()) - 120))
    ).status_code == 401


async def used() -> int:
    rows = await get_connection("default").execute_query_dict("SELECT count(*) AS n FROM used_assertions")
    return int(rows[0]["n"])


async def test_lone_parts_go_after_a_day_and_those_of_a_file_asked_for_again_stay(city: City) -> None:
    # given two files of which one part each arrived
    sari = await city.login(SARI)
    left, wanted = grainy(760, 2), grainy(760, 3)
    lone, again = await ask(sari, left), await ask(sari, wanted)
    await send(sari, lone, left, 0)
    await send(sari, again, wanted, 0)
    keys_of = [keys.part(uuid_of(m["uploadId"], "Upload").hex, 0) for m in (lone, again)]

    # when a phone comes back for one of them, and a day has passed for the other
    with clock.at(clock.now() + timedelta(hours=23)):
        await ask(sari, wanted)
        assert await city.work.sweep() == 0
    with clock.at(clock.now() + timedelta(hours=25)):
        assert await city.work.sweep() == 1

    # then only that one's part is gone, bytes and all
    assert [await city.parts.documents.stat(k) is not None for k in keys_of] == [False, True]
    assert await UploadPart.all().count() == 1
    with clock.at(clock.now() + timedelta(hours=49)):
        assert await city.work.sweep() == 1
    assert await UploadPart.all().count() == 0


async def test_parts_left_by_a_break_after_the_file_was_kept_go_too(city: City) -> None:
    sari = await city.login(SARI)
    data = grainy(760, 4)
    made = await ask(sari, data)
    await send(sari, made, data, 0, 1)
    rows = [dict(r) for r in await UploadPart.all().values()]
    await confirm(sari, made)
    await UploadPart.bulk_create([UploadPart(**r) for r in rows])
    with clock.at(clock.now() + timedelta(hours=25)):
        await city.work.sweep()
    assert await UploadPart.all().count() == 0


async def test_many_files_in_cases_do_not_keep_the_sweep_from_the_unused_ones(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 1)
    sari = await city.login(SARI)
    assert (await city.apply(sari))["number"]
    unused = await upload_of(city, SARI, photo((1, 9, 1)))
    with clock.at(clock.now() + timedelta(days=2)):
        assert await city.work.sweep() == 1
    assert await Upload.filter(id=unused).count() == 0


async def test_what_the_store_would_not_give_up_is_swept_the_next_time(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a store that does not answer while sweeping
    upload = await Upload.get(id=await upload_of(city, SARI, photo((3, 9, 3))))

    async def away(_: str) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as broken, clock.at(clock.now() + timedelta(hours=25)):
        broken.setattr(city.parts.documents, "delete", away)
        with pytest.raises(Unavailable):
            await city.work.sweep()

    # then the row still names the bytes, and the next sweep takes both
    assert await Upload.filter(id=upload.id).count() == 1
    with clock.at(clock.now() + timedelta(hours=26)):
        assert await city.work.sweep() == 1
    assert await city.parts.documents.stat(upload.key) is None


async def test_a_phone_that_lay_in_a_drawer_for_a_year_gets_the_answer_it_missed(city: City) -> None:
    # given an application whose answer was lost
    sari, start = await city.login(SARI), clock.now()
    number, key = new_number(), str(uuid4())
    upload = await sari.send_file(photo((2, 9, 2)))
    given = {
        "receiptNumber": number,
        "idempotencyKey": key,
        "documents": [{"requirement": "loss_or_damaged", "uploadId": upload}],
    }
    first = await city.apply(sari, "DUK-KK-HILANG", **given)

    # when a year of sweeping has passed and the phone sends it again
    with clock.at(start + timedelta(days=365)):
        await city.work.sweep()
    again = await city.apply(await city.login(SARI), "DUK-KK-HILANG", **given)

    # then it is the same case
    assert (again["id"], again["number"]) == (first["id"], number)
    assert await Application.all().count() == 1


async def test_an_approval_that_nobody_gave_goes_after_a_day_and_one_that_was_given_stays(city: City) -> None:
    # given one intent that was used and one that was not
    now = clock.now()
    for used in (None, now):
        await SigningIntent.create(
            id=uuid4(), signer_id=uuid4(), manifest="{}", created_at=now, expires_at=now, used_at=used
        )
    # when not quite a day has passed, and when it has
    with clock.at(now + timedelta(hours=23)):
        await city.work.sweep()
    assert await SigningIntent.all().count() == 2
    with clock.at(now + timedelta(hours=25)):
        await city.work.sweep()
    # then
    assert [row.used_at for row in await SigningIntent.all()] == [now]
