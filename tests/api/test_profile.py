"""The own profile: sealed in the database, masked everywhere, every fault named at once."""

from typing import Any
from uuid import uuid4

import pytest

from backend.identity.actions import create_person
from backend.identity.models import Person
from tests.city import SARI, City, Visitor

PROFILE = (
    "... on ProfileUpdated { viewer { name nikMasked address kelurahan { code } locale profileComplete } }"
)
GOOD = {
    "name": "  Wati   Ningsih ",
    "nik": "3573 0541 0100 0003",
    "address": "Jalan Ijen 25",
    "kelurahanCode": "35.73.01.1005",
}


@pytest.fixture
async def wati(city: City) -> Visitor:
    """Somebody who has signed in for the first time."""
    await create_person("+6281234567890", city.parts.keyring)
    return await city.login("+6281234567890")


async def change(visitor: Visitor, **given: Any) -> dict[str, Any]:
    return await visitor.act("updateProfile", PROFILE, **given)


async def test_a_profile_becomes_complete_and_is_shown_masked(wati: Visitor) -> None:
    first = await change(wati, name=GOOD["name"])
    assert first["viewer"]["profileComplete"] is False

    done = await change(wati, **{k: v for k, v in GOOD.items() if k != "name"})

    assert done["viewer"] == {
        "name": "Wati Ningsih",
        "nikMasked": "357305******0003",
        "address": "Jalan Ijen 25",
        "kelurahan": {"code": "35.73.01.1005"},
        "locale": "ID",
        "profileComplete": True,
    }


async def test_the_nik_is_sealed_to_its_row_and_found_by_a_keyed_index(city: City, wati: Visitor) -> None:
    await change(wati, **GOOD)
    person = await Person.get(id=(await city.actor(wati)).person)
    keyring = city.parts.keyring

    assert b"3573054101000003" not in bytes(person.nik_sealed or b"")
    assert keyring.open(f"people:{person.id}:nik", bytes(person.nik_sealed or b"")) == "3573054101000003"
    assert person.nik_index == keyring.blind_index("nik", "3573054101000003")
    assert b"Ijen" not in bytes(person.address_sealed or b"")


async def test_every_wrong_value_is_named_at_once_and_nothing_is_kept(city: City, wati: Visitor) -> None:
    found = await change(wati, name="W", nik="3573018108900005", address="Jl", kelurahanCode="35.73.09.1")

    assert found["__typename"] == "InvalidInput"
    assert [f["path"] for f in found["fields"]] == ["name", "nik", "address", "kelurahanCode"]
    assert all(f["message"] for f in found["fields"])
    assert "3573018108900005" not in str(found)
    person = await Person.get(id=(await city.actor(wati)).person)
    assert (person.name, person.nik_sealed, person.address_sealed, person.kelurahan) == ("", None, None, None)
    assert person.version == 0


@pytest.mark.parametrize("nik", ["", "123", "9973010108900001", "3573010108900000", "x" * 9000])
async def test_a_wrong_nik_is_refused_in_words(wati: Visitor, nik: str) -> None:
    found = await change(wati, nik=nik)
    assert [f["path"] for f in found["fields"]] == ["nik"]


@pytest.mark.parametrize(
    ("field", "least", "most"), [("name", "Wo", "W" * 120), ("address", "Jl. 1", "J" * 300)]
)
async def test_the_bounds_of_a_value_are_kept(wati: Visitor, field: str, least: str, most: str) -> None:
    for good in (least, most):
        assert (await change(wati, **{field: good}))["viewer"][field] == good
    for bad in (least[:-1], most + "x", " " * 50):
        assert (await change(wati, **{field: bad}))["__typename"] == "InvalidInput"


async def test_the_language_of_messages_is_kept(wati: Visitor) -> None:
    wati.locale = ""
    assert (await change(wati, locale="EN"))["viewer"]["locale"] == "EN"
    refused = await change(wati, name="W")
    assert refused["message"].startswith("Write your name")


async def test_a_repeat_changes_nothing_more_and_another_nik_under_the_key_is_a_conflict(
    city: City, wati: Visitor
) -> None:
    key = str(uuid4())
    first = await change(wati, nik=GOOD["nik"], idempotencyKey=key)
    again = await change(wati, nik=GOOD["nik"], idempotencyKey=key)
    other = await change(wati, nik="3573011708900001", idempotencyKey=key)

    assert again == first
    assert (other["__typename"], other["code"]) == ("Conflict", "key_reused")
    assert (await Person.get(id=(await city.actor(wati)).person)).version == 1


async def test_nobody_has_no_profile_to_change(city: City) -> None:
    found = await change(city.nobody, name="Wati")
    assert (found["__typename"], found["code"]) == ("NotAllowed", "sign_in")


async def test_a_nik_is_shown_masked_to_its_owner_too(city: City) -> None:
    sari = await city.login(SARI)
    answer = await sari.post("{ me { name nikMasked phoneMasked address } }")
    assert answer.json()["data"]["me"]["nikMasked"] == "357301******0002"
    assert "3573015708900002" not in answer.text
    assert "81100000001" not in answer.text
