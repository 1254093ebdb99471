"""How many lines of a file were read stands in `lines` alone."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0021_lines_by_import")]

    operations = [ops.RemoveField(model_name="BudgetImport", name="progress")]
