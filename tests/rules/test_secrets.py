"""Sealed values open only where they were sealed; tickets open only the door they were made for."""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core import clock
from backend.core.secrets import Keyring, SealBroken
from backend.core.tickets import TicketRefused, Tickets

RING = Keyring(b"k" * 32)
TICKETS = Tickets(RING)
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@given(st.text(max_size=300))
def test_what_was_sealed_opens_in_its_place(text: str) -> None:
    sealed = RING.seal("people:1:nik", text)
    assert RING.open("people:1:nik", sealed) == text
    assert len(text) < 4 or text.encode() not in sealed


@pytest.mark.parametrize("elsewhere", ["people:2:nik", "people:1:address", "letters:1:nik", ""])
def test_a_sealed_value_moved_to_another_place_does_not_open(elsewhere: str) -> None:
    sealed = RING.seal("people:1:nik", "3573015708900002")
    with pytest.raises(SealBroken):
        RING.open(elsewhere, sealed)


def test_every_flipped_bit_of_a_sealed_value_is_noticed() -> None:
    sealed = RING.seal("people:1:nik", "3573015708900002")
    for place in range(len(sealed)):
        for bit in range(8):
            broken = bytearray(sealed)
            broken[place] ^= 1 << bit
            with pytest.raises(SealBroken):
                RING.open("people:1:nik", bytes(broken))


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"\x01" + b"0" * 11, b"\x02" + b"0" * 40, b"\x01" + b"0" * 27]
)
def test_bytes_that_are_too_short_or_of_another_version_are_broken(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        RING.open("people:1:nik", sealed)


def test_another_root_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Keyring(b"q" * 32).open("people:1:nik", RING.seal("people:1:nik", "rahasia"))
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(b"short")


def test_the_same_value_is_sealed_differently_each_time_and_indexed_the_same() -> None:
    assert RING.seal("a", "x") != RING.seal("a", "x")
    index = RING.blind_index("nik", "3573015708900002")
    assert index == RING.blind_index("nik", "3573015708900002")
    assert len(index) == 64
    others = {
        RING.blind_index("phone", "3573015708900002"),
        RING.blind_index("nik", "3573015708900003"),
        Keyring(b"q" * 32).blind_index("nik", "3573015708900002"),
    }
    assert len(others | {index}) == 4


def test_each_purpose_has_its_own_key() -> None:
    purposes = ("field", "tickets", "session", "code", "index/nik", "index/phone")
    assert len({RING.key(p) for p in purposes} | {b"k" * 32}) == len(purposes) + 1


def test_the_root_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "root.key"
    first, second = Keyring.load_or_make(path), Keyring.load_or_make(path)
    assert first.key("x") == second.key("x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def mint(**claims: Any) -> str:
    named: dict[str, Any] = {"key": "k", "size": 5} | claims
    with clock.at(NOON):
        return TICKETS.mint("upload", "u1", MINUTE, **named)


def forge(key: bytes = b"", header: dict[str, str] | None = None, **changes: Any) -> str:
    """A ticket made by hand: right in everything but the changes; None takes a claim out."""
    claims: dict[str, Any] = {
        "iss": "lugas",
        "aud": "upload",
        "sub": "u1",
        "iat": NOON,
        "exp": NOON + MINUTE,
        "key": "k",
        "size": 5,
    } | changes
    headers = {"typ": "lugas-upload+jwt"} | (header or {})
    kept = {k: v for k, v in claims.items() if v is not None}
    return jwt.encode(
        kept, key or RING.key("tickets"), algorithm=headers.pop("alg", "HS256"), headers=headers
    )


def read(token: str, purpose: str = "upload") -> dict[str, Any]:
    with clock.at(NOON + MINUTE / 2):
        return TICKETS.read(purpose, token, "key", "size")


def test_a_ticket_is_read_where_it_was_meant() -> None:
    assert {k: v for k, v in read(mint()).items() if k in ("sub", "key", "size", "aud")} == {
        "sub": "u1",
        "key": "k",
        "size": 5,
        "aud": "upload",
    }
    assert read(forge())["sub"] == "u1"


@pytest.mark.parametrize(
    "token",
    [
        forge(aud="download"),
        forge(aud=None),
        forge(iss="other"),
        forge(exp=None),
        forge(iat=None),
        forge(sub=None),
        forge(key=b"another key of at least 32 bytes!"),
        forge(size=None),
        forge(exp=NOON - MINUTE),
        forge(exp=NOON + MINUTE / 2),
        forge(exp="tomorrow"),
        forge(header={"typ": "JWT"}),
        forge(header={"typ": "lugas-download+jwt"}),
        forge(pad="x" * 4096),
        "",
        "a.b.c",
        "a" * 5000,
        "é.è.ê",
    ],
)
def test_a_ticket_that_is_not_ours_or_for_something_else_is_refused(token: str) -> None:
    with pytest.raises(TicketRefused):
        read(token)


@pytest.mark.filterwarnings("ignore:The HMAC key")
def test_a_ticket_signed_in_another_way_is_refused_though_the_key_is_ours() -> None:
    for algorithm in ("HS384", "HS512"):
        with pytest.raises(TicketRefused):
            read(forge(header={"alg": algorithm}))


def test_a_ticket_without_signature_is_refused() -> None:
    def part(data: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    body = mint().split(".")[1]
    for algorithm in ("none", "None", "HS256"):
        with pytest.raises(TicketRefused):
            read(f"{part({'alg': algorithm, 'typ': 'lugas-upload+jwt'})}.{body}.")


def test_a_ticket_with_any_changed_character_is_refused() -> None:
    token = mint()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last_bits = len(token) - 1  # the last character of the signature holds bits that base64 throws away
    for place in range(last_bits):
        other = letters[(letters.find(token[place]) + 17) % 64]
        with pytest.raises(TicketRefused):
            read(token[:place] + other + token[place + 1 :])


def test_a_ticket_for_one_purpose_opens_no_other_door() -> None:
    for purpose in ("download", "uploa", "upload "):
        with pytest.raises(TicketRefused):
            read(mint(), purpose)
