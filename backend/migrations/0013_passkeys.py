"""Passkeys and their challenges, how a session was opened, and what was approved before a letter is signed."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# A person's posts depend on how the session was opened and on whether there are passkeys: both are told at once.
TOLD = """
DROP TRIGGER sessions_move ON sessions;
CREATE TRIGGER sessions_move AFTER UPDATE OF revoked_at, expires_at, person_id, opened_by ON sessions FOR EACH ROW
    WHEN ((OLD.revoked_at, OLD.expires_at, OLD.person_id, OLD.opened_by)
        IS DISTINCT FROM (NEW.revoked_at, NEW.expires_at, NEW.person_id, NEW.opened_by))
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER passkeys_come AFTER INSERT OR DELETE ON passkeys FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER passkeys_move AFTER UPDATE OF revoked_at ON passkeys FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER passkeys_all_go AFTER TRUNCATE ON passkeys FOR EACH STATEMENT
    EXECUTE FUNCTION lugas_changed('people');
"""
NOT_TOLD = """
DROP TRIGGER passkeys_all_go ON passkeys; DROP TRIGGER passkeys_move ON passkeys;
DROP TRIGGER passkeys_come ON passkeys; DROP TRIGGER sessions_move ON sessions;
CREATE TRIGGER sessions_move AFTER UPDATE OF revoked_at, expires_at, person_id ON sessions FOR EACH ROW
    WHEN ((OLD.revoked_at, OLD.expires_at, OLD.person_id)
        IS DISTINCT FROM (NEW.revoked_at, NEW.expires_at, NEW.person_id))
    EXECUTE FUNCTION lugas_person_changed('person_id');
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0012_capacity")]

    operations = [
        ops.CreateModel(
            name="Passkey",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.UUIDField(db_index=True)),
                ("credential_id", fields.CharField(max_length=1400, unique=True)),
                ("public_key", fields.BinaryField()),
                ("sign_count", fields.BigIntField(default=0)),
                ("backed_up", fields.BooleanField(default=False)),
                ("transports", fields.CharField(max_length=80, default="")),
                ("name", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField()),
                ("used_at", fields.DatetimeField(null=True)),
                ("revoked_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "passkeys", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PasskeyChallenge",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("purpose", fields.CharField(max_length=8)),
                ("person_id", fields.UUIDField(null=True)),
                ("challenge", fields.BinaryField()),
                ("expires_at", fields.DatetimeField(db_index=True)),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "passkey_challenges", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Session", name="opened_by", field=fields.CharField(max_length=8, default="code")
        ),
        ops.AddField(model_name="Letter", name="high", field=fields.BooleanField(default=False)),
        ops.AddField(model_name="Letter", name="intent_id", field=fields.UUIDField(null=True)),
        ops.CreateModel(
            name="LetterOpening",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("letter_id", fields.UUIDField()),
                ("person_id", fields.UUIDField()),
                ("sha256", fields.CharField(max_length=64)),
                ("ahead", fields.BooleanField(default=False)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "letter_openings",
                "app": "models",
                "pk_attr": "id",
                "indexes": [Index(fields=["letter_id", "person_id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SigningIntent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("signer_id", fields.UUIDField()),
                ("manifest", fields.TextField()),
                ("ahead", fields.BooleanField(default=False)),
                ("second", fields.BooleanField(default=False)),
                ("reason", fields.CharField(max_length=600, default="")),
                ("created_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField(db_index=True)),
                ("used_at", fields.DatetimeField(null=True)),
            ],
            options={"table": "signing_intents", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SigningEvidence",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("intent_id", fields.UUIDField()),
                ("turn", fields.IntField()),
                ("credential_id", fields.BinaryField()),
                ("public_key", fields.BinaryField()),
                ("authenticator_data", fields.BinaryField()),
                ("client_data", fields.BinaryField()),
                ("signature", fields.BinaryField()),
                ("user_verified", fields.BooleanField()),
                ("sign_count", fields.BigIntField()),
                ("origin", fields.CharField(max_length=300)),
                ("rp_id", fields.CharField(max_length=253)),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "signing_evidence",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("intent_id", "turn"),),
            },
            bases=["Model"],
        ),
        ops.RunSQL(TOLD, NOT_TOLD),
    ]
