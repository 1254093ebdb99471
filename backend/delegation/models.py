"""Tables of delegations, of absences, of offices without a signer, and of the rungs a waiting letter climbed."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Delegation(Model):
    """One person may act in a post from one moment to another, by a written order.

    `stops_at` is when it really ends: `ends_at`, or earlier when it was revoked. `services` are the codes it covers
    (null: the routine list, everything that is not strategic), `most` the largest amount in rupiah (null: any).
    `begun_at` and `over_at` say when the worker handed the queue over and back. Rank, NIP and level are the
    receiver's own. It counts from `signed_at` (null: its order waits for a signature); an order on paper counts at
    once, on the word of who recorded it (`said_by`).
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=3)
    opd = fields.CharField(max_length=40)
    post_title = fields.CharField(max_length=160)
    title = fields.CharField(max_length=200)
    giver_id = fields.UUIDField(null=True)
    giver_name = fields.CharField(max_length=120)
    receiver_id = fields.UUIDField(db_index=True)
    receiver_name = fields.CharField(max_length=120)
    receiver_rank = fields.CharField(max_length=80, default="")
    receiver_nip = fields.CharField(max_length=18, default="")
    receiver_level = fields.SmallIntField()
    letter_number = fields.CharField(max_length=80)
    letter_date = fields.DateField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    stops_at = fields.DatetimeField()
    services: Any = fields.JSONField(null=True)
    most = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    reason = fields.CharField(max_length=12)
    trip_id = fields.UUIDField(null=True)
    parent_id = fields.UUIDField(null=True)
    version = fields.IntField(default=1)
    revoked_at = fields.DatetimeField(null=True)
    revoked_by = fields.UUIDField(null=True)
    begun_at = fields.DatetimeField(null=True)
    over_at = fields.DatetimeField(null=True)
    signed_at = fields.DatetimeField(null=True)
    said_by = fields.UUIDField(null=True)
    said_by_name = fields.CharField(max_length=120, default="")
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "delegations"


class Absence(Model):
    """A person is away: on a trip, on leave, ill. `stops_at` is when they really came back."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    person_name = fields.CharField(max_length=120)
    kind = fields.CharField(max_length=8)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    stops_at = fields.DatetimeField()
    trip_id = fields.UUIDField(null=True, unique=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "absences"
        indexes = (("person_id", "starts_at"),)


class SignerGap(Model):
    """A stretch in which nobody can sign for an office; at most one is open for each office."""

    id = fields.UUIDField(primary_key=True)
    opd = fields.CharField(max_length=40)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "signer_gaps"


class LadderRung(Model):
    """A letter that waited so long that somebody further up was told; once for each wait and rung."""

    id = fields.UUIDField(primary_key=True)
    subject_id = fields.UUIDField()
    waiting_since = fields.DatetimeField()
    rung = fields.SmallIntField()
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "ladder_rungs"
        unique_together = (("subject_id", "waiting_since", "rung"),)
