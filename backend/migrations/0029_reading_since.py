"""When a worker last said how far it has read a file: what a killed one left is no progress."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SINCE = "ALTER TABLE budget_readings ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp()"
NO_SINCE = "ALTER TABLE budget_readings DROP COLUMN at"


class Migration(migrations.Migration):
    dependencies = [("models", "0028_price_codes")]

    operations = [ops.RunSQL(SINCE, NO_SINCE)]
