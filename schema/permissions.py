"""The first of the two gates: what a root query needs before the domain is asked."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from graphql import GraphQLError
from strawberry.extensions.field_extension import FieldExtension

from backend.core.actors import Actor
from backend.core.problems import NotFound, Problem
from backend.core.texts import Text
from schema.context import Info

SIGN_IN = Text("Masuk dulu dengan nomor HP Anda.", "Sign in with your phone number first.")
STAFF_ONLY = Text("Halaman ini untuk petugas dinas.", "This page is for department staff.")


class Need(StrEnum):
    """What a field needs from the asking person."""

    NOTHING = "nothing"
    SIGNED_IN = "signed_in"
    STAFF = "staff"


def is_met(need: Need, actor: Actor) -> bool:
    """True when the actor has what a field needs."""
    if need is Need.STAFF:
        return actor.is_signed_in and bool(actor.posts)
    return need is Need.NOTHING or actor.is_signed_in


class Needs(FieldExtension):
    """Refuses with UNAUTHENTICATED or FORBIDDEN before the resolver runs; what is not found is null."""

    def __init__(self, need: Need) -> None:
        self.need = need

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        actor = info.context.actor
        if not is_met(self.need, actor):
            if not actor.is_signed_in:
                raise GraphQLError(info.context.say(SIGN_IN), extensions={"code": "UNAUTHENTICATED"})
            raise GraphQLError(info.context.say(STAFF_ONLY), extensions={"code": "FORBIDDEN"})
        try:
            return await next_(source, info, **kwargs)
        except NotFound:
            return None
        except Problem as problem:
            raise GraphQLError(
                info.context.say(problem.text), extensions={"code": "BAD_USER_INPUT", "problem": problem.code}
            ) from None
