"""Which imports are invented: they show a new city what Lugas can do, and leave with its first own file."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SAMPLE = "ALTER TABLE budget_imports ADD COLUMN sample boolean NOT NULL DEFAULT false"
NO_SAMPLE = "ALTER TABLE budget_imports DROP COLUMN sample"


class Migration(migrations.Migration):
    dependencies = [("models", "0032_reading_claims")]

    operations = [ops.RunSQL(SAMPLE, NO_SAMPLE)]
