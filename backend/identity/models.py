"""Tables of people: personal fields are sealed, look-ups go through blind indexes."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Person(Model):
    """Someone known by a phone number. NIK, phone and address are sealed to this row.

    `field_dates` says since when a value of the profile is what it is (ISO 8601 by name); not every date is known.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120, default="")
    phone_sealed = fields.BinaryField()
    phone_index = fields.CharField(max_length=64, unique=True)
    nik_sealed = fields.BinaryField(null=True)
    nik_index = fields.CharField(max_length=64, null=True, db_index=True)
    address_sealed = fields.BinaryField(null=True)
    kelurahan = fields.CharField(max_length=13, null=True)
    locale = fields.CharField(max_length=2, default="id")
    version = fields.IntField(default=0)
    field_dates: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "people"


class PostHeld(Model):
    """A post in an OPD held by a person from one date to another (the end may be open).

    `level`: 1 the mayor, 2 heads, 3 deputies (sekretaris dinas), 4 everyone else.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    opd = fields.CharField(max_length=40)
    role = fields.CharField(max_length=20)
    title = fields.CharField(max_length=160)
    rank = fields.CharField(max_length=80, default="")
    nip = fields.CharField(max_length=18, default="")
    level = fields.SmallIntField(default=4)
    since = fields.DateField()
    until = fields.DateField(null=True)

    class Meta(Model.Meta):
        table = "posts_held"
        indexes = (("opd", "role"),)


class OneTimeCode(Model):
    """A code on its way: only its HMAC is kept, tries are counted here, one row per request."""

    id = fields.UUIDField(primary_key=True)
    challenge_hash = fields.CharField(max_length=64, unique=True)
    phone_index = fields.CharField(max_length=64, db_index=True)
    phone_sealed = fields.BinaryField()
    code_mac = fields.BinaryField()
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    tries = fields.IntField(default=0)
    used_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "one_time_codes"


class Session(Model):
    """A signed-in device; the cookie holds the token, this row only its hash. `opened_by`: code or passkey."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    label = fields.CharField(max_length=80)
    opened_by = fields.CharField(max_length=8, default="code")
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "sessions"


class Passkey(Model):
    """A passkey of a person (WebAuthn credential): the public half, how often it was used, whether it is synced.

    `credential_id` is base64url, `public_key` COSE (RFC 9052).
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    credential_id = fields.CharField(max_length=1400, unique=True)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField(default=0)
    backed_up = fields.BooleanField(default=False)
    transports = fields.CharField(max_length=80, default="")
    name = fields.CharField(max_length=60)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "passkeys"


class PasskeyChallenge(Model):
    """What a phone was asked to answer once, within five minutes; `person_id` for a registration only."""

    id = fields.UUIDField(primary_key=True)
    purpose = fields.CharField(max_length=8)
    person_id = fields.UUIDField(null=True)
    challenge = fields.BinaryField()
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "passkey_challenges"
