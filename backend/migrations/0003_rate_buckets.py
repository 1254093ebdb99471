"""Buckets that fill with the cost of requests and run dry with time; unlogged, for a crash may empty them."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0002_search_queue_guards")]

    operations = [
        ops.RunSQL(
            """
            CREATE UNLOGGED TABLE rate_buckets (
                name text PRIMARY KEY,
                level double precision NOT NULL,
                wait double precision NOT NULL,
                at timestamptz NOT NULL
            );
            """,
            "DROP TABLE rate_buckets;",
        ),
    ]
