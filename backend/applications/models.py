"""Tables of cases, their documents, their returns and who opened them."""

from tortoise import fields
from tortoise.models import Model


class Application(Model):
    """A case. `version` counts its events; `opd` is who works on it now, `home_opd` whose service it is."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=10, unique=True)
    service_code = fields.CharField(max_length=40)
    service_version = fields.IntField()
    home_opd = fields.CharField(max_length=40)
    opd = fields.CharField(max_length=40)
    applicant_id = fields.UUIDField()
    kelurahan = fields.CharField(max_length=13, null=True)
    state = fields.CharField(max_length=40)
    state_kind = fields.CharField(max_length=20)
    version = fields.IntField()
    answers_sealed = fields.BinaryField()
    submitted_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    # The promise for sorting: far in the future where there is none, so that lists page by one key.
    order_at = fields.DatetimeField()
    taken_by = fields.UUIDField(null=True)
    taken_name = fields.CharField(max_length=120, default="")
    assisted_by = fields.UUIDField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "applications"


class Assistance(Model):
    """Who applied for the resident of a case, and how many such cases this helper had in the seven days to then."""

    id = fields.UUIDField(primary_key=True)
    application_id = fields.UUIDField(unique=True)
    helper_id = fields.UUIDField()
    helper_name = fields.CharField(max_length=120)
    relation = fields.CharField(max_length=20)
    in_week = fields.IntField()
    over_limit = fields.BooleanField(default=False)
    at = fields.DatetimeField()
    told_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "assistances"
        indexes = (("helper_id", "at"),)


class Upload(Model):
    """A file on its way: asked for, then stored; it becomes a document when a case takes it.

    `sent_sha256` is what the phone announced; `sha256` is what is kept, which differs for a photo that said
    where it was taken. `taken` says that a case has it, for ever.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    media_type = fields.CharField(max_length=20)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    sent_sha256 = fields.CharField(max_length=64, default="")
    sent_size = fields.IntField(default=0)
    key = fields.CharField(max_length=160)
    stored = fields.BooleanField(default=False)
    taken = fields.BooleanField(default=False)
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "uploads"
        indexes = (("person_id", "sent_sha256"),)


class UploadPart(Model):
    """One part of a file on its way; the row stands before the bytes do, so that sweeping finds both."""

    id = fields.UUIDField(primary_key=True)
    upload_id = fields.UUIDField()
    number = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    kept = fields.BooleanField(default=False)
    at = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "upload_parts"
        unique_together = (("upload_id", "number"),)


class Draft(Model):
    """A half-filled form that a person's phones share; `draft_id` was made on the phone, answers are sealed."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    draft_id = fields.UUIDField()
    version = fields.IntField()
    service_code = fields.CharField(max_length=40)
    service_version = fields.IntField()
    content_sealed = fields.BinaryField()
    step = fields.IntField()
    changed_at = fields.DatetimeField()
    kept_until = fields.DatetimeField(db_index=True)

    class Meta(Model.Meta):
        table = "drafts"
        unique_together = (("person_id", "draft_id"),)


class DraftDocument(Model):
    """A file of a draft, in the order of its pages; while it stands, the upload is not swept."""

    id = fields.UUIDField(primary_key=True)
    draft_id = fields.UUIDField(db_index=True)
    upload_id = fields.UUIDField(db_index=True)
    position = fields.IntField()
    requirement = fields.CharField(max_length=40)
    media_type = fields.CharField(max_length=20)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)

    class Meta(Model.Meta):
        table = "draft_documents"


class CaseDocument(Model):
    """One page or file of a requirement of a case; replaced ones stay for the record.

    `upload_id` is empty where the bytes came by reference: the same file twice in one case, or a document of
    an earlier case of the same person (`copied_from`).
    """

    id = fields.UUIDField(primary_key=True)
    application_id = fields.UUIDField(db_index=True)
    upload_id = fields.UUIDField(unique=True, null=True)
    copied_from = fields.UUIDField(null=True)
    requirement = fields.CharField(max_length=40)
    page = fields.IntField()
    media_type = fields.CharField(max_length=20)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    key = fields.CharField(max_length=160)
    uploaded_at = fields.DatetimeField()
    replaced_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "case_documents"


class CaseReturn(Model):
    """A case handed back for one published requirement: at most once each, for ever."""

    id = fields.UUIDField(primary_key=True)
    application_id = fields.UUIDField()
    requirement = fields.CharField(max_length=40)
    reason = fields.CharField(max_length=600)
    by_office = fields.CharField(max_length=40)
    at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    cost = fields.IntField(default=0)

    class Meta(Model.Meta):
        table = "case_returns"
        unique_together = (("application_id", "requirement"),)


class CasePause(Model):
    """A stretch in which a case waited for a signer that was away; `cost` in the promise's unit once it is over."""

    id = fields.UUIDField(primary_key=True)
    application_id = fields.UUIDField(db_index=True)
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)
    cost = fields.IntField(default=0)

    class Meta(Model.Meta):
        table = "case_pauses"


class CaseRead(Model):
    """Someone opened a document or letter of a case; the resident sees every row."""

    id = fields.UUIDField(primary_key=True)
    application_id = fields.UUIDField()
    person_id = fields.UUIDField(null=True)
    office = fields.CharField(max_length=40)
    role = fields.CharField(max_length=20)
    what = fields.CharField(max_length=120)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "case_reads"
        indexes = (("application_id", "at"),)
