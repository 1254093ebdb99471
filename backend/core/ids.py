"""Ids: UUIDv7 for machines, a ten-character number with a check digit for people, 90 bits for letters."""

import secrets
import time
from uuid import UUID

# Crockford's base 32: no I, L, O, U, so that a number can be read aloud and copied by hand.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {c: i for i, c in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
NUMBER_LENGTH = 10
VERIFY_LENGTH = 18


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562, version 7)."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return UUID(int=value)


def _twice(x: int) -> int:
    """Multiply by x in GF(32) modulo x^5 + x^2 + 1."""
    x <<= 1
    return x ^ 0b100101 if x & 0b100000 else x


def check_digit(body: str) -> str:
    """Damm's check digit over GF(32): every single wrong character and every swap of neighbours is caught."""
    state = 0
    for char in body:
        state = _twice(state ^ _VALUE[char])
    return ALPHABET[state]


def new_number() -> str:
    """A case number: nine random characters (45 bits) and their check digit."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH - 1))
    return body + check_digit(body)


def read_number(text: str) -> str | None:
    """The number in its stored form, or None when it cannot be one (length, letters, check digit)."""
    folded = text.strip().upper().replace("-", "").replace(" ", "")
    if len(folded) != NUMBER_LENGTH or any(c not in _VALUE for c in folded):
        return None
    number = "".join(ALPHABET[_VALUE[c]] for c in folded)
    return number if check_digit(number[:-1]) == number[-1] else None


def number_text(number: str) -> str:
    """The number as people see it: XXXX-XXXX-XX; nothing stays nothing."""
    return number and f"{number[:4]}-{number[4:8]}-{number[8:]}"


def new_verify_id() -> str:
    """The public id of a letter: 18 characters, 90 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(VERIFY_LENGTH))


def read_verify_id(text: str) -> str | None:
    folded = text.strip().upper().replace("-", "").replace(" ", "")
    if len(folded) != VERIFY_LENGTH or any(c not in _VALUE for c in folded):
        return None
    return "".join(ALPHABET[_VALUE[c]] for c in folded)


def in_fours(text: str) -> str:
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))
