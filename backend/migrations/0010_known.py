"""Since when the city holds a value of a profile, and which document of an earlier case was used again."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0009_drafts')]

    operations = [
        ops.AddField(
            model_name='CaseDocument',
            name='copied_from',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Person',
            name='field_dates',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
    ]
