"""Tables of trips, of the day rates by region, and of who signs whose orders."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Trip(Model):
    """An official trip from its request to its report. Money is in rupiah; `ceiling` is the most it may cost.

    `signs_for` is the OPD whose head signs the orders, or MAYOR. `costs` are what was spent, by kind.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    person_name = fields.CharField(max_length=120)
    person_title = fields.CharField(max_length=160)
    person_rank = fields.CharField(max_length=80, default="")
    person_nip = fields.CharField(max_length=18, default="")
    opd = fields.CharField(max_length=40)
    level = fields.SmallIntField()
    purpose = fields.CharField(max_length=300)
    place = fields.CharField(max_length=120)
    region = fields.CharField(max_length=12)
    kind = fields.CharField(max_length=10)
    transport = fields.CharField(max_length=60)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    days = fields.IntField()
    daily = fields.DecimalField(max_digits=20, decimal_places=2)
    representation = fields.DecimalField(max_digits=20, decimal_places=2)
    other = fields.DecimalField(max_digits=20, decimal_places=2)
    ceiling = fields.DecimalField(max_digits=20, decimal_places=2)
    budget_code = fields.CharField(max_length=60)
    signs_for = fields.CharField(max_length=40)
    state = fields.CharField(max_length=10)
    version = fields.IntField()
    reason = fields.CharField(max_length=600, default="")
    requested_at = fields.DatetimeField()
    decided_by = fields.UUIDField(null=True)
    decided_at = fields.DatetimeField(null=True)
    report_due = fields.DateField(null=True)
    report = fields.CharField(max_length=2000, default="")
    costs: Any = fields.JSONField(null=True)
    cost_total = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    reported_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "trips"


class TravelRate(Model):
    """What a day away is worth in a region, in whole rupiah: out of town, in town over 8 hours, training."""

    code = fields.CharField(max_length=12, primary_key=True)
    name = fields.CharField(max_length=80)
    out_of_town = fields.IntField()
    in_town = fields.IntField()
    training = fields.IntField()
    inside = fields.BooleanField(default=False)
    source = fields.CharField(max_length=200)

    class Meta(Model.Meta):
        table = "travel_rates"


class TravelSignatory(Model):
    """Who signs the orders of officials of a level: `own` their OPD's head, `secretary`, or `mayor`."""

    code = fields.CharField(max_length=20, primary_key=True)
    level = fields.SmallIntField()
    outside = fields.BooleanField()
    signer = fields.CharField(max_length=12)

    class Meta(Model.Meta):
        table = "travel_signatories"
