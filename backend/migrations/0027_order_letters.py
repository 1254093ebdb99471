"""A delegation counts from the signature of its order, or from the word of who recorded an order on paper."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# What stood before was recorded with a number that somebody typed: it counted at once.
STANDS = "UPDATE delegations SET signed_at = created_at"

# An order that waits for its signature is in nobody's way: only what is signed may not overlap.
GUARDS = """
ALTER TABLE delegations DROP CONSTRAINT delegations_no_overlap;
ALTER TABLE delegations DROP CONSTRAINT delegations_ub_no_overlap;
ALTER TABLE delegations ADD CONSTRAINT delegations_no_overlap EXCLUDE USING gist
    (opd WITH =, kind WITH =, tstzrange(starts_at, stops_at) WITH &&) WHERE (kind <> 'ub' AND signed_at IS NOT NULL);
ALTER TABLE delegations ADD CONSTRAINT delegations_ub_no_overlap EXCLUDE USING gist
    (opd WITH =, receiver_id WITH =, tstzrange(starts_at, stops_at) WITH &&)
    WHERE (kind = 'ub' AND signed_at IS NOT NULL);
"""
NO_GUARDS = """
ALTER TABLE delegations DROP CONSTRAINT delegations_no_overlap;
ALTER TABLE delegations DROP CONSTRAINT delegations_ub_no_overlap;
ALTER TABLE delegations ADD CONSTRAINT delegations_no_overlap EXCLUDE USING gist
    (opd WITH =, kind WITH =, tstzrange(starts_at, stops_at) WITH &&) WHERE (kind <> 'ub');
ALTER TABLE delegations ADD CONSTRAINT delegations_ub_no_overlap EXCLUDE USING gist
    (opd WITH =, receiver_id WITH =, tstzrange(starts_at, stops_at) WITH &&) WHERE (kind = 'ub');
"""
LIVE = """
CREATE OR REPLACE FUNCTION live_delegations(moment timestamptz) RETURNS SETOF delegations LANGUAGE sql STABLE AS $body$
    SELECT d.* FROM delegations d
    WHERE d.starts_at <= moment AND moment < d.stops_at AND d.signed_at IS NOT NULL
      AND (d.kind <> 'ub' OR EXISTS (
        SELECT 1 FROM delegations p WHERE p.id = d.parent_id AND p.kind = 'an' AND p.signed_at IS NOT NULL
          AND p.starts_at <= moment AND moment < p.stops_at))
$body$;
"""
NO_LIVE = """
CREATE OR REPLACE FUNCTION live_delegations(moment timestamptz) RETURNS SETOF delegations LANGUAGE sql STABLE AS $body$
    SELECT d.* FROM delegations d
    WHERE d.starts_at <= moment AND moment < d.stops_at
      AND (d.kind <> 'ub' OR EXISTS (
        SELECT 1 FROM delegations p WHERE p.id = d.parent_id AND p.kind = 'an'
          AND p.starts_at <= moment AND moment < p.stops_at))
$body$;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0026_budget_files")]

    operations = [
        ops.AddField(model_name="Delegation", name="signed_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Delegation", name="said_by", field=fields.UUIDField(null=True)),
        ops.AddField(
            model_name="Delegation", name="said_by_name", field=fields.CharField(max_length=120, default="")
        ),
        ops.RunSQL(STANDS, "SELECT 1"),
        ops.RunSQL(GUARDS, NO_GUARDS),
        ops.RunSQL(LIVE, NO_LIVE),
    ]
