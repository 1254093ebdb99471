"""Files of the budget that arrive in parts, how far they are read, and how far the work itself is."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# How many lines of a file are read just now: nothing that must outlive a crash.
READINGS = """
CREATE UNLOGGED TABLE budget_readings (
    import_id uuid PRIMARY KEY,
    lines int NOT NULL
);
CREATE INDEX budget_imports_newest ON budget_imports (at DESC, id DESC);
ALTER TABLE milestones ADD CONSTRAINT milestones_percent CHECK (percent BETWEEN 0 AND 100);
ALTER TABLE budget_locations ADD CONSTRAINT budget_locations_share CHECK (share IS NULL OR share BETWEEN 0.01 AND 100);
"""
NO_READINGS = "DROP TABLE budget_readings; DROP INDEX budget_imports_newest;"


class Migration(migrations.Migration):
    dependencies = [("models", "0025_participation")]

    operations = [
        ops.AddField(model_name="BudgetImport", name="trial", field=fields.BooleanField(default=False)),
        ops.CreateModel(
            name="BudgetFilePart",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("import_id", fields.UUIDField()),
                ("number", fields.IntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("kept", fields.BooleanField(default=False)),
            ],
            options={
                "table": "budget_file_parts",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("import_id", "number"),),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Milestone",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("year", fields.IntField()),
                ("opd", fields.CharField(max_length=40)),
                ("code", fields.CharField(max_length=20)),
                ("name", fields.CharField(max_length=160)),
                ("text", fields.CharField(max_length=2000, default="")),
                ("planned_on", fields.DateField()),
                ("done_on", fields.DateField(null=True)),
                ("percent", fields.SmallIntField(default=0)),
                ("version", fields.IntField()),
                ("person_id", fields.UUIDField()),
                ("person_name", fields.CharField(max_length=120)),
                ("at", fields.DatetimeField()),
                ("removed", fields.BooleanField(default=False)),
            ],
            options={
                "table": "milestones",
                "app": "models",
                "pk_attr": "id",
                "indexes": [Index(fields=["year", "opd", "code"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MilestonePhoto",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("milestone_id", fields.UUIDField(db_index=True)),
                ("upload_id", fields.UUIDField(unique=True)),
                ("key", fields.CharField(max_length=160)),
                ("sha256", fields.CharField(max_length=64)),
                ("size", fields.BigIntField()),
                ("media_type", fields.CharField(max_length=40)),
                ("at", fields.DatetimeField()),
            ],
            options={"table": "milestone_photos", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BudgetLocation",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("year", fields.IntField()),
                ("opd", fields.CharField(max_length=40)),
                ("code", fields.CharField(max_length=20)),
                ("kelurahan", fields.CharField(max_length=13)),
                ("share", fields.DecimalField(max_digits=5, decimal_places=2, null=True)),
            ],
            options={
                "table": "budget_locations",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("year", "opd", "code", "kelurahan"),),
            },
            bases=["Model"],
        ),
        ops.RunSQL(READINGS, NO_READINGS),
    ]
