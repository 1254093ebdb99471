"""Passkeys: added once, logged in with without a word, renamed, taken away; and what they open for staff."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.core import clock
from backend.core.models import RecordedEvent
from backend.core.problems import InvalidInput, NotAllowed
from backend.identity import actions, recovery
from backend.identity.models import Passkey, Person, Session
from backend.identity.sessions import session_token
from backend.identity.soft_key import SoftKey
from schema import endpoint
from tests.authenticator import add_passkey, key_of
from tests.city import AGUS_PTSP, HADI, ORIGIN, RINA, SARI, City, Visitor

ASKED = "... on PasskeyAsked { challengeId options expiresAt }"
IN = "... on LoggedIn { viewer { name passkeyAdvice roles { role } } }"
LIST = "... on PasskeysChanged { passkeys { id name synced } }"
ME = "{ me { name passkeyAdvice roles { role } passkeys { id name } } }"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no attack: the time that a first request takes is not charged here."""
    monkeypatch.setattr(endpoint, "dear", lambda _: 0)


async def by_code(city: City, phone: str) -> Visitor:
    """A session as a one-time code opens it."""
    person = await Person.get(phone_index=city.parts.keyring.blind_index("phone", phone))
    session = await actions.open_session(person.id, "tests", city.parts.keyring)
    return Visitor(city.client, session_token(city.parts.keyring, session))


async def log_in(city: City, key: SoftKey, **over: Any) -> tuple[Visitor, dict[str, Any]]:
    """Log in as a phone with this passkey would."""
    visitor = city.nobody
    asked = await visitor.act("askPasskeyLogIn", ASKED)
    given = {"challengeId": asked["challengeId"], "assertion": key.answer(asked["options"])} | over
    kind = "mutation M($input: PasskeyLogInInput!) { passkeyLogIn(input: $input) { __typename ... on Problem { code message } "
    answer = await visitor.post(f"{kind} {IN} }} }}", input={"idempotencyKey": str(uuid4())} | given)
    cookie = answer.headers.get("set-cookie", "")
    visitor.token = cookie.partition("=")[2].partition(";")[0] or None
    result: dict[str, Any] = answer.json()["data"]["passkeyLogIn"]
    return visitor, result


async def test_a_resident_adds_a_passkey_and_logs_in_without_typing(city: City) -> None:
    sari = await by_code(city, SARI)
    assert (await add_passkey(sari))["passkeys"][0]["name"] == "HP"

    visitor, result = await log_in(city, await key_of(sari))

    assert result["viewer"]["name"] == "Sari Wulandari"
    assert (await visitor.ask("{ me { name } }"))["me"]["name"] == "Sari Wulandari"
    kept = await Passkey.get()
    assert (kept.sign_count, kept.revoked_at) == (1, None)
    assert kept.used_at is not None


async def test_a_session_by_code_gives_staff_their_posts_only_until_they_have_a_passkey(city: City) -> None:
    first, other = await by_code(city, HADI), await by_code(city, HADI)
    me = (await first.ask(ME))["me"]
    assert (me["passkeyAdvice"], me["roles"]) == ("ADD", [{"role": "HEAD"}])

    await add_passkey(first)

    # the session in which it was made counts as opened by it; the others work for a resident only
    me = (await first.ask(ME))["me"]
    assert (me["passkeyAdvice"], me["roles"]) == (None, [{"role": "HEAD"}])
    me = (await other.ask(ME))["me"]
    assert (me["passkeyAdvice"], me["roles"]) == ("USE", [])
    assert (await other.errors("{ inbox { edges { node { id } } } }"))[0]["extensions"]["code"] == "FORBIDDEN"
    _, result = await log_in(city, await key_of(first))
    assert (result["viewer"]["passkeyAdvice"], result["viewer"]["roles"]) == (None, [{"role": "HEAD"}])


async def test_who_came_by_code_cannot_add_a_passkey_beside_that_of_an_official(city: City) -> None:
    await add_passkey(await by_code(city, HADI))
    thief = await by_code(city, HADI)
    assert (await add_passkey(thief))["code"] == "passkey_first"
    (kept,) = await Passkey.all()
    gone = await thief.act("removePasskey", LIST, passkeyId=await id_of(thief))
    assert gone["code"] == "passkey_first"
    assert (await Passkey.get(id=kept.id)).revoked_at is None


async def id_of(visitor: Visitor) -> str:
    found: str = (await visitor.ask(ME))["me"]["passkeys"][0]["id"]
    return found


async def test_the_last_passkey_of_staff_stays_and_a_resident_may_take_theirs_away(city: City) -> None:
    hadi, sari = await by_code(city, HADI), await by_code(city, SARI)
    await add_passkey(hadi)
    await add_passkey(sari)
    assert (await hadi.act("removePasskey", LIST, passkeyId=await id_of(hadi)))["code"] == "passkey_last"
    assert (await hadi.act("removePasskey", LIST, passkeyId=await id_of(sari)))["__typename"] == "NotFound"
    assert await sari.act("removePasskey", LIST, passkeyId=await id_of(sari)) == {
        "__typename": "PasskeysChanged",
        "passkeys": [],
    }
    _, result = await log_in(city, await key_of(sari))
    assert result["code"] == "passkey_unproven"


async def test_a_passkey_can_be_called_something_else(city: City) -> None:
    sari = await by_code(city, SARI)
    await add_passkey(sari)
    named = await sari.act("renamePasskey", LIST, passkeyId=await id_of(sari), name="  HP   baru ")
    assert [k["name"] for k in named["passkeys"]] == ["HP baru"]
    short = await sari.act("renamePasskey", LIST, passkeyId=await id_of(sari), name=" ")
    assert [f["path"] for f in short["fields"]] == ["name"]


