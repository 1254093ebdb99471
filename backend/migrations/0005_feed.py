"""What changed, said with NOTIFY at commit: versions of reference data, events of cases."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0004_summaries")]

    operations = []
