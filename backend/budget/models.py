"""Tables of the budget: fund sources, imports, lines, and which import a stage of a year rests on."""

from typing import Any

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


class BudgetImport(Model):
    """One file on its way into the budget, and what became of it (rules.ImportState).

    Once it is in force, its lines are never changed: a correction is another import that supersedes it.
    `control_total` is what the city published for it, in rupiah with sen; `faults` the first thousand of
    `fault_count`, `notes` what is strange but true. `trial`: to be read only to say what would change. `sample`:
    invented; it counts until the city brings a file of its own. While it arrives in parts (BudgetFilePart),
    `sha256` and `key` are empty.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=20)
    year = fields.IntField()
    stage = fields.CharField(max_length=20)
    classification = fields.CharField(max_length=60)
    effective_on = fields.DateField()
    file_name = fields.CharField(max_length=200)
    sha256 = fields.CharField(max_length=64)
    size = fields.BigIntField()
    key = fields.CharField(max_length=160)
    control_total = fields.DecimalField(max_digits=20, decimal_places=2)
    state = fields.CharField(max_length=12)
    lines = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    total = fields.DecimalField(max_digits=20, decimal_places=2, default=0)
    fault_count = fields.IntField(default=0)
    faults: Any = fields.JSONField(default=list)
    note_count = fields.IntField(default=0)
    notes: Any = fields.JSONField(default=list)
    changes: Any = fields.JSONField(default=list)
    person_id = fields.UUIDField(null=True)
    person_name = fields.CharField(max_length=120, default="")
    at = fields.DatetimeField()
    done_at = fields.DatetimeField(null=True)
    superseded_by = fields.UUIDField(null=True)
    trial = fields.BooleanField(default=False)
    sample = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        table = "budget_imports"
        indexes = (("year", "stage", "kind"), ("sha256",))


class BudgetFilePart(Model):
    """One part of a file that arrives, numbered from 0: the SHA-256 that was announced, and whether it is here."""

    id = fields.BigIntField(primary_key=True)
    import_id = fields.UUIDField()
    number = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    kept = fields.BooleanField(default=False)

    class Meta(Model.Meta):
        table = "budget_file_parts"
        unique_together = (("import_id", "number"),)


class BudgetStage(Model):
    """From which day on a stage of a year counts, and the import whose lines it has."""

    id = fields.IntField(primary_key=True)
    year = fields.IntField()
    stage = fields.CharField(max_length=20)
    import_id = fields.UUIDField()
    effective_on = fields.DateField()

    class Meta(Model.Meta):
        table = "budget_stages"
        unique_together = (("year", "stage"),)


class BudgetLine(Model):
    """One line of one import, in rupiah with sen; `row` is its line in the file, `written` its text there.

    `stage` counts too: murni, pergeseran-1, pergeseran-2, perubahan (rules.read_stage). `price_code` is SIPD's code
    of the standard price, empty where the file has none.
    """

    id = fields.BigIntField(primary_key=True)
    import_id = fields.UUIDField()
    row = fields.IntField()
    year = fields.IntField()
    stage = fields.CharField(max_length=20)
    opd = fields.CharField(max_length=40)
    unit = fields.CharField(max_length=60, default="")
    sub_activity = fields.CharField(max_length=20, default="")
    fund_source = fields.CharField(max_length=40)
    account = fields.CharField(max_length=40)
    price_code = fields.CharField(max_length=60, default="")
    name = fields.CharField(max_length=300)
    amount = fields.DecimalField(max_digits=20, decimal_places=2)
    written = fields.TextField(default="")

    class Meta(Model.Meta):
        table = "budget_lines"


class BudgetName(Model):
    """What a code is called under a decree: of a field, programme, activity, sub-activity, account or unit."""

    id = fields.IntField(primary_key=True)
    classification = fields.CharField(max_length=60)
    kind = fields.CharField(max_length=20)
    code = fields.CharField(max_length=60)
    name = fields.CharField(max_length=300)

    class Meta(Model.Meta):
        table = "budget_names"
        unique_together = (("classification", "kind", "code"),)


class BudgetOffice(Model):
    """The OPD behind an SIPD code of an office; learned from the exports, which hold both code and name."""

    code = fields.CharField(max_length=60, primary_key=True)
    opd = fields.CharField(max_length=40)

    class Meta(Model.Meta):
        table = "budget_offices"


class RealisationRow(Model):
    """What an OPD was paid for one account up to the day of its import, beside its budget and last year's.

    `sub_activity` is empty where the file does not say, and may be a programme or an activity only.
    """

    id = fields.BigIntField(primary_key=True)
    import_id = fields.UUIDField()
    row = fields.IntField()
    opd = fields.CharField(max_length=40)
    sub_activity = fields.CharField(max_length=20, default="")
    account = fields.CharField(max_length=40)
    name = fields.CharField(max_length=300)
    budget = fields.DecimalField(max_digits=20, decimal_places=2)
    realised = fields.DecimalField(max_digits=20, decimal_places=2)
    last_year = fields.DecimalField(max_digits=20, decimal_places=2)
    written = fields.TextField()

    class Meta(Model.Meta):
        table = "realisations"
        indexes = (("import_id", "opd", "account"),)


class DjpkFigure(Model):
    """A kind of revenue, spending or financing as the ministry's portal shows it, in rupiah (rounded by it)."""

    id = fields.IntField(primary_key=True)
    import_id = fields.UUIDField()
    row = fields.IntField()
    level = fields.IntField()
    name = fields.CharField(max_length=120)
    parent = fields.CharField(max_length=120)
    budget = fields.DecimalField(max_digits=20, decimal_places=2)
    realised = fields.DecimalField(max_digits=20, decimal_places=2)
    written = fields.TextField()

    class Meta(Model.Meta):
        table = "djpk_figures"
        unique_together = (("import_id", "name"),)


class BudgetExport(Model):
    """A place of an import as it was first taken away: the hash of the file that is kept, and its signature (DER).

    `opd` and `code` are empty where the place is the city or an OPD.
    """

    id = fields.BigIntField(primary_key=True)
    import_id = fields.UUIDField()
    opd = fields.CharField(max_length=40)
    code = fields.CharField(max_length=20)
    form = fields.CharField(max_length=4)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    signature = fields.BinaryField()
    at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "budget_exports"
        unique_together = (("import_id", "opd", "code", "form"),)
