"""Counts of cases per OPD, service and state, kept by the transactions that move cases."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0003_rate_buckets")]

    operations = []
