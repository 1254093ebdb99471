"""What has served its time is cleared away, and nothing else."""

import time
from datetime import timedelta
from uuid import UUID

from tortoise.connection import get_connection

from backend.applications.models import CaseDocument, Upload
from backend.core import clock
from backend.core.models import IdempotencyKey
from backend.identity.models import OneTimeCode
from schema.ids import uuid_of
from tests.apps import ask_token, with_token
from tests.city import BUDI, SARI, City, photo


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
