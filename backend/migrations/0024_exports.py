"""Parts of the budget as they were taken away: what was signed once is what is given for ever."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0023_cash_plan")]

    operations = [
        ops.CreateModel(
            name="BudgetExport",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("import_id", fields.UUIDField()),
                ("opd", fields.CharField(max_length=40)),
                ("code", fields.CharField(max_length=20)),
                ("form", fields.CharField(max_length=4)),
                ("size", fields.BigIntField()),
                ("sha256", fields.CharField(max_length=64)),
                ("signature", fields.BinaryField()),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "budget_exports",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("import_id", "opd", "code", "form"),),
            },
            bases=["Model"],
        ),
    ]
