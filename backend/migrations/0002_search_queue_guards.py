"""What models cannot say: full-text search, keyset indexes, the job queue, and the append-only guard."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from tortoise import migrations
from tortoise.migrations import operations as ops

SEARCH = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER TABLE services ADD COLUMN search_text text NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN search tsvector NOT NULL DEFAULT ''::tsvector;
CREATE INDEX services_search ON services USING gin (search);
CREATE INDEX services_search_text ON services USING gin (search_text gin_trgm_ops);
"""
NO_SEARCH = "ALTER TABLE services DROP COLUMN search; ALTER TABLE services DROP COLUMN search_text;"

INDEXES = """
CREATE INDEX applications_mine ON applications (applicant_id, submitted_at DESC, id DESC);
CREATE INDEX applications_inbox ON applications (opd, order_at, submitted_at, id) WHERE closed_at IS NULL;
CREATE INDEX applications_closed ON applications (opd, closed_at DESC) WHERE closed_at IS NOT NULL;
CREATE INDEX applications_queue ON applications (service_code, submitted_at, id) WHERE closed_at IS NULL;
CREATE INDEX applications_measured ON applications (service_code, closed_at DESC) WHERE state = 'issued';
CREATE INDEX notices_mine ON notices (person_id, at DESC, id DESC);
CREATE INDEX notices_unread ON notices (person_id) WHERE read_at IS NULL;
CREATE INDEX one_time_codes_recent ON one_time_codes (phone_index, asked_at DESC);
CREATE INDEX uploads_open ON uploads (expires_at) WHERE NOT stored;
"""
NO_INDEXES = """
DROP INDEX applications_mine; DROP INDEX applications_inbox; DROP INDEX applications_closed;
DROP INDEX applications_queue; DROP INDEX applications_measured; DROP INDEX notices_mine;
DROP INDEX notices_unread; DROP INDEX one_time_codes_recent; DROP INDEX uploads_open;
"""

# State is a fold over these rows: what was recorded stays recorded.
GUARD = """
CREATE FUNCTION recorded_events_stay() RETURNS trigger LANGUAGE plpgsql AS
    $body$ BEGIN RAISE EXCEPTION 'recorded events are append-only'; END $body$;
CREATE TRIGGER recorded_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON recorded_events
    FOR EACH STATEMENT EXECUTE FUNCTION recorded_events_stay();
CREATE TRIGGER service_versions_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON service_versions
    FOR EACH STATEMENT EXECUTE FUNCTION recorded_events_stay();
"""
NO_GUARD = """
DROP TRIGGER service_versions_stay ON service_versions;
DROP TRIGGER recorded_events_stay ON recorded_events;
DROP FUNCTION recorded_events_stay();
"""

_queue = QueryBuilderEnvironment()


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]

    operations = [
        ops.RunSQL(SEARCH, NO_SEARCH),
        ops.RunSQL(INDEXES, NO_INDEXES),
        ops.RunSQL(GUARD, NO_GUARD),
        ops.RunSQL(_queue.build_install_query(), _queue.build_uninstall_query()),
    ]
