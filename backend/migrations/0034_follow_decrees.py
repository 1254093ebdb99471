"""A followed place is known by its code under each decree: in which one a code is meant, and which rows are one follow."""

from tortoise import migrations
from tortoise.migrations import operations as ops

DECREES = """
ALTER TABLE budget_follows ADD COLUMN classification varchar(60) NOT NULL DEFAULT '', ADD COLUMN first_id uuid;
UPDATE budget_follows SET first_id = id;
"""
# That of the newest stage of the follow's year that holds the place, or of the newest file that does.
MEANT = """
UPDATE budget_follows f SET classification = coalesce((
    SELECT i.classification FROM budget_imports i
    WHERE i.kind = 'expenditure' AND i.state IN ('in_force', 'superseded') AND EXISTS (
        SELECT FROM budget_nodes n WHERE n.import_id = i.id AND n.opd = f.opd AND n.code = f.code)
    ORDER BY i.year = f.year AND i.state = 'in_force' DESC, i.year = f.year DESC,
             i.year DESC, i.effective_on DESC, i.done_at DESC LIMIT 1), '')
WHERE f.code <> '';
"""
GUARDS = """
ALTER TABLE budget_follows ALTER COLUMN first_id SET NOT NULL,
    ADD CONSTRAINT follows_first FOREIGN KEY (first_id) REFERENCES budget_follows (id) ON DELETE CASCADE,
    DROP CONSTRAINT uid_budget_foll_person__9b6d23,
    ADD CONSTRAINT follows_once UNIQUE (person_id, opd, code, kelurahan, classification);
CREATE INDEX follows_of_first ON budget_follows (first_id);
"""
NO_GUARDS = """
DELETE FROM budget_follows WHERE first_id <> id;
DELETE FROM budget_follows f USING budget_follows o
    WHERE (f.person_id, f.opd, f.code, f.kelurahan) = (o.person_id, o.opd, o.code, o.kelurahan) AND f.id > o.id;
DROP INDEX follows_of_first;
ALTER TABLE budget_follows DROP CONSTRAINT follows_first, DROP CONSTRAINT follows_once,
    ADD CONSTRAINT uid_budget_foll_person__9b6d23 UNIQUE (person_id, opd, code, kelurahan);
"""
NO_DECREES = "ALTER TABLE budget_follows DROP COLUMN first_id, DROP COLUMN classification"


class Migration(migrations.Migration):
    dependencies = [("models", "0033_sample_budget")]

    operations = [
        ops.RunSQL(DECREES, NO_DECREES),
        ops.RunSQL(MEANT, "SELECT 1"),
        ops.RunSQL(GUARDS, NO_GUARDS),
    ]
