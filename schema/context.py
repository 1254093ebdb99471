"""What a resolver may reach: who asks, in which language, and the running parts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import strawberry
from graphql import DocumentNode

from backend.core.actors import Actor
from backend.core.texts import Locale, Text
from backend.parts import Parts
from backend.services.reference import Reference, kept, reference
from schema.guard import Weight

T = TypeVar("T")


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
    reads: dict[object, asyncio.Future[Any]] = field(default_factory=dict)
    _city: Reference | None = None

    async def once(self, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, asked once however many fields of this request want it."""
        task = self.reads.get(read)
        if task is None:
            task = self.reads[read] = asyncio.ensure_future(read())
        found: T = await task
        return found

    async def city(self) -> Reference:
        """The reference data, one view of it for the whole request."""
        found = self._city or kept()
        if found is None:
            found = await self.once(reference)
        self._city = found
        return found

    @property
    def locale(self) -> Locale:
        return self.actor.locale

    def say(self, text: Text) -> str:
        return text.said(self.actor.locale)


Info: TypeAlias = strawberry.Info[Context, None]
