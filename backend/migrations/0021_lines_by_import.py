"""Each import's lines are a partition of their own: copied into a bare table, indexed at once, attached whole."""

from tortoise import migrations
from tortoise.migrations import operations as ops

PARTED = """
DROP INDEX budget_lines_largest;
DROP INDEX budget_lines_sub;
ALTER TABLE budget_lines RENAME TO budget_lines_before;
ALTER TABLE budget_lines_before DROP CONSTRAINT budget_lines_pkey;
CREATE TABLE budget_lines (LIKE budget_lines_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY LIST (import_id);
ALTER SEQUENCE budget_lines_id_seq OWNED BY budget_lines.id;
ALTER TABLE budget_lines ADD PRIMARY KEY (import_id, id);
CREATE INDEX budget_lines_largest ON budget_lines (import_id, opd, amount DESC, id);
CREATE INDEX budget_lines_sub ON budget_lines (import_id, opd, sub_activity, id);
-- What no import of a file brought, such as the rows of a benchmark.
CREATE TABLE budget_lines_rest PARTITION OF budget_lines DEFAULT;
INSERT INTO budget_lines SELECT * FROM budget_lines_before;
DROP TABLE budget_lines_before;
CREATE TRIGGER budget_lines_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON budget_lines
    FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('budget');
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0020_lines_without_keys")]

    operations = [ops.RunSQL(PARTED)]
