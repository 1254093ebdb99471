"""The city's offices, places and days off as the API says them."""

from datetime import date

import strawberry

from backend.services import queries
from backend.services.models import Opd as OpdRow
from schema.fields import object_type, query
from schema.ids import Node, encode
from schema.permissions import Need
from schema.scopes import Scope, scoped


@scoped(Scope.CATALOGUE)
@object_type
class Opd(Node):
    """A city department (organisasi perangkat daerah)."""

    code: str
    """Short name, such as DISPENDUKCAPIL."""
    name: str
    """Full Indonesian name."""
    name_en: str
    """What it is in English."""
    kind: str
    """dinas, badan, kecamatan, sekretariat, inspektorat or satuan."""

    @staticmethod
    def of(row: OpdRow) -> "Opd":
        return Opd(
            id=encode("Opd", row.code), code=row.code, name=row.name, name_en=row.name_en, kind=row.kind
        )


@scoped(Scope.CATALOGUE)
@object_type
class Kelurahan:
    """An urban village."""

    code: str
    """Kemendagri code, such as 35.73.01.1001."""
    name: str
    """Name as the decree writes it."""
    postal: str
    """Postal code."""

    @staticmethod
    def of(place: queries.Place) -> "Kelurahan":
        return Kelurahan(code=place.code, name=place.name, postal=place.postal)


@scoped(Scope.CATALOGUE)
@object_type
class Kecamatan:
    """A district with its kelurahan."""

    code: str
    """Kemendagri code, such as 35.73.01."""
    name: str
    """Name as the decree writes it."""
    kelurahan: list[Kelurahan]
    """In order of their codes."""


@scoped(Scope.CATALOGUE)
@object_type
class Holiday:
    """A day on which the city does not count working time."""

    date: date
    """The day."""
    name: str
    """Its name in the decree."""
    joint_leave: bool
    """Joint leave (cuti bersama): not a working day for civil servants either."""


@scoped(Scope.CATALOGUE)
@strawberry.type
class PlacesQuery:
    """Public reading of offices, places and days off."""

    @query(Need.NOTHING)
    async def opds(self) -> list[Opd]:
        """The city's departments by name (28)."""
        return [Opd.of(o) for o in await queries.opds()]

    @query(Need.NOTHING)
    async def kecamatan(self) -> list[Kecamatan]:
        """The 5 districts with their 57 kelurahan."""
        places = await queries.places()
        return [
            Kecamatan(
                code=k.code, name=k.name, kelurahan=[Kelurahan.of(p) for p in places if p.kecamatan == k.code]
            )
            for k in await queries.kecamatan()
        ]

    @query(Need.NOTHING)
    async def holidays(self, year: int) -> list[Holiday]:
        """National holidays and joint leave of a year; empty when no decree was loaded."""
        rows = await queries.holidays(year) if 1 <= year <= 9998 else []
        return [Holiday(date=h.date, name=h.name, joint_leave=h.joint_leave) for h in rows]
