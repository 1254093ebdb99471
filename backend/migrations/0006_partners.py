"""Third-party apps: registered clients, their public keys and scopes, and the assertions they have used."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("models", "0005_feed")]

    operations = [
        ops.CreateModel(
            name='ApiClient',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=120)),
                ('contact', fields.CharField(max_length=204)),
                ('scopes', fields.CharField(max_length=200)),
                ('version', fields.IntField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_clients', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A registered app. `scopes` are words joined by blanks; `version` counts its events.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ClientKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('client_id', fields.UUIDField()),
                ('kid', fields.CharField(max_length=100)),
                ('algorithm', fields.CharField(max_length=10)),
                ('jwk', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('added_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_client_keys', 'app': 'models', 'unique_together': (('client_id', 'kid'),), 'pk_attr': 'id', 'table_description': 'A public key of an app (JWK, RFC 7517); removed ones stay for the record.'},
            bases=['Model'],
        ),
        # Unlogged: a row lives for six minutes, and a crash of the database forgets no more than that.
        ops.RunSQL(
            """
            CREATE UNLOGGED TABLE used_assertions (
                client_id uuid NOT NULL,
                jti bytea NOT NULL,
                until timestamptz NOT NULL,
                PRIMARY KEY (client_id, jti)
            );
            CREATE INDEX used_assertions_until ON used_assertions (until);
            """,
            "DROP TABLE used_assertions;",
        ),
    ]
