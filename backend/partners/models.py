"""Tables of third-party apps. Ids of used assertions stand in an unlogged table of their own (0006)."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class ApiClient(Model):
    """A registered app. `scopes` are words joined by blanks; `version` counts its events."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120)
    contact = fields.CharField(max_length=204)
    scopes = fields.CharField(max_length=200)
    version = fields.IntField()
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "api_clients"


class ClientKey(Model):
    """A public key of an app (JWK, RFC 7517); removed ones stay for the record."""

    id = fields.UUIDField(primary_key=True)
    client_id = fields.UUIDField()
    kid = fields.CharField(max_length=100)
    algorithm = fields.CharField(max_length=10)
    jwk: Any = fields.JSONField()
    added_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "api_client_keys"
        unique_together = (("client_id", "kid"),)
