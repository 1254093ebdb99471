"""Third-party apps: registered clients, their public keys and scopes."""

from tortoise import migrations


class Migration(migrations.Migration):
    dependencies = [("models", "0005_feed")]

    operations = []
