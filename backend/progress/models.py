"""Tables of physical progress: milestones of a sub-activity, their photos, and the kelurahan it is for."""

from tortoise import fields
from tortoise.models import Model


class Milestone(Model):
    """One step of the work under a sub-activity of a year: planned for a day, done on a day, so many percent.

    `percent` is how far the step is, 0 to 100, and 100 exactly when `done_on` is set. A removed one is no longer
    shown; its events stay.
    """

    id = fields.UUIDField(primary_key=True)
    year = fields.IntField()
    opd = fields.CharField(max_length=40)
    code = fields.CharField(max_length=20)
    name = fields.CharField(max_length=160)
    text = fields.CharField(max_length=2000, default="")
    planned_on = fields.DateField()
    done_on = fields.DateField(null=True)
    percent = fields.SmallIntField(default=0)
    version = fields.IntField()
    person_id = fields.UUIDField()
    person_name = fields.CharField(max_length=120)
    at = fields.DatetimeField()
    removed = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        table = "milestones"
        indexes = (("year", "opd", "code"),)


class MilestonePhoto(Model):
    """A photo of a milestone, kept without the place it was taken at."""

    id = fields.UUIDField(primary_key=True)
    milestone_id = fields.UUIDField(db_index=True)
    upload_id = fields.UUIDField(unique=True)
    key = fields.CharField(max_length=160)
    sha256 = fields.CharField(max_length=64)
    size = fields.BigIntField()
    media_type = fields.CharField(max_length=40)
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "milestone_photos"


class BudgetLocation(Model):
    """A kelurahan that a sub-activity of a year is for; `share` in percent of its money, where that is known."""

    id = fields.BigIntField(primary_key=True)
    year = fields.IntField()
    opd = fields.CharField(max_length=40)
    code = fields.CharField(max_length=20)
    kelurahan = fields.CharField(max_length=13)
    share = fields.DecimalField(max_digits=5, decimal_places=2, null=True)

    class Meta(Model.Meta):
        table = "budget_locations"
        unique_together = (("year", "opd", "code", "kelurahan"),)
