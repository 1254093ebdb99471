"""Tables of the catalogue and of the city's places, offices and days off."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Opd(Model):
    """A city department (organisasi perangkat daerah) as it stands in a period."""

    code = fields.CharField(max_length=40, primary_key=True)
    name = fields.CharField(max_length=160)
    name_en = fields.CharField(max_length=160)
    kind = fields.CharField(max_length=20)
    address = fields.CharField(max_length=200, default="")
    since = fields.DateField()
    until = fields.DateField(null=True)
    successor = fields.CharField(max_length=40, null=True)

    class Meta(Model.Meta):
        table = "opds"


class Kecamatan(Model):
    code = fields.CharField(max_length=8, primary_key=True)
    name = fields.CharField(max_length=60)
    opd = fields.CharField(max_length=40)

    class Meta(Model.Meta):
        table = "kecamatan"


class Kelurahan(Model):
    code = fields.CharField(max_length=13, primary_key=True)
    kecamatan_code = fields.CharField(max_length=8, db_index=True)
    name = fields.CharField(max_length=60)
    postal = fields.CharField(max_length=5)

    class Meta(Model.Meta):
        table = "kelurahan"


class Holiday(Model):
    """A day off by decree; joint leave counts as one for civil servants."""

    date = fields.DateField(primary_key=True)
    name = fields.CharField(max_length=120)
    joint_leave = fields.BooleanField()
    decree = fields.CharField(max_length=200)

    class Meta(Model.Meta):
        table = "holidays"


class OfficeHours(Model):
    """The office week in a period; the row with the later start wins."""

    id = fields.IntField(primary_key=True)
    since = fields.DateField()
    until = fields.DateField()
    week: Any = fields.JSONField()
    source = fields.CharField(max_length=300)

    class Meta(Model.Meta):
        table = "office_hours"


class Service(Model):
    """A service people can apply for; everything about it stands in its versions."""

    code = fields.CharField(max_length=40, primary_key=True)
    opd = fields.CharField(max_length=40, null=True)
    current_version = fields.IntField()
    category = fields.CharField(max_length=40)
    popular = fields.IntField(null=True)
    name = fields.CharField(max_length=200)

    class Meta(Model.Meta):
        table = "services"


class ServiceVersion(Model):
    """One published definition; never changed, since running cases finish on it."""

    id = fields.UUIDField(primary_key=True)
    service_code = fields.CharField(max_length=40)
    version = fields.IntField()
    definition: Any = fields.JSONField()
    digest = fields.CharField(max_length=64)
    published_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "service_versions"
        unique_together = (("service_code", "version"),)
