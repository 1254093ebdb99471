"""Tables of letters: one row per letter, one counter per OPD and year."""

from tortoise import fields
from tortoise.models import Model


class Letter(Model):
    """A letter from its number to its signature. The content is sealed; the public sees masks only."""

    id = fields.UUIDField(primary_key=True)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.UUIDField()
    kind = fields.CharField(max_length=40)
    title = fields.CharField(max_length=200)
    opd = fields.CharField(max_length=40)
    opd_name = fields.CharField(max_length=160)
    year = fields.IntField()
    seq = fields.IntField()
    number = fields.CharField(max_length=80)
    date = fields.DateField()
    verify_id = fields.CharField(max_length=18, unique=True)
    fragment = fields.CharField(max_length=16, default="")
    holder_masked = fields.CharField(max_length=160)
    content_sealed = fields.BinaryField()
    status = fields.CharField(max_length=12)
    draft_key = fields.CharField(max_length=120, null=True)
    draft_sha256 = fields.CharField(max_length=64, null=True)
    signed_key = fields.CharField(max_length=120, null=True)
    signed_sha256 = fields.CharField(max_length=64, null=True)
    signer_id = fields.UUIDField()
    signer_name = fields.CharField(max_length=120)
    signer_position = fields.CharField(max_length=200)
    signer_rank = fields.CharField(max_length=80, default="")
    signer_nip = fields.CharField(max_length=18, default="")
    capacity = fields.CharField(max_length=12, default="definitive")
    delegation_id = fields.UUIDField(null=True)
    requested_at = fields.DatetimeField(null=True)
    signed_at = fields.DatetimeField(null=True)
    certified = fields.BooleanField(default=False)
    issuer = fields.CharField(max_length=300, default="")
    serial = fields.CharField(max_length=80, default="")
    problem = fields.CharField(max_length=300, default="")
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "letters"
        unique_together = (("opd", "year", "seq"), ("subject_kind", "subject_id"))


class LetterCounter(Model):
    """The last number given out; locked while the next is taken, so no number is skipped or used twice."""

    id = fields.IntField(primary_key=True)
    opd = fields.CharField(max_length=40)
    year = fields.IntField()
    last_seq = fields.IntField(default=0)

    class Meta(Model.Meta):
        table = "letter_counters"
        unique_together = (("opd", "year"),)
