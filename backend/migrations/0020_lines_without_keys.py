"""A budget line's OPD, fund source and import are checked by the import and by the keys of its sums, not once more a line."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# A million lines would ask each of these a million times; every sum of theirs still has them.
WITHOUT = """
ALTER TABLE budget_lines DROP CONSTRAINT budget_lines_opd_fkey, DROP CONSTRAINT budget_lines_fund_source_fkey,
    DROP CONSTRAINT budget_lines_import_id_fkey;
ALTER TABLE budget_totals ADD FOREIGN KEY (import_id) REFERENCES budget_imports (id);
"""
WITH = """
ALTER TABLE budget_totals DROP CONSTRAINT budget_totals_import_id_fkey;
ALTER TABLE budget_lines ADD FOREIGN KEY (opd) REFERENCES opds (code),
    ADD FOREIGN KEY (fund_source) REFERENCES fund_sources (code),
    ADD FOREIGN KEY (import_id) REFERENCES budget_imports (id);
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0019_scope")]

    operations = [ops.RunSQL(WITHOUT, WITH)]
