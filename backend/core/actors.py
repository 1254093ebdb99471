"""Who asks: a resident, staff, an app, the worker, or nobody; the only thing policies look at."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from backend.core.texts import Locale


class StaffRole(StrEnum):
    """What a person may be in an OPD. `away`: a head whose post rests while a stand-in acts; they read, no more."""

    OFFICER = "officer"
    HEAD = "head"
    AWAY = "away"


class Capacity(StrEnum):
    """By what right somebody acts in a post (UU 30/2014 art. 14 for plt and plh; official letters for a.n. and u.b.).

    plt: the post is vacant; plh: its holder is away; an: in the holder's name; ub: in the name of who signs a.n.;
    pj: caretaker.
    """

    DEFINITIVE = "definitive"
    PLT = "plt"
    PLH = "plh"
    AN = "an"
    UB = "ub"
    PJ = "pj"


@dataclass(frozen=True)
class Post:
    """A post in which somebody may act today: role, OPD code and the title as it stands in a letter.

    A stand-in has the post of the one they stand in for, with `capacity` and `delegation`; `services` are the
    codes that the delegation covers (None: all), `most` the largest amount in rupiah (None: any), `without` the
    codes that somebody else signs for meanwhile. `title`, `rank` and `nip` of a stand-in: the post as the letter
    names it, and their own rank and number. `level`: 1 the mayor, 2 heads, 3 deputies, 4 everyone else.
    """

    role: StaffRole
    opd: str
    title: str
    rank: str = ""
    nip: str = ""
    capacity: Capacity = Capacity.DEFINITIVE
    delegation: UUID | None = None
    services: frozenset[str] | None = None
    most: Decimal | None = None
    level: int = 4
    without: frozenset[str] = frozenset()


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
