"""The public budget: lines, fund sources, and totals kept in the same transaction."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# Totals have no single key, so no model either; queries name their columns.
TABLES = """
CREATE TABLE budget_totals (
    year int NOT NULL,
    stage varchar(20) NOT NULL,
    opd varchar(40) NOT NULL REFERENCES opds (code),
    fund_source varchar(40) NOT NULL REFERENCES fund_sources (code),
    amount numeric(20,2) NOT NULL,
    lines int NOT NULL,
    PRIMARY KEY (year, stage, opd, fund_source)
);
ALTER TABLE budget_lines ADD FOREIGN KEY (opd) REFERENCES opds (code);
ALTER TABLE budget_lines ADD FOREIGN KEY (fund_source) REFERENCES fund_sources (code);
ALTER TABLE budget_lines ADD CHECK (amount >= 0);
CREATE INDEX budget_lines_largest ON budget_lines (year, stage, opd, amount DESC, id);
"""
# Readers hear that the public money moved (0005).
HEARD = "\n".join(
    f"CREATE TRIGGER {table}_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('budget');"
    for table in ("fund_sources", "budget_years", "budget_lines", "budget_totals")
)
NO_HEARD = """
DROP TRIGGER fund_sources_moves ON fund_sources; DROP TRIGGER budget_years_moves ON budget_years;
DROP TRIGGER budget_lines_moves ON budget_lines; DROP TRIGGER budget_totals_moves ON budget_totals;
"""
NO_TABLES = "DROP TABLE budget_totals;"


class Migration(migrations.Migration):
    dependencies = [("models", "0006_partners")]

    operations = [
        ops.CreateModel(
            name='FundSource',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ('name', fields.CharField(max_length=160)),
                ('short', fields.CharField(max_length=40)),
                ('earmarked', fields.BooleanField()),
            ],
            options={'table': 'fund_sources', 'app': 'models', 'pk_attr': 'code', 'table_description': 'Where money comes from (sumber dana), by its SIPD code such as 1.2.01.01.02.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BudgetYear',
            fields=[
                ('year', fields.IntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ('stage', fields.CharField(max_length=20)),
            ],
            options={'table': 'budget_years', 'app': 'models', 'pk_attr': 'year', 'table_description': 'The stage of a year that is in force; absorption is measured against it alone.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BudgetLine',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('year', fields.IntField()),
                ('stage', fields.CharField(max_length=20)),
                ('opd', fields.CharField(max_length=40)),
                ('fund_source', fields.CharField(max_length=40)),
                ('account', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=300)),
                ('amount', fields.DecimalField(max_digits=20, decimal_places=2)),
            ],
            options={'table': 'budget_lines', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One line of one stage of one year, in rupiah with sen.'},
            bases=['Model'],
        ),
        ops.RunSQL(TABLES, NO_TABLES),
        ops.RunSQL(HEARD, NO_HEARD),
    ]
