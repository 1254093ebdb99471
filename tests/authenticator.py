"""Signing as a head's phone does it: a passkey of one's own, what it is asked to approve, and its answer."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from backend.identity.soft_key import SoftKey
from tests.city import ORIGIN, Visitor

PREPARED = """... on SigningPrepared { intentId expiresAt options secondOptions secondNeeded reasonNeeded
  letters { letterId number title } }"""
SIGNED = """... on LettersSigned { outcomes { letterId applicationId application { number version state { name } }
  problem { __typename code message ... on Conflict { currentState currentVersion } } } }"""


def wish(case: Mapping[str, Any], sha256: str, **changes: Any) -> dict[str, Any]:
    """A letter of a case, as it is to be signed."""
    return {"letterId": case["letter"]["id"], "version": case["version"], "sha256": sha256} | changes


async def add_passkey(visitor: Visitor, key: SoftKey | None = None, **over: Any) -> dict[str, Any]:
    """Add a passkey through the API; the visitor keeps it."""
    key = key or SoftKey(ORIGIN)
    asked = await visitor.act("askPasskey", "... on PasskeyAsked { challengeId options }")
    if "options" not in asked:
        return asked
    made = key.register(asked["options"]) | {"challengeId": asked["challengeId"], "name": "HP"} | over
    done = await visitor.act("addPasskey", "... on PasskeysChanged { passkeys { id name } }", **made)
    if "passkeys" in done:
        visitor.key = key
    return done


async def key_of(visitor: Visitor) -> SoftKey:
    """The visitor's passkey; made at the first need."""
    if visitor.key is None:
        done = await add_passkey(visitor)
        assert "passkeys" in done, done
    assert visitor.key is not None
    return visitor.key


async def prepare(head: Visitor, *letters: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """What the passkey is asked to approve, or the refusal."""
    await key_of(head)
    seen = [{"letterId": one["letterId"], "sha256": one["sha256"]} for one in letters]
    return await head.act("prepareSigning", PREPARED, letters=seen, **given)


async def approve(head: Visitor, prepared: Mapping[str, Any], *letters: Any, **given: Any) -> dict[str, Any]:
    """Answer what was prepared and have the letters signed."""
    key = await key_of(head)
    filled = {"intentId": prepared["intentId"], "letters": list(letters)} | given
    filled.setdefault("assertion", key.answer(prepared["options"]))
    if prepared["secondOptions"] and "second" not in given:
        filled |= {"second": key.answer(prepared["secondOptions"]), "reason": "Sudah saya baca semuanya."}
    return await head.act("signLetters", SIGNED, **filled)


async def sign(head: Visitor, *letters: Mapping[str, Any], **given: Any) -> list[dict[str, Any]]:
    """Prepare, approve, sign; the outcomes. A refusal of the whole is one outcome without a case."""
    prepared = await prepare(head, *letters)
    if "intentId" not in prepared:
        return [{"application": None, "problem": prepared}]
    done = await approve(head, prepared, *letters, **given)
    found: list[dict[str, Any]] = done.get("outcomes") or [{"application": None, "problem": done}]
    return found


def some_key() -> str:
    """A fresh idempotency key."""
    return str(uuid4())
