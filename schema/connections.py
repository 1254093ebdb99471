"""Relay connections over our own keyset cursors."""

from typing import Any, NamedTuple

from backend.core.pages import Page
from schema.fields import object_type
from schema.scopes import Scope, scoped


@scoped(Scope.OPEN)
@object_type
class PageInfo:
    """Whether more follows, and where to go on."""

    has_next_page: bool
    """True when there are rows after this page."""
    end_cursor: str | None
    """Pass it as `after` for the next page."""


class Edge(NamedTuple):
    """A node on a page; its cursor is worked out only where it is selected."""

    page: Page[Any]
    place: int
    node: Any

    @property
    def cursor(self) -> str:
        return self.page.cursor_at(self.place)
