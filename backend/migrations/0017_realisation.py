"""What was paid up to a day, the ministry's tables, and the notes and offices that imports bring."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

SUMS = """
CREATE TABLE realisation_sums (
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    opd varchar(40) NOT NULL,
    account varchar(6) NOT NULL,
    budget numeric(20,2) NOT NULL,
    realised numeric(20,2) NOT NULL,
    PRIMARY KEY (import_id, opd, account)
);
"""
HEARD = "\n".join(
    f"CREATE TRIGGER {table}_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('budget');"
    for table in ("realisation_sums", "djpk_figures")
)
MONEY = {"max_digits": 20, "decimal_places": 2}


class Migration(migrations.Migration):
    dependencies = [("models", "0016_signers")]

    operations = [
        ops.AddField(model_name="BudgetImport", name="note_count", field=fields.IntField(default=0)),
        ops.AddField(
            model_name="BudgetImport",
            name="notes",
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.CreateModel(
            name="BudgetOffice",
            fields=[
                ("code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                ("opd", fields.CharField(max_length=40)),
            ],
            options={"table": "budget_offices", "app": "models", "pk_attr": "code"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RealisationRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("import_id", fields.UUIDField()),
                ("row", fields.IntField()),
                ("opd", fields.CharField(max_length=40)),
                ("account", fields.CharField(max_length=40)),
                ("name", fields.CharField(max_length=300)),
                ("budget", fields.DecimalField(**MONEY)),
                ("realised", fields.DecimalField(**MONEY)),
                ("last_year", fields.DecimalField(**MONEY)),
                ("written", fields.TextField()),
            ],
            options={
                "table": "realisations",
                "app": "models",
                "pk_attr": "id",
                "indexes": [Index(fields=["import_id", "opd", "account"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DjpkFigure",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("import_id", fields.UUIDField()),
                ("row", fields.IntField()),
                ("level", fields.IntField()),
                ("name", fields.CharField(max_length=120)),
                ("parent", fields.CharField(max_length=120)),
                ("budget", fields.DecimalField(**MONEY)),
                ("realised", fields.DecimalField(**MONEY)),
                ("written", fields.TextField()),
            ],
            options={
                "table": "djpk_figures",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("import_id", "name"),),
            },
            bases=["Model"],
        ),
        ops.RunSQL(SUMS),
        ops.RunSQL(HEARD),
    ]
