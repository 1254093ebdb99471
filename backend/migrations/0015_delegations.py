"""Who may act in whose post: delegations, absences, offices without a signer, rungs; and the posts in force."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# Two stand-ins of one kind in one post never share a moment, whoever writes the rows.
GUARDS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE delegations ADD CONSTRAINT delegations_no_overlap EXCLUDE USING gist
    (opd WITH =, kind WITH =, tstzrange(starts_at, stops_at) WITH &&) WHERE (kind <> 'ub');
ALTER TABLE delegations ADD CONSTRAINT delegations_ub_no_overlap EXCLUDE USING gist
    (opd WITH =, receiver_id WITH =, tstzrange(starts_at, stops_at) WITH &&) WHERE (kind = 'ub');
ALTER TABLE delegations ADD CONSTRAINT delegations_in_order
    CHECK (starts_at < ends_at AND starts_at <= stops_at AND stops_at <= ends_at);
ALTER TABLE delegations ADD CONSTRAINT delegations_not_self CHECK (giver_id IS DISTINCT FROM receiver_id);
ALTER TABLE absences ADD CONSTRAINT absences_in_order
    CHECK (starts_at < ends_at AND starts_at <= stops_at AND stops_at <= ends_at);
CREATE INDEX delegations_live ON delegations (opd, stops_at);
CREATE INDEX delegations_not_handed ON delegations (starts_at) WHERE begun_at IS NULL;
CREATE INDEX delegations_not_over ON delegations (stops_at) WHERE over_at IS NULL;
CREATE UNIQUE INDEX signer_gaps_open ON signer_gaps (opd) WHERE until IS NULL;
CREATE TRIGGER delegations_move AFTER INSERT OR UPDATE OR DELETE ON delegations FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('receiver_id');
CREATE TRIGGER delegations_giver_moves AFTER INSERT OR UPDATE OR DELETE ON delegations FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('giver_id');
CREATE TRIGGER delegations_all_go AFTER TRUNCATE ON delegations FOR EACH STATEMENT
    EXECUTE FUNCTION lugas_changed('people');
"""
NO_GUARDS = """
DROP TRIGGER delegations_all_go ON delegations; DROP TRIGGER delegations_giver_moves ON delegations;
DROP TRIGGER delegations_move ON delegations;
DROP INDEX signer_gaps_open; DROP INDEX delegations_not_over; DROP INDEX delegations_not_handed;
DROP INDEX delegations_live;
ALTER TABLE absences DROP CONSTRAINT absences_in_order;
ALTER TABLE delegations DROP CONSTRAINT delegations_not_self;
ALTER TABLE delegations DROP CONSTRAINT delegations_in_order;
ALTER TABLE delegations DROP CONSTRAINT delegations_ub_no_overlap;
ALTER TABLE delegations DROP CONSTRAINT delegations_no_overlap;
"""

