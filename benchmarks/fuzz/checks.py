"""What schemathesis looks for: its own check takes a refusal such as UNAUTHENTICATED for a server's fault."""

import re
from typing import Any

import schemathesis


@schemathesis.check
def nothing_unexpected(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """No 5xx, nothing masked as INTERNAL, no traceback."""
    text = response.text
    assert response.status_code < 500, f"HTTP {response.status_code}"
    assert '"INTERNAL"' not in text, "an unexpected error was masked"
    # By its shape: the generator likes words that it finds here, and an error may repeat what was sent.
    assert not re.search(r"Traceback \(most recent call last\):\s*(\\n)?\s*File ", text), "a traceback shows"
