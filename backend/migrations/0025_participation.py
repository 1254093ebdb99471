"""What people follow of the budget, their public questions, and their proposals."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

GUARDS = """
ALTER TABLE budget_follows ADD CONSTRAINT follows_one_thing CHECK ((opd = '') <> (kelurahan = ''));
CREATE INDEX follows_of_place ON budget_follows (opd, code, person_id);
CREATE INDEX follows_of_kelurahan ON budget_follows (kelurahan, person_id) WHERE kelurahan <> '';
CREATE INDEX questions_of_place ON budget_questions (year, opd, code, asked_at DESC, id DESC);
CREATE INDEX questions_waiting ON budget_questions (opd, due_on, id) WHERE state = 'waiting';
CREATE INDEX proposals_moved ON proposals (moved_at DESC, id DESC);
CREATE INDEX proposals_of_kelurahan ON proposals (kelurahan, moved_at DESC, id DESC);
CREATE INDEX proposals_of_place ON proposals (year, opd, code) WHERE opd <> '';
ALTER TABLE proposals ADD CONSTRAINT proposals_linked
    CHECK ((state IN ('in_budget', 'under_way', 'done')) = (opd <> ''));
ALTER TABLE budget_questions ADD CONSTRAINT questions_answered CHECK ((state = 'answered') = (answer <> ''));
"""
NO_GUARDS = """
ALTER TABLE budget_questions DROP CONSTRAINT questions_answered;
ALTER TABLE proposals DROP CONSTRAINT proposals_linked;
DROP INDEX proposals_of_place; DROP INDEX proposals_of_kelurahan; DROP INDEX proposals_moved;
DROP INDEX questions_waiting; DROP INDEX questions_of_place;
DROP INDEX follows_of_kelurahan; DROP INDEX follows_of_place;
ALTER TABLE budget_follows DROP CONSTRAINT follows_one_thing;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0024_exports")]

    operations = [
        ops.CreateModel(
            name="Follow",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("person_id", fields.UUIDField()),
                ("opd", fields.CharField(max_length=40, default="")),
                ("code", fields.CharField(max_length=20, default="")),
                ("kelurahan", fields.CharField(max_length=13, default="")),
                ("year", fields.IntField()),
                ("since", fields.DatetimeField()),
            ],
            options={
                "table": "budget_follows",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("person_id", "opd", "code", "kelurahan"),),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Question",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("person_id", fields.UUIDField(db_index=True)),
                ("year", fields.IntField()),
                ("opd", fields.CharField(max_length=40)),
                ("code", fields.CharField(max_length=20)),
                ("place_name", fields.CharField(max_length=300)),
                ("text", fields.CharField(max_length=1000)),
                ("state", fields.CharField(max_length=10)),
                ("version", fields.IntField()),
                ("asked_at", fields.DatetimeField()),
                ("due_on", fields.DateField()),
                ("answer", fields.CharField(max_length=4000, default="")),
                ("answered_at", fields.DatetimeField(null=True)),
                ("answered_as", fields.CharField(max_length=300, default="")),
                ("hidden_why", fields.CharField(max_length=20, default="")),
                ("late_told", fields.BooleanField(default=False)),
            ],
            options={"table": "budget_questions", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Proposal",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("person_id", fields.UUIDField(db_index=True)),
                ("year", fields.IntField()),
                ("kelurahan", fields.CharField(max_length=13)),
                ("office", fields.CharField(max_length=40)),
                ("forum", fields.CharField(max_length=10)),
                ("title", fields.CharField(max_length=120)),
                ("text", fields.CharField(max_length=2000)),
                ("estimate", fields.DecimalField(null=True, max_digits=20, decimal_places=2)),
                ("state", fields.CharField(max_length=10)),
                ("version", fields.IntField()),
                ("reason", fields.CharField(max_length=600, default="")),
                ("opd", fields.CharField(max_length=40, default="")),
                ("code", fields.CharField(max_length=20, default="")),
                ("place_name", fields.CharField(max_length=300, default="")),
                ("proposed_at", fields.DatetimeField()),
                ("moved_at", fields.DatetimeField()),
                ("supporters", fields.IntField(default=0)),
            ],
            options={"table": "proposals", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Support",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("proposal_id", fields.UUIDField()),
                ("person_id", fields.UUIDField()),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "proposal_supports",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("proposal_id", "person_id"),),
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, NO_GUARDS),
    ]
