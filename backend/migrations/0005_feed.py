"""What changed, said with NOTIFY at commit: versions of reference data, events of cases."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# The trigger function for reference data; another table joins with
#   CREATE TRIGGER <table>_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON <table>
#       FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('<topic>');
FUNCTIONS = """
CREATE FUNCTION lugas_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_notify('lugas', 'v:' || TG_ARGV[0]);
    RETURN NULL;
END $body$;

CREATE FUNCTION lugas_person_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
    person text;
BEGIN
    FOR person IN SELECT DISTINCT p FROM unnest(ARRAY[before ->> TG_ARGV[0], after ->> TG_ARGV[0]]) AS p
        WHERE p IS NOT NULL
    LOOP
        PERFORM pg_notify('lugas', 'v:people:' || person);
    END LOOP;
    RETURN NULL;
END $body$;

CREATE FUNCTION lugas_event_recorded() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM pg_notify('lugas', 'e:' || json_build_object(
        'i', NEW.id, 'k', NEW.subject_kind, 's', NEW.subject_id, 'n', NEW.seq, 'e', NEW.kind, 'a', NEW.at,
        't', NEW.data ->> 'state', 'o', NEW.data ->> 'opd', 'c', NEW.data ->> 'came_from', 'w', NEW.actor_office
    )::text);
    RETURN NULL;
END $body$;
"""
NO_FUNCTIONS = """
DROP FUNCTION lugas_event_recorded(); DROP FUNCTION lugas_person_changed(); DROP FUNCTION lugas_changed();
"""

TABLES = ("opds", "kecamatan", "kelurahan", "holidays", "office_hours", "services", "service_versions")
CATALOGUE = "\n".join(
    f"CREATE TRIGGER {table}_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('catalogue');"
    for table in TABLES
)
NO_CATALOGUE = "\n".join(f"DROP TRIGGER {table}_moves ON {table};" for table in TABLES)

# Only what an actor is made of: a session's seen_at moves every few minutes and means nothing.
PEOPLE = """
CREATE TRIGGER sessions_move AFTER UPDATE OF revoked_at, expires_at, person_id ON sessions FOR EACH ROW
    WHEN ((OLD.revoked_at, OLD.expires_at, OLD.person_id)
        IS DISTINCT FROM (NEW.revoked_at, NEW.expires_at, NEW.person_id))
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER sessions_go AFTER DELETE ON sessions FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER posts_held_move AFTER INSERT OR UPDATE OR DELETE ON posts_held FOR EACH ROW
    EXECUTE FUNCTION lugas_person_changed('person_id');
CREATE TRIGGER people_move AFTER UPDATE ON people FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION lugas_person_changed('id');
CREATE TRIGGER people_go AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION lugas_person_changed('id');
CREATE TRIGGER sessions_all_go AFTER TRUNCATE ON sessions FOR EACH STATEMENT
    EXECUTE FUNCTION lugas_changed('people');
CREATE TRIGGER posts_held_all_go AFTER TRUNCATE ON posts_held FOR EACH STATEMENT
    EXECUTE FUNCTION lugas_changed('people');
CREATE TRIGGER people_all_go AFTER TRUNCATE ON people FOR EACH STATEMENT
    EXECUTE FUNCTION lugas_changed('people');
"""
NO_PEOPLE = """
DROP TRIGGER people_all_go ON people; DROP TRIGGER posts_held_all_go ON posts_held;
DROP TRIGGER sessions_all_go ON sessions; DROP TRIGGER people_go ON people; DROP TRIGGER people_move ON people;
DROP TRIGGER posts_held_move ON posts_held; DROP TRIGGER sessions_go ON sessions;
DROP TRIGGER sessions_move ON sessions;
"""

# No act can forget to tell: what was recorded is told with its commit, without a further round trip.
EVENTS = """
CREATE TRIGGER recorded_events_tell AFTER INSERT ON recorded_events FOR EACH ROW
    EXECUTE FUNCTION lugas_event_recorded();
"""
NO_EVENTS = "DROP TRIGGER recorded_events_tell ON recorded_events;"


class Migration(migrations.Migration):
    dependencies = [("models", "0004_summaries")]

    operations = [
        ops.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        ops.RunSQL(CATALOGUE, NO_CATALOGUE),
        ops.RunSQL(PEOPLE, NO_PEOPLE),
        ops.RunSQL(EVENTS, NO_EVENTS),
    ]
