"""Who asks: a resident, staff, an app, the worker, or nobody; the only thing policies look at."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from backend.core.texts import Locale


class StaffRole(StrEnum):
    """What a person may be in an OPD."""

    OFFICER = "officer"
    HEAD = "head"


@dataclass(frozen=True)
class Post:
    """A post held today: role, OPD code and the title as it stands in a letter."""

    role: StaffRole
    opd: str
    title: str
    rank: str = ""
    nip: str = ""


@dataclass(frozen=True)
class Actor:
    """Who asks: a person with the posts they hold today, a third-party app (`client`), the worker, or nobody.

    `scopes` limit what an app may read; None is not limited by scopes: people, the worker and nobody.
    """

    person: UUID | None = None
    name: str = ""
    posts: tuple[Post, ...] = ()
    session: UUID | None = None
    locale: Locale = Locale.ID
    is_system: bool = False
    scope: str = field(default="anonymous")
    client: UUID | None = None
    scopes: frozenset[str] | None = None
    # When an app's token ends (Unix time); who stays connected is gone then.
    until: int | None = None

    @property
    def is_signed_in(self) -> bool:
        return self.person is not None

    def offices(self, role: StaffRole) -> frozenset[str]:
        """OPD codes in which this person holds the role."""
        return frozenset(p.opd for p in self.posts if p.role is role)

    def post(self, role: StaffRole, opd: str) -> Post | None:
        return next((p for p in self.posts if p.role is role and p.opd == opd), None)


NOBODY = Actor()
SYSTEM = Actor(name="Lugas", is_system=True, scope="system")
