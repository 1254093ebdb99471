"""Once and only once: a keyed command runs in one transaction, and a repeat gets the same answer."""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson
from asyncpg.exceptions import DeadlockDetectedError, LockNotAvailableError, QueryCanceledError
from tortoise.transactions import in_transaction

from backend.core import clock
from backend.core.models import IdempotencyKey
from backend.core.problems import Conflict, NotNow
from backend.core.texts import Text

KEY_REUSED = Text(
    "Kunci ini sudah dipakai untuk permintaan lain. Buat kunci baru.",
    "This key was used for another request. Make a new key.",
)


BUSY = Text(
    "Berkas ini sedang diubah orang lain. Coba lagi sebentar; tidak ada yang hilang.",
    "Someone is changing this right now. Try again in a moment; nothing is lost.",
)


@dataclass(frozen=True)
class Command:
    """`scope` is whose key it is (a person, or anonymous), `body` everything the caller asked for."""

    scope: str
    key: UUID
    action: str
    body: object

    @property
    def body_hash(self) -> bytes:
        return hashlib.sha256(orjson.dumps(self.body, default=str, option=orjson.OPT_SORT_KEYS)).digest()


KEPT = timedelta(days=30)


async def sweep(lasting: Collection[str] = ()) -> None:
    """Forget keys after 30 days, but for the `lasting` actions: a phone may lie in a drawer for longer."""
    await IdempotencyKey.filter(at__lt=clock.now() - KEPT).exclude(action__in=list(lasting)).delete()


@dataclass(frozen=True)
class Done:
    """What came of a command: a reference to its result, and whether this call was a repeat."""

    result: str
    repeated: bool


async def once(command: Command, act: Callable[[], Awaitable[object]]) -> Done:
    """Run `act` under the command's key, see `_once`; a stuck colleague is NotNow("busy"), not a fault of ours."""
    try:
        return await _once(command, act)
    except (LockNotAvailableError, QueryCanceledError, DeadlockDetectedError):
        raise NotNow("busy", BUSY, retry_at=clock.now() + timedelta(seconds=2)) from None


async def _once(command: Command, act: Callable[[], Awaitable[object]]) -> Done:
    """Run `act` in a transaction under the command's key; a repeat returns the stored result.

    A Problem raised by `act` rolls everything back, the key included, so the person may try again.
    Two calls at once: the second waits for the first at the unique index and then sees its result.
    Raises Conflict("key_reused") when the key came before with another action or body.
    """
    async with in_transaction() as tx:
        inserted = await tx.execute_query_dict(
            "INSERT INTO idempotency_keys (scope, key, action, body_hash, result, at)"
            " VALUES ($1, $2, $3, $4, '', $5) ON CONFLICT (scope, key) DO NOTHING RETURNING id",
            [command.scope, command.key, command.action, command.body_hash, clock.now()],
        )
        if not inserted:
            known = await IdempotencyKey.get(scope=command.scope, key=command.key)
            if known.action != command.action or bytes(known.body_hash) != command.body_hash:
                raise Conflict("key_reused", KEY_REUSED)
            return Done(known.result, repeated=True)
        result = str(await act())
        await tx.execute_query(
            "UPDATE idempotency_keys SET result = $1 WHERE id = $2", [result, inserted[0]["id"]]
        )
        return Done(result, repeated=False)
