"""How often a worker has begun to read a file that none has ended: each but the last was killed over it."""

from tortoise import migrations
from tortoise.migrations import operations as ops

BEGUN = "ALTER TABLE budget_readings ADD COLUMN begun int NOT NULL DEFAULT 0"
NOT_BEGUN = "ALTER TABLE budget_readings DROP COLUMN begun"


class Migration(migrations.Migration):
    dependencies = [("models", "0030_question_rounds")]

    operations = [ops.RunSQL(BEGUN, NOT_BEGUN)]
