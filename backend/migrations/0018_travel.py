"""Official trips, day rates by region, and who signs whose orders."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# No two trips of one person share a moment, but for those that were refused or not made.
GUARDS = """
ALTER TABLE trips ADD CONSTRAINT trips_no_overlap EXCLUDE USING gist
    (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (state NOT IN ('refused', 'cancelled'));
ALTER TABLE trips ADD CONSTRAINT trips_in_order CHECK (starts_at < ends_at);
CREATE INDEX trips_newest ON trips (requested_at DESC, id DESC);
CREATE INDEX trips_signing ON trips (signs_for, state);
"""
NO_GUARDS = """
DROP INDEX trips_signing; DROP INDEX trips_newest;
ALTER TABLE trips DROP CONSTRAINT trips_in_order; ALTER TABLE trips DROP CONSTRAINT trips_no_overlap;
"""
MONEY = {"max_digits": 20, "decimal_places": 2}


class Migration(migrations.Migration):
    dependencies = [("models", "0017_realisation")]

    operations = [
        ops.CreateModel(
            name="Trip",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("person_id", fields.UUIDField(db_index=True)),
                ("person_name", fields.CharField(max_length=120)),
                ("person_title", fields.CharField(max_length=160)),
                ("person_rank", fields.CharField(max_length=80, default="")),
                ("person_nip", fields.CharField(max_length=18, default="")),
                ("opd", fields.CharField(max_length=40)),
                ("level", fields.SmallIntField()),
                ("purpose", fields.CharField(max_length=300)),
                ("place", fields.CharField(max_length=120)),
                ("region", fields.CharField(max_length=12)),
                ("kind", fields.CharField(max_length=10)),
                ("transport", fields.CharField(max_length=60)),
                ("starts_at", fields.DatetimeField()),
                ("ends_at", fields.DatetimeField()),
                ("days", fields.IntField()),
                ("daily", fields.DecimalField(**MONEY)),
                ("representation", fields.DecimalField(**MONEY)),
                ("other", fields.DecimalField(**MONEY)),
                ("ceiling", fields.DecimalField(**MONEY)),
                ("budget_code", fields.CharField(max_length=60)),
                ("signs_for", fields.CharField(max_length=40)),
                ("state", fields.CharField(max_length=10)),
                ("version", fields.IntField()),
                ("reason", fields.CharField(max_length=600, default="")),
                ("requested_at", fields.DatetimeField()),
                ("decided_by", fields.UUIDField(null=True)),
                ("decided_at", fields.DatetimeField(null=True)),
                ("report_due", fields.DateField(null=True)),
                ("report", fields.CharField(max_length=2000, default="")),
                ("costs", fields.JSONField(null=True)),
                ("cost_total", fields.DecimalField(null=True, **MONEY)),
                ("reported_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "trips", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TravelRate",
            fields=[
                ("code", fields.CharField(max_length=12, primary_key=True)),
                ("name", fields.CharField(max_length=80)),
                ("out_of_town", fields.IntField()),
                ("in_town", fields.IntField()),
                ("training", fields.IntField()),
                ("inside", fields.BooleanField(default=False)),
                ("source", fields.CharField(max_length=200)),
            ],
            options={"table": "travel_rates", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TravelSignatory",
            fields=[
                ("code", fields.CharField(max_length=20, primary_key=True)),
                ("level", fields.SmallIntField()),
                ("outside", fields.BooleanField()),
                ("signer", fields.CharField(max_length=12)),
            ],
            options={"table": "travel_signatories", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, NO_GUARDS),
    ]
