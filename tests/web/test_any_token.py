"""Whatever is sent where a token or a form is wanted: an answer of RFC 6749 or a refusal, never a traceback."""

import base64
import json
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.secrets import Keyring
from backend.partners import tokens
from backend.partners.keys import ServerKey
from backend.partners.rules import TokenRefused
from backend.partners.tokens import Issuer
from backend.web.oauth import TokenError, read_form
from tests.city import ORIGIN, City

ISSUER = Issuer(ORIGIN, ServerKey.of(Keyring(b"k" * 32)))


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ("exp", "iat", "nbf", "aud", "iss", "sub", "jti", "alg", "typ", "kid", "crit", "b64", "jwk")
)
OBJECTS = st.dictionaries(
    NAMES, JSON | st.sampled_from(("ES256", "none", "at+jwt", ISSUER.key.kid)), max_size=6
)
TOKENS = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda a, b, c: f"{encoded(a)}.{encoded(b)}.{c}",
        OBJECTS | JSON,
        OBJECTS | JSON,
        st.text("Ab_-=", max_size=90),
    ),
    st.integers(1, 3000).map(lambda n: f"{base64.urlsafe_b64encode(b'[' * n).decode().rstrip('=')}.e30.AA"),
)


@given(TOKENS)
def test_whatever_calls_itself_a_token_is_refused_and_nothing_breaks(token: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        tokens.read(token, ISSUER)
    assert refused.value.reason.isascii()
    assert '"' not in refused.value.reason


@given(OBJECTS, OBJECTS)
def test_a_signed_token_of_the_right_kind_with_wrong_claims_is_refused(head: Any, claims: Any) -> None:
    signing_input = f"{encoded({'alg': 'ES256', 'typ': 'at+jwt', 'kid': ISSUER.key.kid})}.{encoded(claims)}"
    signature = jwt.get_algorithm_by_name("ES256").sign(signing_input.encode(), ISSUER.key.private)
    token = f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(TokenRefused):
        tokens.read(token, ISSUER)


@given(st.binary(max_size=200) | st.text("a=&%+;\x00é0", max_size=40).map(str.encode))
def test_any_body_is_a_form_or_an_invalid_request(body: bytes) -> None:
    try:
        said = {"error": "invalid_request"} if all(read_form(body).values()) else {}
    except TokenError as refused:
        said = json.loads(bytes(refused.answer.body))
    assert said["error"] == "invalid_request"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ("grant_type", "client_assertion", "client_assertion_type", "scope", "client_id", "x")
        ),
        st.text(max_size=20) | TOKENS,
    )
)
async def test_any_form_gets_an_answer_of_rfc_6749(city: City, form: dict[str, str]) -> None:
    form = {"grant_type": "client_credentials"} | {
        k: v.encode("utf-8", "replace").decode() for k, v in form.items()
    }
    answer = await city.client.post("/oauth/token", data=form)
    assert answer.status_code in (400, 401, 413)
    assert answer.json()["error"] in (
        *("invalid_request", "invalid_client", "invalid_grant"),
        *("unsupported_grant_type", "invalid_scope", "unauthorized_client"),
    )


def test_tokens_are_remembered_by_the_thousand_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_CHECKED", 3)
    issuer = Issuer(ORIGIN, ISSUER.key)
    for _ in range(9):
        tokens.read(tokens.issue(uuid4(), frozenset(), issuer), issuer)
    assert len(issuer.checked) == 3
