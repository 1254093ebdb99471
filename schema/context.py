"""What a resolver may reach: who asks, in which language, and the running parts."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from backend.core.actors import Actor
from backend.core.texts import Locale, Text
from backend.parts import Parts


@dataclass
class Context:
    """Made for each request. `cookie` is set by a resolver that signs in ("" signs out), None leaves it."""

    actor: Actor
    parts: Parts
    user_agent: str = ""
    request_id: str = ""
    cookie: str | None = None
    memo: dict[str, object] = field(default_factory=dict)

    @property
    def locale(self) -> Locale:
        return self.actor.locale

    def say(self, text: Text) -> str:
        return text.said(self.actor.locale)


Info: TypeAlias = strawberry.Info[Context, None]
