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
    high = fields.BooleanField(default=False)
    # What a stand-in's scope is held against: the service, its fee in rupiah, and whether it may be passed on at all.
    service = fields.CharField(max_length=40, default="")
    amount = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    strategic = fields.BooleanField(default=False)
    intent_id = fields.UUIDField(null=True)
    requested_at = fields.DatetimeField(null=True)
    signed_at = fields.DatetimeField(null=True)
    certified = fields.BooleanField(default=False)
    issuer = fields.CharField(max_length=300, default="")
    serial = fields.CharField(max_length=80, default="")
    level = fields.CharField(max_length=5, default="B-B")
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


class LetterOpening(Model):
    """Somebody had these very bytes of a letter before them; `ahead` when a phone fetched them to be read later."""

    id = fields.UUIDField(primary_key=True)
    letter_id = fields.UUIDField()
    person_id = fields.UUIDField()
    sha256 = fields.CharField(max_length=64)
    ahead = fields.BooleanField(default=False)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "letter_openings"
        indexes = (("letter_id", "person_id"),)


class SigningIntent(Model):
    """What somebody is about to sign: the manifest whose hash the passkey signs. Used at most once.

    `ahead`: prepared for a phone without a signal, one letter, to the end of the day. `second`: a second assertion
    and a reason are needed.
    """

    id = fields.UUIDField(primary_key=True)
    signer_id = fields.UUIDField()
    manifest = fields.TextField()
    ahead = fields.BooleanField(default=False)
    second = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=600, default="")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "signing_intents"


class SigningEvidence(Model):
    """An assertion that approved an intent, with all that anyone needs to check it (docs/signing.md).

    `turn` is 1, or 2 for the second assertion. The public key is kept as COSE (RFC 9052), as the passkey gave it.
    """

    id = fields.UUIDField(primary_key=True)
    intent_id = fields.UUIDField()
    turn = fields.IntField()
    credential_id = fields.BinaryField()
    public_key = fields.BinaryField()
    authenticator_data = fields.BinaryField()
    client_data = fields.BinaryField()
    signature = fields.BinaryField()
    user_verified = fields.BooleanField()
    sign_count = fields.BigIntField()
    origin = fields.CharField(max_length=300)
    rp_id = fields.CharField(max_length=253)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "signing_evidence"
        unique_together = (("intent_id", "turn"),)


class SigningAttempt(Model):
    """One draft given to a signer: the unique pair keeps a retry from signing twice.

    `state`: asked (an answer is awaited since `at`), free (surely not signed), unknown (the answer was lost; what
    was made may be fetched under `reference`), signed (and kept as `signed_sha256`). `decided_at` tells one
    decision from the next.
    """

    id = fields.UUIDField(primary_key=True)
    letter_id = fields.UUIDField()
    draft_sha256 = fields.CharField(max_length=64)
    provider = fields.CharField(max_length=20)
    state = fields.CharField(max_length=10)
    reference = fields.CharField(max_length=120, default="")
    signed_sha256 = fields.CharField(max_length=64, default="")
    decided_at = fields.DatetimeField()
    tries = fields.IntField(default=1)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "signing_attempts"
        unique_together = (("letter_id", "draft_sha256"),)


class SignerOutage(Model):
    """A stretch in which a signer did not answer; `ended_at` empty while it lasts. `reason` is for operators."""

    id = fields.UUIDField(primary_key=True)
    provider = fields.CharField(max_length=20)
    began_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=120)

    class Meta(Model.Meta):
        table = "signer_outages"


class LetterMark(Model):
    """A letter taken out of force: revoked, or replaced by another. Rows are added and never changed."""

    id = fields.UUIDField(primary_key=True)
    letter_id = fields.UUIDField(db_index=True)
    what = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=600)
    by_person = fields.UUIDField()
    by_name = fields.CharField(max_length=120)
    by_office = fields.CharField(max_length=40)
    replaced_by = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "letter_marks"
