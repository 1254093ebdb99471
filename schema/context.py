"""What a resolver may reach: who asks, in which language, and the running parts."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from graphql import DocumentNode

from backend.core.actors import Actor
from backend.core.texts import Locale, Text
from backend.parts import Parts
from schema.guard import Weight


@dataclass
class Context:
    """Made for each request. `cookie` is set by a resolver that signs in ("" signs out), None leaves it.

    `document` and `weight` are the parsed request and what the guard found it to cost.
    """

    actor: Actor
    parts: Parts
    user_agent: str = ""
    address: str = ""
    request_id: str = ""
    cookie: str | None = None
    document: DocumentNode | None = None
    weight: Weight = field(default_factory=Weight)

    @property
    def locale(self) -> Locale:
        return self.actor.locale

    def say(self, text: Text) -> str:
        return text.said(self.actor.locale)


Info: TypeAlias = strawberry.Info[Context, None]
