"""Who applied for a resident: the helper of a case, and how often that was in a week."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0010_known')]

    operations = [
        ops.CreateModel(
            name='Assistance',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('application_id', fields.UUIDField(unique=True)),
                ('helper_id', fields.UUIDField()),
                ('helper_name', fields.CharField(max_length=120)),
                ('relation', fields.CharField(max_length=20)),
                ('in_week', fields.IntField()),
                ('over_limit', fields.BooleanField(default=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'assistances', 'app': 'models', 'indexes': [Index(fields=['helper_id', 'at'])], 'pk_attr': 'id', 'table_description': 'Who applied for the resident of a case, and how many such cases this helper had in the seven days to then.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Application',
            name='assisted_by',
            field=fields.UUIDField(null=True),
        ),
    ]
