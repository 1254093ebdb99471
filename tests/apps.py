"""Third-party apps as tests use them: keys of their own, assertions they sign, tokens they are given."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from backend.core.actors import SYSTEM
from backend.partners import actions
from tests.city import ORIGIN, City

ENDPOINT = f"{ORIGIN}/oauth/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class App:
    """A registered app and its private key."""

    id: UUID
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    kid: str = "one"
    algorithm: str = "ES256"
    token: str = field(default="", repr=False)

    def claims(self, **over: Any) -> dict[str, Any]:
        """What a right assertion says, with some of it changed; None leaves a claim out."""
        now = int(time.time())
        base = {"iss": str(self.id), "sub": str(self.id), "aud": ENDPOINT, "iat": now, "exp": now + 60}
        said = base | {"jti": str(uuid4())} | over
        return {k: v for k, v in said.items() if v is not None}

    def assertion(self, header: dict[str, Any] | None = None, **over: Any) -> str:
        """A signed assertion."""
        head = {"kid": self.kid} | (header or {})
        return jwt.encode(self.claims(**over), self.private, self.algorithm, head)


def jwks(*keys: tuple[str, Any]) -> bytes:
    """Public keys by their names, as a JWKS file holds them."""
    return json.dumps({"keys": [public(kid, key) for kid, key in keys]}).encode()


def public(kid: str, private: Any) -> dict[str, Any]:
    """The public half of a key as a JWK."""
    jwk: dict[str, Any] = (
        RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        if isinstance(private, rsa.RSAPrivateKey)
        else ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    )
    return {k: v for k, v in jwk.items() if k != "key_ops"} | {"kid": kid}


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


async def registered(*scopes: str, key: Any = None) -> App:
    """An app that an operator has registered."""
    private = key or new_key()
    client = await actions.register(
        SYSTEM, "Aplikasi Uji", "uji@contoh.id", list(scopes or ("catalogue",)), jwks(("one", private))
    )
    return App(client.id, private, algorithm="RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256")


async def ask_token(city: City, assertion: str, **over: str | None) -> httpx.Response:
    """POST the form; None leaves a field out."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    return await city.client.post(
        "/oauth/token", data={k: v for k, v in (form | over).items() if v is not None}
    )


async def with_token(city: City, *scopes: str) -> App:
    """A registered app that holds a token for all its scopes."""
    app = await registered(*scopes)
    app.token = (await ask_token(city, app.assertion())).json()["access_token"]
    return app


async def query(city: City, token: str, document: str, **headers: str) -> httpx.Response:
    """One query with a bearer token."""
    return await city.client.post(
        "/graphql", json={"query": document}, headers={"Authorization": f"Bearer {token}"} | headers
    )
