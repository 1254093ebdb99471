"""The invented people of the demonstration: residents, officers and heads, with the posts they hold."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from backend.seeds.load import DATA, SeedError, read_items
from backend.services.definition import Shape


class DemoPost(Shape):
    """A post in an OPD, held from `since` on. `nip` is the 18-digit civil-service number.

    `level`: 1 the mayor, 2 heads, 3 deputies, 4 everyone else; left out, the role says it.
    """

    opd: str
    role: Literal["officer", "head"]
    title: str
    rank: str
    nip: Annotated[str, Field(pattern=r"^[0-9]{18}$")]
    since: date
    level: int | None = None

    @property
    def rung(self) -> int:
        """The level, told or from the role."""
        return self.level or (2 if self.role == "head" else 4)


class DemoPerson(Shape):
    """Someone to log in as. `phone` is E.164; those with `shown` are listed when Lugas starts."""

    name: str
    phone: Annotated[str, Field(pattern=r"^\+628[1-9][0-9]{7,10}$")]
    nik: Annotated[str, Field(pattern=r"^[1-9][0-9]{15}$")] | None = None
    address: str | None = None
    kelurahan: str | None = None
    shown: bool = False
    posts: tuple[DemoPost, ...] = ()

    @property
    def local_phone(self) -> str:
        """The number as people type it: 0811..."""
        return "0" + self.phone.removeprefix("+62")

    @property
    def description(self) -> str:
        return self.posts[0].title if self.posts else "Warga"


def load_people(folder: Path = DATA) -> tuple[DemoPerson, ...]:
    """Read people.json. Raises SeedError."""
    rows = read_items(folder / "people.json")
    try:
        return TypeAdapter(tuple[DemoPerson, ...]).validate_python(rows)
    except ValidationError as error:
        raise SeedError(f"people.json: {error}") from error
