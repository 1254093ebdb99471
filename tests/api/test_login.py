"""Signing in with a phone and a one-time code: the limits, and what stays hidden."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from tortoise.connection import get_connection

from backend.app import create_app
from backend.core import clock
from backend.identity.gateways import ConsoleGateway, GatewayDown
from backend.identity.models import OneTimeCode, Person, Session
from backend.identity.sessions import COOKIE
from backend.parts import Parts
from backend.settings import Settings
from tests.city import PROBLEM, RINA, SARI, City, Visitor

NEW = "081234567890"
SENT = "... on CodeSent { challenge phoneMasked expiresAt retryAt }"
IN = "... on LoggedIn { viewer { name phoneMasked profileComplete } }"


async def request(visitor: Visitor, phone: str = NEW, **given: Any) -> dict[str, Any]:
    return await visitor.act("requestCode", SENT, phone=phone, **given)


async def verify(visitor: Visitor, sent: dict[str, Any], code: str, **given: Any) -> dict[str, Any]:
    return await visitor.act("verifyCode", IN, challenge=sent["challenge"], code=code, **given)


def code_for(city: City, phone: str = "+6281234567890") -> str:
    """The code as it stands in the message."""
    assert isinstance(city.parts.gateway, ConsoleGateway)
    return city.parts.gateway.sent[phone].split(maxsplit=1)[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_new_phone_signs_in_and_a_person_is_made(city: City) -> None:
    sent = await request(city.nobody)
    found = await verify(city.nobody, sent, code_for(city))

    assert found["viewer"] == {"name": None, "phoneMasked": "0812****7890", "profileComplete": False}
    index = city.parts.keyring.blind_index("phone", "+6281234567890")
    assert await Person.filter(phone_index=index).count() == 1


async def test_known_and_unknown_numbers_get_the_same_answer(city: City) -> None:
    now = clock.now()
    with clock.at(now):
        known, unknown = await request(city.nobody, "081100000001"), await request(city.nobody)
    assert known.pop("challenge") != unknown.pop("challenge")
    assert (known.pop("phoneMasked"), unknown.pop("phoneMasked")) == ("0811****0001", "0812****7890")
    assert known == unknown
    assert known["__typename"] == "CodeSent"
    assert datetime.fromisoformat(known["expiresAt"]) == now + timedelta(minutes=5)
    assert datetime.fromisoformat(known["retryAt"]) == now + timedelta(minutes=1)


@pytest.mark.parametrize("phone", ["", "0341123456", "12", "x" * 5000, "081234567890\n081234567891"])
async def test_what_is_no_mobile_number_is_refused_and_nothing_is_sent(city: City, phone: str) -> None:
    found = await request(city.nobody, phone)
    assert found["__typename"] == "InvalidInput"
    assert [f["path"] for f in found["fields"]] == ["phone"]
    assert await OneTimeCode.all().count() == 0


async def test_the_code_may_be_typed_with_blanks(city: City) -> None:
    sent = await request(city.nobody)
    code = code_for(city)
    assert (await verify(city.nobody, sent, f" {code[:3]} {code[3:]} "))["__typename"] == "LoggedIn"


async def test_five_tries_a_code_are_counted_though_each_is_refused(city: City) -> None:
    # given a code
    sent = await request(city.nobody)
    right, found = code_for(city), {"code": ""}

    # when it is guessed five times
    for tries in range(1, 6):
        found = await verify(city.nobody, sent, wrong(right))
        assert (found["__typename"], found["code"]) == ("InvalidInput", "wrong_code")
        assert (await OneTimeCode.get()).tries == tries

    # then even the right code is refused, in the same words, and nobody is signed in
    late = await verify(city.nobody, sent, right)
    assert {k: late[k] for k in ("__typename", "code", "message")} == {
        k: found[k] for k in ("__typename", "code", "message")
    }
    assert (await OneTimeCode.get()).tries == 5
    assert await Session.all().count() == 0


async def test_the_fifth_try_may_still_be_the_right_one(city: City) -> None:
    sent = await request(city.nobody)
    right = code_for(city)
    for _ in range(4):
        await verify(city.nobody, sent, wrong(right))
    assert (await verify(city.nobody, sent, right))["__typename"] == "LoggedIn"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "0" * 5000])
async def test_what_is_no_code_is_a_wrong_code(city: City, code: str) -> None:
    sent = await request(city.nobody)
    assert (await verify(city.nobody, sent, code))["code"] == "wrong_code"


async def test_an_unknown_challenge_is_a_wrong_code(city: City) -> None:
    await request(city.nobody)
    for challenge in ("", "x" * 64, "é"):
        found = await verify(city.nobody, {"challenge": challenge}, code_for(city))
        assert found["code"] == "wrong_code"
    assert (await OneTimeCode.get()).tries == 0


async def test_a_code_lives_five_minutes(city: City) -> None:
    now = clock.now()
    with clock.at(now):
        sent = await request(city.nobody)
    with clock.at(now + timedelta(minutes=5)):
        assert (await verify(city.nobody, sent, code_for(city)))["code"] == "wrong_code"
    with clock.at(now + timedelta(minutes=5) - timedelta(seconds=1)):
        assert (await verify(city.nobody, sent, code_for(city)))["__typename"] == "LoggedIn"


async def test_a_code_is_used_once(city: City) -> None:
    sent = await request(city.nobody)
    code = code_for(city)
    assert (await verify(city.nobody, sent, code))["__typename"] == "LoggedIn"
    assert (await verify(city.nobody, sent, code))["code"] == "wrong_code"
    assert await Session.all().count() == 1


async def test_one_code_a_minute_and_five_an_hour(city: City) -> None:
    start = clock.now()
    for minute in range(5):
        with clock.at(start + timedelta(minutes=minute)):
            assert (await request(city.nobody))["__typename"] == "CodeSent"
        with clock.at(start + timedelta(minutes=minute, seconds=59)):
            soon = await request(city.nobody)
            assert (soon["__typename"], soon["code"]) == ("NotNow", "too_soon")
    with clock.at(start + timedelta(minutes=30)):
        full = await request(city.nobody)
        assert full["__typename"] == "NotNow"
        assert datetime.fromisoformat(full["notBefore"]) == start + timedelta(hours=1)
        assert (await request(city.nobody, "081234567891"))["__typename"] == "CodeSent"
    with clock.at(start + timedelta(hours=1)):
        assert (await request(city.nobody))["__typename"] == "CodeSent"
    assert await OneTimeCode.all().count() == 7


async def test_a_repeated_request_gets_the_same_challenge_and_sends_nothing_new(city: City) -> None:
    key = str(uuid4())
    first = await request(city.nobody, idempotencyKey=key)
    code = code_for(city)
    again = await request(city.nobody, idempotencyKey=key)
    assert again == first
    assert code_for(city) == code
    assert await OneTimeCode.all().count() == 1
    other = await request(city.nobody, "081234567891", idempotencyKey=key)
    assert (other["__typename"], other["code"]) == ("Conflict", "key_reused")


async def test_a_repeated_log_in_is_the_same_session(city: City) -> None:
    sent, key = await request(city.nobody), str(uuid4())
    code = code_for(city)
    document = f"mutation Act($input: VerifyCodeInput!) {{ verifyCode(input: $input) {{ {PROBLEM} {IN} }} }}"
    given = {"idempotencyKey": key, "challenge": sent["challenge"], "code": code}

    first = await city.nobody.post(document, input=given)
    again = await city.nobody.post(document, input=given)

    assert first.json() == again.json()
    assert first.headers["set-cookie"] == again.headers["set-cookie"]
    assert await Session.all().count() == 1
    # and with the same key but another code there is no session to be had
    stolen = await city.nobody.post(document, input=given | {"code": wrong(code)})
    assert stolen.json()["data"]["verifyCode"]["code"] == "key_reused"
    assert "set-cookie" not in stolen.headers


async def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(city: City) -> None:
    sent = await request(city.nobody)
    answer = await city.nobody.post(
        f"mutation Act($input: VerifyCodeInput!) {{ verifyCode(input: $input) {{ {IN} }} }}",
        input={"idempotencyKey": str(uuid4()), "challenge": sent["challenge"], "code": code_for(city)},
    )
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=")
    assert set(attributes) == {"Path=/", "Max-Age=5184000", "Secure", "HttpOnly", "SameSite=Lax"}
    token = name.partition("=")[2]
    assert len(token) == 43
    assert token not in answer.text


async def test_staff_are_signed_in_for_a_working_day_only(city: City) -> None:
    sent = await request(city.nobody, "081100010001")
    answer = await city.nobody.post(
        f"mutation Act($input: VerifyCodeInput!) {{ verifyCode(input: $input) {{ {IN} }} }}",
        input={"idempotencyKey": str(uuid4()), "challenge": sent["challenge"], "code": code_for(city, RINA)},
    )
    assert "Max-Age=43200" in answer.headers["set-cookie"]


async def everything_stored() -> str:
    """All rows of all tables, as text."""
    client = get_connection("default")
    tables = await client.execute_query_dict("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = []
    for table in tables:
        rows = await client.execute_query_dict(f'SELECT t::text AS row FROM "{table["tablename"]}" t')  # noqa: S608
        found += [r["row"] for r in rows]
    return "\n".join(found)


async def test_neither_code_nor_phone_nor_token_stands_in_any_table(city: City) -> None:
    sent = await request(city.nobody)
    code = code_for(city)
    answer = await city.nobody.post(
        f"mutation Act($input: VerifyCodeInput!) {{ verifyCode(input: $input) {{ {IN} }} }}",
        input={"idempotencyKey": str(uuid4()), "challenge": sent["challenge"], "code": code},
    )
    token = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    stored = await everything_stored()

    assert len(stored) > 10_000
    for secret in ("81234567890", sent["challenge"], token, "81100000001", "3573015708900002"):
        assert secret not in stored
        assert secret.encode().hex() not in stored
    row = await OneTimeCode.get()
    digits = {str(v) for v in (row.tries, row.challenge_hash, row.phone_index)}
    assert code not in digits
    assert code.encode() not in bytes(row.code_mac) + bytes(row.phone_sealed)


class Gateway:
    """A gateway that is down as long as `down`."""

    def __init__(self) -> None:
        self.down = True
        self.sent: list[tuple[str, str]] = []

    async def send(self, phone: str, text: str) -> None:
        self.sent.append((phone, text))
        if self.down:
            raise GatewayDown("status 500")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def behind(city: City, parts: Parts, settings: Settings, gateway: Gateway) -> Starlette:
    return create_app(settings, replace(parts, gateway=gateway))


async def test_with_the_gateway_down_nothing_usable_is_left_and_a_repeat_says_so_again(
    city: City, behind: Starlette, gateway: Gateway
) -> None:
    transport = httpx.ASGITransport(app=behind)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        visitor, key = Visitor(client), str(uuid4())

        # when the message cannot be sent
        found = await request(visitor, idempotencyKey=key)

        # then that is said, and the code that may have slipped out opens nothing
        assert (found["__typename"], found["code"]) == ("NotNow", "gateway_down")
        code = gateway.sent[0][1].split(maxsplit=1)[0]
        challenge = city.parts.keyring.mac("challenge", f"{key}:+6281234567890").hex()
        assert (await verify(visitor, {"challenge": challenge}, code))["code"] == "wrong_code"

        # and asking again with the same key does not say that a code is on its way
        again = await request(visitor, idempotencyKey=key)
        assert (again["__typename"], again["code"]) == ("NotNow", "gateway_down")
        assert len(gateway.sent) == 1

        # when it works again a minute later, so does the log-in
        gateway.down = False
        with clock.at(clock.now() + timedelta(minutes=1)):
            sent = await request(visitor)
            code = gateway.sent[1][1].split(maxsplit=1)[0]
            assert (await verify(visitor, sent, code))["__typename"] == "LoggedIn"


async def test_the_message_tells_never_to_pass_the_code_on(city: City) -> None:
    await request(city.nobody, "081100000001")
    assert isinstance(city.parts.gateway, ConsoleGateway)
    text = city.parts.gateway.sent[SARI]
    assert "Jangan berikan kepada siapa pun" in text
    assert "5 menit" in text
