"""What signers were asked and when they were away, letters out of force, the level of a signature, waits of cases."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

INDEXES = """
CREATE UNIQUE INDEX signer_outages_open ON signer_outages (provider) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX case_pauses_open ON case_pauses (application_id) WHERE until IS NULL;
CREATE INDEX letters_signing ON letters (requested_at, id) WHERE status = 'signing';
CREATE INDEX letters_intent ON letters (intent_id) WHERE intent_id IS NOT NULL;
CREATE INDEX letters_signed_file ON letters (signed_sha256) WHERE signed_sha256 IS NOT NULL;
"""
NO_INDEXES = """
DROP INDEX letters_signed_file; DROP INDEX letters_intent; DROP INDEX letters_signing;
DROP INDEX case_pauses_open; DROP INDEX signer_outages_open;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0015_delegations")]

    operations = [
        ops.CreateModel(
            name="SigningAttempt",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("letter_id", fields.UUIDField()),
                ("draft_sha256", fields.CharField(max_length=64)),
                ("provider", fields.CharField(max_length=20)),
                ("state", fields.CharField(max_length=10)),
                ("reference", fields.CharField(max_length=120, default="")),
                ("signed_sha256", fields.CharField(max_length=64, default="")),
                ("decided_at", fields.DatetimeField()),
                ("tries", fields.IntField(default=1)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "signing_attempts",
                "app": "models",
                "unique_together": (("letter_id", "draft_sha256"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignerOutage",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("provider", fields.CharField(max_length=20)),
                ("began_at", fields.DatetimeField()),
                ("ended_at", fields.DatetimeField(null=True)),
                ("reason", fields.CharField(max_length=120)),
            ],
            options={"table": "signer_outages", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LetterMark",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("letter_id", fields.UUIDField(db_index=True)),
                ("what", fields.CharField(max_length=10)),
                ("reason", fields.CharField(max_length=600)),
                ("by_person", fields.UUIDField()),
                ("by_name", fields.CharField(max_length=120)),
                ("by_office", fields.CharField(max_length=40)),
                ("replaced_by", fields.UUIDField(null=True)),
                ("at", fields.DatetimeField()),
            ],
            options={"table": "letter_marks", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CasePause",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("application_id", fields.UUIDField(db_index=True)),
                ("since", fields.DatetimeField()),
                ("until", fields.DatetimeField(null=True)),
                ("cost", fields.IntField(default=0)),
            ],
            options={"table": "case_pauses", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(model_name="Letter", name="level", field=fields.CharField(max_length=5, default="B-B")),
        ops.RunSQL(INDEXES, NO_INDEXES),
    ]
