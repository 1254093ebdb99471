"""Apps bring public keys of fixed kinds, and are given scopes that exist."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from backend.core.actors import NOBODY, Actor
from backend.core.problems import InvalidInput, NotAllowed
from backend.core.secrets import Keyring
from backend.partners.keys import ServerKey, read_key_set, thumbprint
from backend.partners.policy import lacking, require_operator
from backend.partners.rules import check_contact, check_name, check_scopes, wanted_scopes
from tests.apps import jwks, new_key, public

# The example of RFC 7638, section 3.1.
RFC_7638 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
    "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
    "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
    "zKnqDKgw",
    "e": "AQAB",
}


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    assert thumbprint(RFC_7638) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_key_without_a_name_gets_its_thumbprint_and_keeps_only_what_makes_it_a_key() -> None:
    key = public("x", new_key())
    del key["kid"]
    read = read_key_set(json.dumps({"keys": [key | {"use": "sig", "alg": "ES256", "x5c": ["a"]}]}).encode())
    assert read[0].kid == thumbprint(key)
    assert set(read[0].jwk) == {"kty", "crv", "x", "y"}
    assert read[0].algorithm == "ES256"


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP"},
        {"kty": ["EC"]},
        {"d": "AA"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"use": "enc"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"x": None},
        {"x": "!!"},
        {"y": "AAAA"},
        {"kid": 5},
        {"kid": "a" * 101},
        {"kid": "a\nb"},
    ],
    ids=repr,
)
def test_a_key_of_another_kind_is_refused(change: dict[str, Any]) -> None:
    key = public("one", new_key()) | change
    with pytest.raises(InvalidInput) as refused:
        read_key_set(json.dumps({"keys": [key]}).encode())
    assert refused.value.faults[0].path == "jwks.keys.0"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"keys": {}}', b'{"keys": []}', b'{"keys": [1]}', b"\xff"]
)
def test_a_file_that_is_no_key_set_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_key_set(data)


def test_weak_curves_short_rsa_and_crowds_are_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point of the test
    for weak in (short, ec.generate_private_key(ec.SECP384R1())):
        with pytest.raises(InvalidInput):
            read_key_set(jwks(("one", weak)))
    with pytest.raises(InvalidInput):
        read_key_set(jwks(*((str(n), new_key()) for n in range(6))))
    with pytest.raises(InvalidInput):
        read_key_set(jwks(("one", new_key()), ("one", new_key())))


def test_every_process_of_a_city_has_the_same_signing_key_and_another_city_another() -> None:
    first, again, other = (ServerKey.of(Keyring(k * 32)) for k in (b"a", b"a", b"b"))
    assert first.published == again.published
    assert first.kid != other.kid
    assert first.published["kid"] == thumbprint(first.published)


@pytest.mark.parametrize("names", [[], ["person"], ["office"], ["open"], ["catalogue", "all"], [""]])
def test_only_scopes_that_may_be_given_are_given(names: list[str]) -> None:
    with pytest.raises(InvalidInput):
        check_scopes(names)


def test_scopes_are_kept_in_order_and_once() -> None:
    assert check_scopes(["track", "catalogue", "track"]) == "catalogue track"


@given(st.text(max_size=30))
def test_a_token_never_carries_more_than_the_app_was_given(asked: str) -> None:
    allowed = frozenset({"catalogue", "track"})
    try:
        assert wanted_scopes(asked, allowed) <= allowed
    except ValueError:
        assert not frozenset(asked.split(" ")) <= allowed or not asked


@pytest.mark.parametrize("name", ["", "a", "a" * 121, "a\x00b", "\u202eabc"])
def test_a_name_is_short_and_printable(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name)


@pytest.mark.parametrize("contact", ["", "a", "a@b@c", "a b@c", "a@" + "b" * 200])
def test_a_contact_is_an_address(contact: str) -> None:
    with pytest.raises(InvalidInput):
        check_contact(contact)


def test_only_an_operator_registers_and_only_apps_are_limited_by_scopes() -> None:
    with pytest.raises(NotAllowed):
        require_operator(NOBODY)
    assert lacking(NOBODY, {"person"}) == []
    assert lacking(Actor(scopes=frozenset({"track"})), {"track", "person", "catalogue"}) == [
        "catalogue",
        "person",
    ]
    assert lacking(Actor(scopes=frozenset()), set()) == []
