"""Tables of the budget: fund sources, lines, and which stage of a year is in force."""

from tortoise import fields
from tortoise.models import Model


class FundSource(Model):
    """Where money comes from (sumber dana), by its SIPD code such as 1.2.01.01.02."""

    code = fields.CharField(max_length=40, primary_key=True)
    name = fields.CharField(max_length=160)
    short = fields.CharField(max_length=40)
    earmarked = fields.BooleanField()

    class Meta(Model.Meta):
        table = "fund_sources"


class BudgetYear(Model):
    """The stage of a year that is in force; absorption is measured against it alone."""

    year = fields.IntField(primary_key=True, generated=False)
    stage = fields.CharField(max_length=20)

    class Meta(Model.Meta):
        table = "budget_years"


class BudgetLine(Model):
    """One line of one stage of one year, in rupiah with sen.

    `stage` counts too: murni, pergeseran-1, pergeseran-2, perubahan (rules.read_stage); year and stage
    together name one document of the city, whose file, control total and classification decree belong to it.
    """

    id = fields.BigIntField(primary_key=True)
    year = fields.IntField()
    stage = fields.CharField(max_length=20)
    opd = fields.CharField(max_length=40)
    fund_source = fields.CharField(max_length=40)
    account = fields.CharField(max_length=40)
    name = fields.CharField(max_length=300)
    amount = fields.DecimalField(max_digits=20, decimal_places=2)

    class Meta(Model.Meta):
        table = "budget_lines"
