"""The city's places and days off as the API says them."""

from datetime import date

import strawberry

from backend.services.reference import Place
from schema.context import Info
from schema.fields import object_type, query
from schema.permissions import Need
from schema.scopes import Scope, scoped


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
    def of(place: Place) -> "Kelurahan":
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
    """Public reading of places and days off."""

    @query(Need.NOTHING)
    async def kecamatan(self, info: Info) -> list[Kecamatan]:
        """The 5 districts with their 57 kelurahan."""
        city = await info.context.city()
        return [
            Kecamatan(
                code=k.code,
                name=k.name,
                kelurahan=[Kelurahan.of(p) for p in city.places.values() if p.kecamatan == k.code],
            )
            for k in city.kecamatan
        ]

    @query(Need.NOTHING)
    async def holidays(self, info: Info, year: int) -> list[Holiday]:
        """National holidays and joint leave of a year; empty when no decree was loaded."""
        days = (await info.context.city()).days_off
        return [
            Holiday(date=d.date, name=d.name, joint_leave=d.joint_leave) for d in days if d.date.year == year
        ]
