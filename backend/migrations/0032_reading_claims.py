"""Whose turn it is to read a file: of two workers that began it, the later one's."""

from tortoise import migrations
from tortoise.migrations import operations as ops

CLAIM = "ALTER TABLE budget_readings ADD COLUMN claim uuid NOT NULL DEFAULT gen_random_uuid()"
NO_CLAIM = "ALTER TABLE budget_readings DROP COLUMN claim"


class Migration(migrations.Migration):
    dependencies = [("models", "0031_readings_begun")]

    operations = [ops.RunSQL(CLAIM, NO_CLAIM)]
