"""What a stand-in's scope is held against stands on the letter, so that the worker can ask again."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0018_travel")]

    operations = [
        ops.AddField(model_name="Letter", name="service", field=fields.CharField(max_length=40, default="")),
        ops.AddField(
            model_name="Letter",
            name="amount",
            field=fields.DecimalField(max_digits=20, decimal_places=2, null=True),
        ),
        ops.AddField(model_name="Letter", name="strategic", field=fields.BooleanField(default=False)),
    ]
