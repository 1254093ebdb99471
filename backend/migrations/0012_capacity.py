"""By what right a letter's signer acts, and the delegation that says so."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0011_assisted")]

    operations = [
        ops.AddField(
            model_name="Letter",
            name="capacity",
            field=fields.CharField(max_length=12, default="definitive"),
        ),
        ops.AddField(model_name="Letter", name="delegation_id", field=fields.UUIDField(null=True)),
    ]
