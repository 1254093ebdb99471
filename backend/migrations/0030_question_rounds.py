"""Questions that are asked again below their answer, and what answers said before they were mended."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

GUARDS = """
ALTER TABLE budget_questions ADD CONSTRAINT questions_rounds
    CHECK (round BETWEEN 1 AND 3 AND (round = 1) = (first_id IS NULL));
CREATE UNIQUE INDEX questions_of_conversation ON budget_questions (coalesce(first_id, id), round);
"""
NO_GUARDS = """
DROP INDEX questions_of_conversation;
ALTER TABLE budget_questions DROP CONSTRAINT questions_rounds;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0029_reading_since")]

    operations = [
        ops.AddField(model_name="Question", name="first_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Question", name="round", field=fields.SmallIntField(default=1)),
        ops.CreateModel(
            name="EarlierAnswer",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("question_id", fields.UUIDField(db_index=True)),
                ("text", fields.CharField(max_length=4000)),
                ("answered_at", fields.DatetimeField()),
                ("answered_as", fields.CharField(max_length=300)),
            ],
            options={"table": "budget_earlier_answers", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, NO_GUARDS),
    ]
