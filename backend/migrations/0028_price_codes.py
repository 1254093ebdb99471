"""A budget line keeps SIPD's code of the standard price that it was planned with."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0027_order_letters")]

    operations = [
        ops.AddField(
            model_name="BudgetLine",
            name="price_code",
            field=fields.CharField(default="", max_length=60),
        ),
        ops.RunSQL("ALTER TABLE budget_lines ALTER price_code SET DEFAULT ''"),
    ]