async def test_the_same_passkey_is_not_kept_twice_and_known_ones_are_named(city: City) -> None:
    sari = await by_code(city, SARI)
    await add_passkey(sari)
    asked = await sari.act("askPasskey", ASKED)
    assert (await key_of(sari)).id.hex()
    assert '"excludeCredentials": [{"id": "' in asked["options"]
    assert (await add_passkey(sari, await key_of(sari)))["code"] == "passkey_unproven"
    assert await Passkey.all().count() == 1


async def test_a_registration_without_a_finger_or_from_another_site_is_refused(city: City) -> None:
    for key in (SoftKey(ORIGIN, verified=False), SoftKey("https://lugas.malang.example")):
        assert (await add_passkey(await by_code(city, SARI), key))["code"] == "passkey_unproven"
    assert await Passkey.all().count() == 0


@pytest.mark.parametrize("what", ["again", "late", "no finger", "other site", "revoked", "unknown"])
async def test_a_log_in_that_proves_nothing_opens_no_session(city: City, what: str) -> None:
    sari = await by_code(city, SARI)
    await add_passkey(sari)
    key, over, late = await key_of(sari), {}, timedelta()
    match what:
        case "again":
            asked = await city.nobody.act("askPasskeyLogIn", ASKED)
            over = {"challengeId": asked["challengeId"], "assertion": key.answer(asked["options"])}
            await log_in(city, key, **over)
        case "late":
            asked = await city.nobody.act("askPasskeyLogIn", ASKED)
            over = {"challengeId": asked["challengeId"], "assertion": key.answer(asked["options"])}
            late = timedelta(minutes=6)
        case "no finger":
            key.verified = False
        case "other site":
            key.origin = "https://lugas.malang.example"
        case "revoked":
            await Passkey.all().update(revoked_at=clock.now())
        case _:
            key = SoftKey(ORIGIN)
    before = await Session.all().count()
    with clock.at(clock.now() + late):
        visitor, result = await log_in(city, key, **over)
    assert (result["__typename"], result["code"], visitor.token) == ("NotAllowed", "passkey_unproven", None)
    assert await Session.all().count() == before


async def test_two_officials_take_the_passkeys_of_somebody_who_lost_the_phone_away(city: City) -> None:
    hadi, keyring = await by_code(city, HADI), city.parts.keyring
    await add_passkey(hadi)
    for by in ((RINA, RINA), (RINA, HADI), (RINA, SARI)):
        with pytest.raises(NotAllowed):
            await recovery.reset(HADI, by, keyring)
    with pytest.raises(InvalidInput):
        await recovery.reset("081299999999", (RINA, AGUS_PTSP), keyring)
    assert await RecordedEvent.filter(kind="passkeys_reset").count() == 0

    assert await recovery.reset(HADI, (RINA, AGUS_PTSP), keyring) == 1

    assert (await hadi.ask("{ me { name } }"))["me"] is None
    _, result = await log_in(city, await key_of(hadi))
    assert result["code"] == "passkey_unproven"
    (kept,) = await RecordedEvent.filter(kind="passkeys_reset")
    assert (len(kept.data["by"]), kept.data["passkeys"]) == (2, 1)
    # and the next log-in is by code again, with the posts, and asks for a new passkey
    assert (await (await by_code(city, HADI)).ask(ME))["me"]["passkeyAdvice"] == "ADD"


async def kinds_kept() -> list[tuple[str, str]]:
    rows = await RecordedEvent.filter(subject_kind="passkey").order_by("id")
    return [(str(r.kind), str(r.data["name"])) for r in rows]


async def test_adding_and_removing_a_passkey_leaves_a_trace_and_a_refusal_none(city: City) -> None:
    rina = await city.login(RINA)
    first = (await add_passkey(rina, name="HP"))["passkeys"][0]["id"]
    said = "... on PasskeysChanged { passkeys { id } }"
    assert (await rina.act("removePasskey", said, passkeyId=first))["code"] == "passkey_last"
    assert await kinds_kept() == [("passkey_added", "HP")]
    await add_passkey(rina, name="Kunci USB")
    await rina.act("removePasskey", said, passkeyId=first)
    assert await kinds_kept() == [
        ("passkey_added", "HP"),
        ("passkey_added", "Kunci USB"),
        ("passkey_removed", "HP"),
    ]


async def test_where_the_city_wants_it_a_passkey_of_staff_stays_on_its_device(
    city: City,
) -> None:
    # given
    object.__setattr__(city.parts.settings, "staff_device_keys", True)
    try:
        rina, sari = await city.login(RINA), await city.login(SARI)
        # when, then: a copied one is refused to staff alone, and nothing is kept of it
        refused = await add_passkey(rina, SoftKey(ORIGIN, synced=True))
        assert refused["code"] == "passkey_synced"
        assert await Passkey.all().count() == await RecordedEvent.filter(subject_kind="passkey").count() == 0
        assert "passkeys" in await add_passkey(rina, SoftKey(ORIGIN))
        assert "passkeys" in await add_passkey(sari, SoftKey(ORIGIN, synced=True))
    finally:
        object.__setattr__(city.parts.settings, "staff_device_keys", False)
    assert "passkeys" in await add_passkey(await city.login(AGUS_PTSP), SoftKey(ORIGIN, synced=True))
