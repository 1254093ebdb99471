"""Tables of notices, of devices that want pushes, and of every push on its way."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Notice(Model):
    """One thing told to one person; the words come from messages.py when it is read."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    event_id = fields.BigIntField()
    kind = fields.CharField(max_length=40)
    audience = fields.CharField(max_length=12)
    data: Any = fields.JSONField()
    at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "notices"
        unique_together = (("person_id", "event_id"),)


class PushSubscription(Model):
    """A browser that agreed to be woken."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    endpoint = fields.TextField()
    endpoint_hash = fields.CharField(max_length=64, unique=True)
    p256dh = fields.CharField(max_length=120)
    auth = fields.CharField(max_length=40)
    created_at = fields.DatetimeField()
    last_sent_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "push_subscriptions"


class PushDelivery(Model):
    """One push of one notice to one browser, with its visible end: sent, gone, refused or expired."""

    id = fields.UUIDField(primary_key=True)
    notice_id = fields.UUIDField()
    subscription_id = fields.UUIDField()
    state = fields.CharField(max_length=10, default="waiting")
    attempts = fields.IntField(default=0)
    reason = fields.CharField(max_length=200, default="")
    first_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "push_deliveries"
        unique_together = (("notice_id", "subscription_id"),)
