"""Tables that every part writes through: recorded events and used idempotency keys."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class RecordedEvent(Model):
    """Append-only (a trigger refuses UPDATE and DELETE): audit, outbox and timeline are these rows."""

    id = fields.BigIntField(primary_key=True)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.UUIDField()
    seq = fields.IntField()
    kind = fields.CharField(max_length=40)
    at = fields.DatetimeField()
    actor_id = fields.UUIDField(null=True)
    actor_role = fields.CharField(max_length=20)
    actor_office = fields.CharField(max_length=40, default="")
    data: Any = fields.JSONField()

    class Meta(Model.Meta):
        table = "recorded_events"
        unique_together = (("subject_kind", "subject_id", "seq"),)


class IdempotencyKey(Model):
    """A command that was carried out: whose, which, with what body, and what came of it."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=80)
    key = fields.UUIDField()
    action = fields.CharField(max_length=40)
    body_hash = fields.BinaryField()
    result = fields.CharField(max_length=200, default="")
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "idempotency_keys"
        unique_together = (("scope", "key"),)
