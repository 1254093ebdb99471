"""Tokens for apps: a signed assertion gets one, anything else an error of RFC 6749, and never a traceback."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tortoise.connection import get_connection

from backend.core import clock
from backend.core.actors import SYSTEM
from backend.core.models import RecordedEvent
from backend.partners import actions, tokens
from backend.partners.keys import thumbprint
from backend.parts import Parts
from tests.apps import ENDPOINT, App, ask_token, jwks, new_key, query, registered, with_token
from tests.city import ORIGIN, SARI, City

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def error(answer: Any) -> tuple[int, str]:
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()["error"]


async def used() -> int:
    rows = await get_connection("default").execute_query_dict("SELECT count(*) AS n FROM used_assertions")
    return int(rows[0]["n"])


async def test_a_signed_assertion_becomes_a_token_that_reads_what_its_scopes_allow(city: City) -> None:
    app = await registered("catalogue", "track")

    answer = await ask_token(city, app.assertion())

    assert answer.status_code == 200
    given = answer.json()
    assert given | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "catalogue track",
    }
    heard = await query(city, given["access_token"], "{ popularServices { code } }")
    assert heard.status_code == 200
    assert len(heard.json()["data"]["popularServices"]) == 8


async def test_the_token_is_what_rfc_9068_says_and_its_key_is_published(city: City) -> None:
    app = await with_token(city, "catalogue")
    published = (await city.client.get("/oauth/jwks.json")).json()["keys"]
    assert [set(k) for k in published] == [{"kty", "crv", "x", "y", "kid", "alg", "use"}]
    assert published[0]["kid"] == thumbprint(published[0])

    head = jwt.get_unverified_header(app.token)
    claims = jwt.decode(
        app.token, jwt.PyJWK(published[0]), algorithms=["ES256"], audience=f"{ORIGIN}/graphql", issuer=ORIGIN
    )

    assert head == {"alg": "ES256", "typ": "at+jwt", "kid": published[0]["kid"]}
    assert set(claims) == {"iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 600
    assert claims["sub"] == claims["client_id"] == str(app.id)


async def test_the_metadata_names_the_doors(city: City) -> None:
    said = (await city.client.get("/.well-known/oauth-authorization-server")).json()
    assert said["issuer"] == ORIGIN
    assert said["token_endpoint"] == ENDPOINT
    assert said["grant_types_supported"] == ["client_credentials"]
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert said["token_endpoint_auth_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert said["scopes_supported"] == ["budget", "catalogue", "statistics", "track", "verify"]
    assert (await city.client.get(said["jwks_uri"].removeprefix(ORIGIN))).status_code == 200


async def test_an_rsa_key_of_2048_bits_serves_too(city: City) -> None:
    app = await registered(key=rsa.generate_private_key(65537, 2048))
    assert (await ask_token(city, app.assertion())).status_code == 200


async def test_an_assertion_is_used_once(city: City) -> None:
    app = await registered()
    assertion = app.assertion()
    assert (await ask_token(city, assertion)).status_code == 200
    assert error(await ask_token(city, assertion)) == (401, "invalid_client")
    assert await used() == 1


NOW = int(time.time())


@pytest.mark.parametrize(
    "over",
    [
        *({name: None} for name in ("exp", "iat", "aud", "iss", "sub", "jti")),
        {"aud": "https://elsewhere.example/oauth/token"},
        {"aud": []},
        {"iss": "3f1c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"},
        {"sub": "nobody"},
        {"exp": NOW - 60, "iat": NOW - 120},
        {"iat": NOW + 3600, "exp": NOW + 3660},
        {"nbf": NOW + 3600},
        {"exp": NOW + 3600},
        {"exp": str(NOW + 60)},
        {"exp": 1e300},
        {"exp": 10**40},
        {"iat": -5},
        {"jti": "short"},
        {"jti": "x" * 201},
        {"more": {"nested": True}},
    ],
    ids=" ".join,
)
async def test_an_assertion_that_says_something_else_is_refused_and_not_remembered(
    city: City, over: dict[str, Any]
) -> None:
    app = await registered()
    answer = await ask_token(city, app.assertion(**over))
    assert error(answer) == (401, "invalid_client")
    assert "realm" in answer.headers["www-authenticate"]
    assert await used() == 0


@pytest.mark.parametrize("audience", [ENDPOINT, ORIGIN, [ENDPOINT, ORIGIN]])
async def test_the_audience_is_the_token_endpoint_or_the_issuer(city: City, audience: Any) -> None:
    app = await registered()
    assert (await ask_token(city, app.assertion(aud=audience))).status_code == 200


async def test_only_the_registered_key_under_its_own_name_and_kind_counts(city: City) -> None:
    app = await registered()
    other = App(app.id, new_key())
    secret = str(app.private.public_key().public_numbers()) * 4
    forged = [
        other.assertion(),
        app.assertion({"kid": "two"}),
        jwt.encode(app.claims(), app.private, "ES256"),
        app.assertion({"typ": "at+jwt"}),
        app.assertion({"crit": ["exp"], "exp": 1}),
        jwt.encode(app.claims(), "", "none", {"kid": "one"}),
        jwt.encode(app.claims(), secret, "HS256", {"kid": "one"}),
        jwt.encode(app.claims(), ec.generate_private_key(ec.SECP384R1()), "ES384", {"kid": "one"}),
        app.assertion()[:-4] + "AAAA",
        app.assertion(more="x" * 4096),
    ]
    for assertion in forged:
        assert error(await ask_token(city, assertion)) == (401, "invalid_client")
    assert await used() == 0


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": None}, "invalid_request"),
        ({"client_assertion_type": "saml"}, "invalid_request"),
        ({"client_assertion": None}, "invalid_request"),
        ({"scope": "track"}, "invalid_scope"),
        ({"scope": "catalogue  track"}, "invalid_scope"),
        ({"scope": "person"}, "invalid_scope"),
        ({"scope": "\x00"}, "invalid_scope"),
    ],
)
async def test_a_form_that_asks_wrongly_is_refused_as_rfc_6749_says(
    city: City, over: dict[str, str | None], expected: str
) -> None:
    app = await registered("catalogue")
    assert error(await ask_token(city, app.assertion(), **over)) == (400, expected)


async def test_a_client_id_beside_the_assertion_must_be_the_same(city: City) -> None:
    app = await registered()
    assert error(await ask_token(city, app.assertion(), client_id=str(uuid4()))) == (401, "invalid_client")
    assert (await ask_token(city, app.assertion(), client_id=str(app.id))).status_code == 200


async def test_a_secret_is_no_proof(city: City) -> None:
    answer = await city.client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"},
        headers={"Authorization": "Basic YTpi"},
    )
    assert error(answer) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="lugas"'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"%", 400),
        (b"a=1&a=2", 400),
        (b"\xff\xfe=1", 400),
        (b"a=%ff", 400),
        (b"a", 400),
        (b"&".join(b"f%d=1" % n for n in range(50)), 400),
        (b"a=" + b"b" * 20_000, 413),
    ],
)
async def test_a_body_that_is_no_form_is_an_invalid_request(city: City, body: bytes, status: int) -> None:
    answer = await city.client.post("/oauth/token", content=body, headers=FORM)
    assert error(answer) == (status, "invalid_request")


async def test_json_is_no_form_and_get_is_no_post(city: City) -> None:
    assert error(await city.client.post("/oauth/token", json={})) == (400, "invalid_request")
    assert (await city.client.get("/oauth/token")).status_code == 405


async def test_a_revoked_app_is_out_at_once_and_gets_no_more_tokens(city: City) -> None:
    app = await with_token(city)
    assert (await query(city, app.token, "{ popularServices { code } }")).status_code == 200

    await actions.revoke(SYSTEM, app.id)

    answer = await query(city, app.token, "{ popularServices { code } }")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert error(await ask_token(city, app.assertion())) == (401, "invalid_client")


async def test_rotated_keys_count_and_those_left_out_do_not(city: City) -> None:
    app = await registered()
    fresh = new_key()

    await actions.rotate(SYSTEM, app.id, jwks(("two", fresh)))

    assert error(await ask_token(city, app.assertion())) == (401, "invalid_client")
    assert (await ask_token(city, App(app.id, fresh, kid="two").assertion())).status_code == 200
    events = await RecordedEvent.filter(subject_id=app.id).order_by("seq")
    assert [(e.seq, e.kind, e.actor_role) for e in events] == [
        (1, "client_registered", "system"),
        (2, "client_keys_changed", "system"),
    ]
    assert events[1].data == {"kids": ["two"], "removed": ["one"]}


async def test_two_identities_at_once_are_refused(city: City) -> None:
    sari, app = await city.login(SARI), await with_token(city)
    answer = await query(city, app.token, "{ opds { code } }", **sari.headers())
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"] == {"code": "TWO_IDENTITIES"}


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer", 400),
        ("Bearer a b", 400),
        ("Bearer abc", 401),
        ("bearer a.b.c", 401),
        ("Basic YTpi", 401),
        ("é", 401),
        ("Bearer " + "x" * 9000, 401),
    ],
)
async def test_a_header_that_is_no_token_is_told_how_to_come(city: City, header: str, status: int) -> None:
    answer = await city.client.post(
        "/graphql", json={"query": "{ opds { code } }"}, headers=[(b"Authorization", header.encode())]
    )
    assert answer.status_code == status
    assert answer.headers["www-authenticate"].startswith('Bearer realm="lugas"')


async def test_an_assertion_is_no_access_token(city: City) -> None:
    app = await registered()
    answer = await query(city, app.assertion(aud=f"{ORIGIN}/graphql"), "{ opds { code } }")
    assert answer.status_code == 401


async def test_what_an_app_was_not_given_is_refused_before_anything_runs(city: City) -> None:
    app = await with_token(city, "catalogue")
    answer = await query(
        city, app.token, '{ opds { code } track(number: "X") { state { title } } me { name } }'
    )
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scopes": ["person", "track"]}
    assert 'error="insufficient_scope", scope="person track"' in answer.headers["www-authenticate"]
    assert "data" not in answer.json()


async def test_a_token_is_over_after_its_time_also_where_it_was_seen_before(
    city: City, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a token that lives for a second more than the clocks' skew forgives, and was used
    app = await registered()
    issuer = parts.issuer
    with clock.at(datetime.now(UTC) - timedelta(seconds=628)):
        token = tokens.issue(app.id, frozenset({"catalogue"}), issuer)
    assert (await query(city, token, "{ opds { code } }")).status_code == 200

    # when its time is over
    later = time.time() + 5
    monkeypatch.setattr("backend.partners.tokens.time.time", lambda: later)
    monkeypatch.setattr("jwt.api_jwt.datetime", Later)

    # then it is refused
    answer = await query(city, token, "{ opds { code } }")
    assert answer.status_code == 401
    assert "expired" in answer.headers["www-authenticate"]


class Later(datetime):
    """Five seconds from now."""

    @classmethod
    def now(cls, tz: Any = None) -> "Later":
        return cls.fromtimestamp(time.time() + 5, tz)
