"""What is done with apps: register, rotate, revoke (operators), and a token for an assertion (apps)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.connection import get_connection

from backend.core import clock, outbox
from backend.core.actors import Actor
from backend.core.events import Event
from backend.core.ids import uuid7
from backend.core.problems import InvalidInput, NotFound
from backend.database import transaction
from backend.partners import queries, tokens
from backend.partners.events import SUBJECT, Kind
from backend.partners.keys import PublicKey, read_key_set
from backend.partners.models import ApiClient, ClientKey
from backend.partners.policy import require_operator
from backend.partners.rules import (
    SKEW_SECONDS,
    TokenRefused,
    check_contact,
    check_name,
    check_scopes,
    wanted_scopes,
)
from backend.partners.tokens import Issuer


@dataclass(frozen=True)
class Granted:
    """An access token and what it is good for."""

    token: str
    scopes: frozenset[str]


async def register(actor: Actor, name: str, contact: str, scopes: list[str], jwks: bytes) -> ApiClient:
    """A new app with its keys; InvalidInput names what is wrong and nothing is kept."""
    require_operator(actor)
    name, contact, said = check_name(name), check_contact(contact), check_scopes(scopes)
    keys = read_key_set(jwks)
    async with transaction():
        client = await ApiClient.create(
            id=uuid7(), name=name, contact=contact, scopes=said, version=0, created_at=clock.now()
        )
        await _add(client, keys)
        await _record(actor, client, Kind.REGISTERED, {"name": name, "scopes": said, "kids": _kids(keys)})
    return client


async def rotate(actor: Actor, client_id: UUID, jwks: bytes) -> ApiClient:
    """From now on the app's keys are these; those that are not in the set are removed at once."""
    require_operator(actor)
    keys = read_key_set(jwks)
    async with transaction():
        client = await _locked(client_id)
        held = {k.kid: k for k in await ClientKey.filter(client_id=client_id)}
        for key in keys:
            row = held.get(key.kid)
            if row is not None and (row.removed_at is not None or row.jwk != key.jwk):
                raise InvalidInput.at(
                    "jwks",
                    f"kid {key.kid} sudah pernah dipakai.",
                    f"kid {key.kid} was used before: take another.",
                )
        kept = [k.kid for k in keys]
        gone = [k for k, row in held.items() if row.removed_at is None and k not in kept]
        await ClientKey.filter(client_id=client_id, kid__in=gone).update(removed_at=clock.now())
        await _add(client, [k for k in keys if k.kid not in held])
        await _record(actor, client, Kind.KEYS_CHANGED, {"kids": kept, "removed": sorted(gone)})
    return client


async def revoke(actor: Actor, client_id: UUID) -> ApiClient:
    """The app is out: tokens it holds are refused from the next request on. Repeating changes nothing."""
    require_operator(actor)
    async with transaction():
        client = await _locked(client_id, revoked=True)
        if client.revoked_at is None:
            client.revoked_at = clock.now()
            await client.save(update_fields=["revoked_at"])
            await _record(actor, client, Kind.REVOKED, {})
    return client


async def grant(assertion: str, said_client: str | None, scope: str | None, issuer: Issuer) -> Granted:
    """Client credentials (RFC 6749 section 4.4) for a signed assertion (RFC 7523).

    TokenRefused when the assertion proves nothing; ValueError when it asks for more than the app has.
    """
    header, claims = tokens.peek(assertion)
    client = tokens.client_of(claims)
    if said_client is not None and said_client != str(client):
        raise TokenRefused("client_id is not the one of the assertion")
    key = await queries.key_of(client, str(header.get("kid", "")))
    if key is None:
        raise TokenRefused("unknown client or kid")
    claims = tokens.check(assertion, key, client, issuer)
    await _use_once(client, claims["jti"], claims["exp"])
    scopes = wanted_scopes(scope, await queries.scopes_of(client))
    return Granted(tokens.issue(client, scopes, issuer), scopes)


async def sweep() -> None:
    """Forget assertions that no clock would take any more."""
    await get_connection("default").execute_query(
        "DELETE FROM used_assertions WHERE until < $1", [clock.now() - timedelta(minutes=5)]
    )


async def _use_once(client: UUID, jti: str, expires: int) -> None:
    """The first insert wins, whichever process makes it."""
    until = datetime.fromtimestamp(expires + SKEW_SECONDS, UTC)
    digest = hashlib.sha256(jti.encode()).digest()
    rows = await get_connection("default").execute_query_dict(
        "INSERT INTO used_assertions (client_id, jti, until) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING RETURNING 1 AS fresh",
        [client, digest, until],
    )
    if not rows:
        raise TokenRefused("this assertion was used before")


async def _locked(client_id: UUID, *, revoked: bool = False) -> ApiClient:
    client = await ApiClient.select_for_update().get_or_none(id=client_id)
    if client is None or (client.revoked_at is not None and not revoked):
        raise NotFound
    return client


async def _add(client: ApiClient, keys: Sequence[PublicKey]) -> None:
    for key in keys:
        await ClientKey.create(
            id=uuid7(),
            client_id=client.id,
            kid=key.kid,
            algorithm=key.algorithm,
            jwk=key.jwk,
            added_at=clock.now(),
        )


async def _record(actor: Actor, client: ApiClient, kind: Kind, data: dict[str, object]) -> None:
    """One event a change; nobody is told, so it is silent."""
    client.version += 1
    await client.save(update_fields=["version"])
    await outbox.record(Event(kind, SUBJECT, client.id, client.version, data), actor, silent=True)


def _kids(keys: Sequence[PublicKey]) -> list[str]:
    return [k.kid for k in keys]
