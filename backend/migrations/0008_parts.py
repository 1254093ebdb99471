"""Files in parts: which parts arrived, and what the phone said a file was."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

KNOWN = """
UPDATE uploads u SET sent_sha256 = sha256, sent_size = size,
    taken = EXISTS (SELECT FROM case_documents d WHERE d.upload_id = u.id);
"""
NOTHING = "SELECT 1;"
# What no case took is swept after a day; what a case took is most of the table, and none of the index.
INDEX = "CREATE INDEX uploads_unused ON uploads (asked_at) WHERE NOT taken;"
NO_INDEX = "DROP INDEX uploads_unused;"


class Migration(migrations.Migration):
    dependencies = [('models', '0007_budget')]

    operations = [
        ops.CreateModel(
            name='UploadPart',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('upload_id', fields.UUIDField()),
                ('number', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('kept', fields.BooleanField(default=False)),
                ('at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'upload_parts', 'app': 'models', 'unique_together': (('upload_id', 'number'),), 'pk_attr': 'id', 'table_description': 'One part of a file on its way; the row stands before the bytes do, so that sweeping finds both.'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='CaseDocument',
            name='upload_id',
            field=fields.UUIDField(null=True, unique=True),
        ),
        ops.AddField(
            model_name='Upload',
            name='sent_sha256',
            field=fields.CharField(default='', max_length=64),
        ),
        ops.AddField(
            model_name='Upload',
            name='sent_size',
            field=fields.IntField(default=0),
        ),
        ops.AddField(
            model_name='Upload',
            name='taken',
            field=fields.BooleanField(default=False),
        ),
        ops.AddIndex(
            model_name='Upload',
            index=Index(fields=['person_id', 'sent_sha256']),
        ),
        ops.RunSQL(KNOWN, NOTHING),
        ops.RunSQL(INDEX, NO_INDEX),
    ]
