"""What is fired: HTTP requests to every door, and conversations over a WebSocket."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from benchmarks.fuzz import hostile
from benchmarks.fuzz.grammar import WORDS, Grammar

JSON = {"Content-Type": "application/json"}
SUBPROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True)
class Shot:
    """One request, or with `messages` one conversation over a WebSocket; `kind` names its generator."""

    kind: str
    path: str = "/graphql"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    body: bytes = b""
    messages: Sequence[str | bytes] = ()

    def shown(self) -> str:
        """Enough to fire it again by hand."""
        inside = self.messages or self.body[:3000]
        return f"{self.kind}: {self.method} {self.path} {dict(self.headers)} {inside!r}"


class Gun:
    """Endless shots over one schema. `cookies` are sessions that some of the shots carry."""

    def __init__(
        self, schema: GraphQLSchema, seed: int, cookies: Sequence[str] = (), origin: str = ""
    ) -> None:
        self._dice = random.Random(seed)
        self._grammar = Grammar(schema, self._dice)
        self._cookies = cookies
        self._origin = origin

    def shots(self, many: int) -> Iterator[Shot]:
        kinds = (
            *(
                (self.valid, 35),
                (self.broken, 15),
                (self.hostile, 14),
                (self.in_variables, 10),
                (self.body, 10),
            ),
            *(
                (self.headers, 4),
                (self.upload, 3),
                (self.token, 3),
                (self.elsewhere, 3),
                (self.conversation, 3),
            ),
        )
        makers, weights = zip(*kinds, strict=True)
        for maker in self._dice.choices(makers, weights, k=many):
            yield maker()

    def _who(self) -> Mapping[str, str]:
        """Half anonymous, half with a session; a few with one that is nobody's."""
        luck = self._dice.random()
        if luck < 0.5 or not self._cookies:
            return JSON
        cookie = self._dice.choice(self._cookies) if luck < 0.95 else "__Host-sid=" + "x" * 43
        return {**JSON, "Cookie": cookie, "Origin": self._origin}

    def _ask(self, kind: str, document: str, **parts: object) -> Shot:
        text = json.dumps({"query": document, **parts})
        return Shot(kind, headers=self._who(), body=text.encode())

    def valid(self) -> Shot:
        return self._ask("valid", self._grammar.document())

    def broken(self) -> Shot:
        return self._ask("broken", self._grammar.broken())

    def hostile(self) -> Shot:
        maker = self._dice.choice(hostile.DOCUMENTS)
        return self._ask(f"hostile {maker.__name__}", maker(self._dice))

    def in_variables(self) -> Shot:
        """Values of every shape where a variable of some type is asked for."""
        kind = self._dice.choice(
            ("String", "Int", "ID", "[ID!]", "Boolean", "SubmitApplicationInput", "UUID")
        )
        field_ = self._dice.choice(
            (
                "services(search: $v)",
                "services(first: $v)",
                "services(after: $v)",
                "node(id: $v)",
                "service(code: $v)",
            )
        )
        document = (
            f"query Q($v: {kind}{self._dice.choice(('', '!', ' = 1'))}) {{ {field_} {{ __typename }} }}"
        )
        return self._ask("variables", document, variables={"v": self._json(0)})

    def _json(self, depth: int) -> object:
        dice = self._dice
        plain = (None, True, 0, -1, 1.5, 2**31, 2**53, 10**25, *WORDS)
        if depth > 3 or dice.random() < 0.6:
            return dice.choice(plain)
        if dice.random() < 0.5:
            return [self._json(depth + 1) for _ in range(dice.choice((0, 1, 3, 150)) if depth == 0 else 2)]
        return {dice.choice(WORDS): self._json(depth + 1) for _ in range(3)}

    def body(self) -> Shot:
        return Shot("body", headers=self._who(), body=hostile.body(self._dice))

    def headers(self) -> Shot:
        """Odd headers around a plain question."""
        odd = (
            {"Content-Type": ""},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/json; charset=utf-7"},
            {"Content-Type": "multipart/form-data; boundary=a"},
            {**JSON, "Content-Encoding": "gzip"},
            {**JSON, "Cookie": "__Host-sid=" + "a" * 4000},
            {**JSON, "Cookie": '__Host-sid="; =;;=\\'},
            {**JSON, "Accept-Language": "id," * 500},
            {**JSON, "X-Lugas-Locale": "\xff"},
            {**JSON, "Authorization": "Bearer " + "a" * 5000},
            {**JSON, "Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
            {**JSON, "Authorization": "Basic \xff"},
            {**JSON, "X-Forwarded-For": "::ffff:1.2.3.4, " * 50},
            {**JSON, "If-None-Match": 'W/"' + "x" * 3000},
            {**JSON, "Origin": "null"},
        )  # fmt: skip
        method = self._dice.choice(("POST", "POST", "GET", "PUT", "OPTIONS", "DELETE", "HEAD"))
        text = b'{"query": "{ opds { code } }"}'
        return Shot("headers", method=method, headers=self._dice.choice(odd), body=text)

    def upload(self) -> Shot:
        dice = self._dice
        boundary = dice.choice(("b", "-" * 80, 'x"y'))
        part = '--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        text = part % (
            boundary,
            dice.choice(("ticket", "file", "ti\x00cket", "x" * 500)),
            "",
            dice.choice(WORDS),
        )
        if dice.random() < 0.7:
            text += part % (boundary, "file", '; filename="../a"', "x" * dice.choice((0, 10, 20_000)))
        text += f"--{boundary}--\r\n" if dice.random() < 0.8 else ""
        kind = dice.choice(
            (
                f"multipart/form-data; boundary={boundary}",
                "multipart/form-data",
                "multipart/form-data; boundary=",
            )
        )
        return Shot("upload", "/documents/upload", headers={"Content-Type": kind}, body=text.encode())

    def token(self) -> Shot:
        """The door of third-party apps, with assertions that are none."""
        dice = self._dice
        assertion = dice.choice(("", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 5000, "\u0000", *WORDS))
        form = {
            "grant_type": dice.choice(("client_credentials", "password", "")),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
            "scope": dice.choice(("catalogue", "x" * 3000, *WORDS)),
        }
        pairs = [f"{key}={value}" for key, value in form.items() if dice.random() < 0.9]
        headers = {"Content-Type": dice.choice(("application/x-www-form-urlencoded", "application/json", ""))}
        return Shot("token", "/oauth/token", headers=headers, body="&".join(pairs).encode())

    def elsewhere(self) -> Shot:
        dice = self._dice
        path = dice.choice(
            ("/%00", "/..%2f..%2fetc/passwd", "/documents/x", "/documents/%ff", "/" + "a" * 3000, "/v/%20", "/health/ready",
             "/graphql/", "/oauth/jwks.json", "/.well-known/oauth-authorization-server", "/?q=%", "/assets/../index.html",
             "/documents/" + "A" * 2000, "/sw.js", "/dev/codes?x=" + "%27" * 100)
        )  # fmt: skip
        return Shot("path", path, dice.choice(("GET", "POST", "HEAD", "OPTIONS")), {}, b"")

    def conversation(self) -> Shot:
        """graphql-transport-ws, with some of its rules broken."""
        dice = self._dice
        subscribe = {
            "query": dice.choice((self._grammar.document(), self._grammar.broken(), "subscription { x }"))
        }
        good: Sequence[str | bytes] = (
            '{"type": "connection_init"}',
            '{"type": "ping"}',
            json.dumps({"type": "subscribe", "id": "1", "payload": subscribe}),
            json.dumps({"type": "complete", "id": "1"}),
        )
        bad: Sequence[str | bytes] = (
            *(
                '{"type": "connection_init", "payload": [1]}',
                '{"type": 1}',
                "[]",
                "null",
                "{",
                "",
                "\x00",
                b"\xff\xfe",
            ),
            *(
                '{"type": "subscribe"}',
                '{"type": "subscribe", "id": 1, "payload": {}}',
                "[" * 3000,
                "x" * 70_000,
            ),
            *(
                '{"type": "subscribe", "id": "2", "payload": {"query": 1}}',
                '{"type": "pong", "payload": "x"}',
            ),
            json.dumps({"type": "subscribe", "id": "3", "payload": {"query": hostile.bomb(dice)}}),
        )
        messages = [dice.choice(good if dice.random() < 0.6 else bad) for _ in range(dice.randint(1, 5))]
        if dice.random() < 0.6:
            messages.insert(0, good[0])
        return Shot("websocket", method="GET", headers=self._who(), messages=messages)
