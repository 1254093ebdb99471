"""Half-filled forms that the phones of one person share, with their files."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0008_parts')]

    operations = [
        ops.CreateModel(
            name='Draft',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('person_id', fields.UUIDField()),
                ('draft_id', fields.UUIDField()),
                ('version', fields.IntField()),
                ('service_code', fields.CharField(max_length=40)),
                ('service_version', fields.IntField()),
                ('content_sealed', fields.BinaryField()),
                ('step', fields.IntField()),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('kept_until', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'drafts', 'app': 'models', 'unique_together': (('person_id', 'draft_id'),), 'pk_attr': 'id', 'table_description': "A half-filled form that a person's phones share; `draft_id` was made on the phone, answers are sealed."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DraftDocument',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('draft_id', fields.UUIDField(db_index=True)),
                ('upload_id', fields.UUIDField(db_index=True)),
                ('position', fields.IntField()),
                ('requirement', fields.CharField(max_length=40)),
                ('media_type', fields.CharField(max_length=20)),
                ('size', fields.IntField()),
                ('sha256', fields.CharField(max_length=64)),
            ],
            options={'table': 'draft_documents', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A file of a draft, in the order of its pages; while it stands, the upload is not swept.'},
            bases=['Model'],
        ),
    ]
