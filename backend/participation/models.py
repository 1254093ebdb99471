"""Tables of what people follow, of public questions, and of proposals with who supports them."""

from tortoise import fields
from tortoise.models import Model


class Follow(Model):
    """A person follows a place of the budget (`opd`, and a `code` within it) or, without either, a kelurahan.

    `year` is the one in whose budget the place was seen; following goes on in the years after. A code is meant under
    a decree, its `classification` (empty without a code): a place that has been seen under several has a row for
    each. `first_id` is the row that the person made, its own id for that one; with it the others end.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    opd = fields.CharField(max_length=40, default="")
    code = fields.CharField(max_length=20, default="")
    kelurahan = fields.CharField(max_length=13, default="")
    classification = fields.CharField(max_length=60, default="")
    year = fields.IntField()
    since = fields.DatetimeField()
    first_id = fields.UUIDField(db_index=True)

    class Meta(Model.Meta):
        table = "budget_follows"
        unique_together = (("person_id", "opd", "code", "kelurahan", "classification"),)


class Question(Model):
    """A resident's public question on a place of the budget, and the OPD's public answer (rules.QuestionState).

    `place_name` is what the place was called when it was asked; `answered_as` who answers, as the public reads it.
    `round` counts within a conversation from 1; `first_id` is its first question, empty for that one itself.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    year = fields.IntField()
    opd = fields.CharField(max_length=40)
    code = fields.CharField(max_length=20)
    place_name = fields.CharField(max_length=300)
    text = fields.CharField(max_length=1000)
    state = fields.CharField(max_length=10)
    version = fields.IntField()
    asked_at = fields.DatetimeField()
    due_on = fields.DateField()
    answer = fields.CharField(max_length=4000, default="")
    answered_at = fields.DatetimeField(null=True)
    answered_as = fields.CharField(max_length=300, default="")
    hidden_why = fields.CharField(max_length=20, default="")
    late_told = fields.BooleanField(default=False)
    first_id = fields.UUIDField(null=True)
    round = fields.SmallIntField(default=1)

    class Meta(Model.Meta):
        table = "budget_questions"


class EarlierAnswer(Model):
    """What an answer said before it was mended, and who said it when; it stays readable."""

    id = fields.UUIDField(primary_key=True)
    question_id = fields.UUIDField(db_index=True)
    text = fields.CharField(max_length=4000)
    answered_at = fields.DatetimeField()
    answered_as = fields.CharField(max_length=300)

    class Meta(Model.Meta):
        table = "budget_earlier_answers"


class Proposal(Model):
    """What residents propose through the planning meetings (musrenbang) for a year, and how far it came.

    `forum` is where it was brought (rules.Forum); once it is in the budget, `opd` and `code` name its place in the
    budget of `year`. `estimate` is rupiah, where somebody made one. `reason` is that of the last step.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField(db_index=True)
    year = fields.IntField()
    kelurahan = fields.CharField(max_length=13)
    office = fields.CharField(max_length=40)
    forum = fields.CharField(max_length=10)
    title = fields.CharField(max_length=120)
    text = fields.CharField(max_length=2000)
    estimate = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    state = fields.CharField(max_length=10)
    version = fields.IntField()
    reason = fields.CharField(max_length=600, default="")
    opd = fields.CharField(max_length=40, default="")
    code = fields.CharField(max_length=20, default="")
    place_name = fields.CharField(max_length=300, default="")
    proposed_at = fields.DatetimeField()
    moved_at = fields.DatetimeField()
    supporters = fields.IntField(default=0)

    class Meta(Model.Meta):
        table = "proposals"


class Support(Model):
    """A person supports a proposal, once."""

    id = fields.UUIDField(primary_key=True)
    proposal_id = fields.UUIDField()
    person_id = fields.UUIDField()
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "proposal_supports"
        unique_together = (("proposal_id", "person_id"),)
