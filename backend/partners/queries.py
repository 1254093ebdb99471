"""Reading apps: who a token belongs to, which keys count, the operator's list."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from backend.core.actors import NOBODY, Actor
from backend.core.reads import fetch
from backend.core.texts import Locale
from backend.partners import tokens
from backend.partners.keys import PublicKey
from backend.partners.models import ApiClient, ClientKey
from backend.partners.rules import TokenRefused
from backend.partners.tokens import Issuer

MOST_LISTED = 1000
_CLIENT = "SELECT name, scopes FROM api_clients WHERE id = $1 AND revoked_at IS NULL"


@dataclass(frozen=True)
class Registered:
    """An app and the names of its keys, for the operator."""

    client: ApiClient
    kids: tuple[str, ...]


async def actor_of_token(token: str, issuer: Issuer, locale: Locale | None) -> Actor:
    """The app behind an access token; TokenRefused when it is over, forged, or the app was revoked.

    The row is read for each request: a revoked app is out at once, and a scope taken away is gone.
    """
    access = tokens.read(token, issuer)
    rows = await fetch(_CLIENT, [access.client])
    if not rows:
        raise TokenRefused("the client was revoked")
    name, scopes = rows[0]
    return replace(
        Actor(locale=locale) if locale else NOBODY,
        name=name,
        client=access.client,
        scopes=access.scopes & frozenset(scopes.split()),
        scope=f"client:{access.client}",
        until=access.expires,
    )


async def given(clients: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Of these apps those that are not revoked, each with the scopes it has now; for many at once."""
    if not clients:
        return {}
    rows = await fetch(
        "SELECT id, scopes FROM api_clients WHERE id = ANY($1) AND revoked_at IS NULL", [list(clients)]
    )
    return {client: frozenset(scopes.split()) for client, scopes in rows}


async def key_of(client: UUID, kid: str) -> PublicKey | None:
    """The key of this name that the app has now; None also when the app is absent or revoked."""
    if not await ApiClient.filter(id=client, revoked_at=None).exists():
        return None
    row = await ClientKey.get_or_none(client_id=client, kid=kid, removed_at=None)
    return PublicKey(row.kid, row.algorithm, row.jwk) if row else None


async def scopes_of(client: UUID) -> frozenset[str]:
    """What the app was given."""
    row = await ApiClient.get(id=client)
    return frozenset(row.scopes.split())


async def registered() -> list[Registered]:
    """Every app, oldest first, at most 1000."""
    rows = await ApiClient.all().order_by("created_at", "id").limit(MOST_LISTED)
    keys = await ClientKey.filter(client_id__in=[r.id for r in rows], removed_at=None).order_by(
        "added_at", "kid"
    )
    kids: dict[UUID, list[str]] = {}
    for key in keys:
        kids.setdefault(key.client_id, []).append(key.kid)
    return [Registered(row, tuple(kids.get(row.id, ()))) for row in rows]
