"""Counts of cases per OPD, service and state, kept by the transactions that move cases."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Rows are only ever added by those who move a case, so two acts never wait for each other's counter.
COUNTS = """
CREATE TABLE case_counts (
    opd varchar(40) NOT NULL, service_code varchar(40) NOT NULL, state varchar(40) NOT NULL,
    state_kind varchar(20) NOT NULL, taken boolean NOT NULL, n integer NOT NULL
);
CREATE INDEX case_counts_places ON case_counts (opd, state_kind) INCLUDE (taken, n);

CREATE FUNCTION count_cases() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO case_counts VALUES
            (OLD.opd, OLD.service_code, OLD.state, OLD.state_kind, OLD.taken_by IS NOT NULL, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO case_counts VALUES
            (NEW.opd, NEW.service_code, NEW.state, NEW.state_kind, NEW.taken_by IS NOT NULL, 1);
    END IF;
    RETURN NULL;
END $body$;
CREATE TRIGGER count_cases_moved AFTER UPDATE ON applications FOR EACH ROW
    WHEN ((OLD.opd, OLD.service_code, OLD.state, OLD.state_kind, OLD.taken_by IS NOT NULL)
          IS DISTINCT FROM (NEW.opd, NEW.service_code, NEW.state, NEW.state_kind, NEW.taken_by IS NOT NULL))
    EXECUTE FUNCTION count_cases();
CREATE TRIGGER count_cases_made AFTER INSERT OR DELETE ON applications
    FOR EACH ROW EXECUTE FUNCTION count_cases();

CREATE FUNCTION count_no_cases() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    TRUNCATE case_counts;
    RETURN NULL;
END $body$;
CREATE TRIGGER count_cases_gone AFTER TRUNCATE ON applications
    FOR EACH STATEMENT EXECUTE FUNCTION count_no_cases();

INSERT INTO case_counts
    SELECT opd, service_code, state, state_kind, taken_by IS NOT NULL, count(*) FROM applications
    GROUP BY 1, 2, 3, 4, 5;
"""
NO_COUNTS = """
DROP TRIGGER count_cases_gone ON applications;
DROP TRIGGER count_cases_made ON applications;
DROP TRIGGER count_cases_moved ON applications;
DROP FUNCTION count_no_cases();
DROP FUNCTION count_cases();
DROP TABLE case_counts;
"""

INDEXES = """
DROP INDEX applications_closed;
CREATE INDEX applications_closed ON applications (opd, closed_at DESC, id DESC) WHERE closed_at IS NOT NULL;
CREATE INDEX applications_taken ON applications (taken_by) WHERE closed_at IS NULL AND taken_by IS NOT NULL;
"""
NO_INDEXES = """
DROP INDEX applications_taken;
DROP INDEX applications_closed;
CREATE INDEX applications_closed ON applications (opd, closed_at DESC) WHERE closed_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0003_rate_buckets")]

    operations = [ops.RunSQL(COUNTS, NO_COUNTS), ops.RunSQL(INDEXES, NO_INDEXES)]
