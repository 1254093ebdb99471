"""Places of the budget that people follow, ask about and link: found in the stage that counts, or refused."""

from dataclasses import dataclass

from backend.budget import exploring
from backend.core.problems import NotFound
from backend.core.texts import Text
from backend.participation.carrying import decree_of
from backend.services.reference import reference

NO_PLACE = Text(
    "Tempat ini tidak ada di anggaran tahun itu.", "There is no such place in that year's budget."
)
NO_KELURAHAN = Text("Kelurahan ini tidak dikenal.", "There is no such kelurahan.")


@dataclass(frozen=True)
class Target:
    """A place of a year's budget below the city, what it is called, and the decree of its code (empty without one)."""

    year: int
    opd: str
    code: str
    name: str
    classification: str


async def place(year: int, opd: str, code: str) -> Target:
    """The place of the stage in force, or of the newest one where none counts yet; NotFound without."""
    stage = await exploring.standing(year)
    spot = await exploring.spot(stage, opd, code) if stage else None
    if spot is None:
        raise NotFound(NO_PLACE)
    name = await exploring.name_of(spot) or (await reference()).opds[opd].name
    return Target(year, opd, code, name[:300], await decree_of(stage) if code else "")


async def office_of(kelurahan: str) -> str:
    """The OPD of the kecamatan that a kelurahan is in; NotFound for none of the city's."""
    found = (await reference()).places.get(kelurahan)
    if found is None:
        raise NotFound(NO_KELURAHAN)
    return found.opd