# The posts in which people may act at a moment. A stand-in has the post of the one they stand in for; while a plh,
# plt or pj covers all of a head's routine, the head's own post rests ("away": it reads, it does not sign), and a
# narrower one takes its services out of the head's hands (`without`).
POSTS = """
CREATE FUNCTION live_delegations(moment timestamptz) RETURNS SETOF delegations LANGUAGE sql STABLE AS $body$
    SELECT d.* FROM delegations d
    WHERE d.starts_at <= moment AND moment < d.stops_at
      AND (d.kind <> 'ub' OR EXISTS (
        SELECT 1 FROM delegations p WHERE p.id = d.parent_id AND p.kind = 'an'
          AND p.starts_at <= moment AND moment < p.stops_at))
$body$;

CREATE FUNCTION posts_in_force(moment timestamptz, day date)
RETURNS TABLE (person_id uuid, role varchar, opd varchar, title varchar, rank varchar, nip varchar, level smallint,
               capacity varchar, delegation uuid, services text[], most numeric, without text[], since date, id uuid)
LANGUAGE sql STABLE AS $body$
    SELECT h.person_id,
           CASE WHEN h.role = 'head' AND EXISTS (
               SELECT 1 FROM live_delegations(moment) d
               WHERE d.opd = h.opd AND d.kind IN ('plt', 'plh', 'pj') AND d.services IS NULL AND d.most IS NULL
           ) THEN 'away' ELSE h.role END::varchar,
           h.opd, h.title, h.rank, h.nip, h.level, 'definitive'::varchar, NULL::uuid, NULL::text[], NULL::numeric,
           CASE WHEN h.role = 'head' THEN ARRAY(
               SELECT jsonb_array_elements_text(d.services) FROM live_delegations(moment) d
               WHERE d.opd = h.opd AND d.kind IN ('plt', 'plh', 'pj') AND d.services IS NOT NULL AND d.most IS NULL
           ) ELSE '{}' END::text[],
           h.since, h.id
    FROM posts_held h WHERE h.since <= day AND (h.until IS NULL OR h.until >= day)
    UNION ALL
    SELECT d.receiver_id, 'head'::varchar, d.opd, d.title, d.receiver_rank, d.receiver_nip, 2::smallint, d.kind, d.id,
           CASE WHEN d.services IS NULL THEN NULL
                ELSE ARRAY(SELECT jsonb_array_elements_text(d.services)) END::text[],
           d.most, '{}'::text[], d.letter_date, d.id
    FROM live_delegations(moment) d
$body$;
"""
NO_POSTS = """
DROP FUNCTION posts_in_force(timestamptz, date);
DROP FUNCTION live_delegations(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0014_budget_imports")]

    operations = [
        ops.AddField(model_name="PostHeld", name="level", field=fields.SmallIntField(default=4)),
        ops.RunSQL("UPDATE posts_held SET level = 2 WHERE role = 'head'", "SELECT 1"),
        ops.CreateModel(
            name="Delegation",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("kind", fields.CharField(max_length=3)),
                ("opd", fields.CharField(max_length=40)),
                ("post_title", fields.CharField(max_length=160)),
                ("title", fields.CharField(max_length=200)),
                ("giver_id", fields.UUIDField(null=True)),
                ("giver_name", fields.CharField(max_length=120)),
                ("receiver_id", fields.UUIDField(db_index=True)),
                ("receiver_name", fields.CharField(max_length=120)),
                ("receiver_rank", fields.CharField(max_length=80, default="")),
                ("receiver_nip", fields.CharField(max_length=18, default="")),
                ("receiver_level", fields.SmallIntField()),
                ("letter_number", fields.CharField(max_length=80)),
                ("letter_date", fields.DateField()),
                ("starts_at", fields.DatetimeField()),
                ("ends_at", fields.DatetimeField()),
                ("stops_at", fields.DatetimeField()),
                ("services", fields.JSONField(null=True)),
                ("most", fields.DecimalField(max_digits=20, decimal_places=2, null=True)),
                ("reason", fields.CharField(max_length=12)),
                ("trip_id", fields.UUIDField(null=True)),
                ("parent_id", fields.UUIDField(null=True)),
                ("version", fields.IntField(default=1)),
                ("revoked_at", fields.DatetimeField(null=True)),
                ("revoked_by", fields.UUIDField(null=True)),
                ("begun_at", fields.DatetimeField(null=True)),
                ("over_at", fields.DatetimeField(null=True)),
                ("created_at", fields.DatetimeField()),
            ],
            options={"table": "delegations", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Absence",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("person_id", fields.UUIDField()),
                ("person_name", fields.CharField(max_length=120)),
                ("kind", fields.CharField(max_length=8)),
                ("starts_at", fields.DatetimeField()),
                ("ends_at", fields.DatetimeField()),
                ("stops_at", fields.DatetimeField()),
                ("trip_id", fields.UUIDField(null=True, unique=True)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField()),
            ],
            options={
                "table": "absences",
                "app": "models",
                "indexes": [Index(fields=["person_id", "starts_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignerGap",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("opd", fields.CharField(max_length=40)),
                ("since", fields.DatetimeField()),
                ("until", fields.DatetimeField(null=True)),
            ],
            options={"table": "signer_gaps", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LadderRung",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("subject_id", fields.UUIDField()),
                ("waiting_since", fields.DatetimeField()),
                ("rung", fields.SmallIntField()),
                ("at", fields.DatetimeField()),
            ],
            options={
                "table": "ladder_rungs",
                "app": "models",
                "unique_together": (("subject_id", "waiting_since", "rung"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.RunSQL(GUARDS, NO_GUARDS),
        ops.RunSQL(POSTS, NO_POSTS),
    ]
