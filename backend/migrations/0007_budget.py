"""The public budget: lines, fund sources, and totals kept in the same transaction."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0006_partners")]

    operations = []
