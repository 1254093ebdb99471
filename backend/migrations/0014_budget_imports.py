"""Imports of the budget: whose file each line comes from, sums below the OPD, and stages with their day."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

# Lines from before there were files belong to an import without one.
EARLIER = """
INSERT INTO budget_imports (id, kind, year, stage, classification, effective_on, file_name, sha256, size, key,
                            control_total, state, progress, lines, skipped, total, fault_count, faults, changes,
                            person_name, at)
SELECT gen_random_uuid(), 'expenditure', year, stage, '', make_date(year, 1, 1), '', '', 0, '',
       sum(amount), 'in_force', count(*), count(*), 0, sum(amount), 0, '[]', '[]', '', now()
FROM budget_lines GROUP BY year, stage;
UPDATE budget_lines l SET import_id = i.id FROM budget_imports i WHERE (i.year, i.stage) = (l.year, l.stage);
ALTER TABLE budget_lines ALTER import_id SET NOT NULL, ALTER "row" SET NOT NULL;
ALTER TABLE budget_lines ADD FOREIGN KEY (import_id) REFERENCES budget_imports (id);
INSERT INTO budget_stages (year, stage, import_id, effective_on)
    SELECT y.year, y.stage, i.id, make_date(y.year, 1, 1) FROM budget_years y JOIN budget_imports i USING (year, stage);
DROP INDEX budget_lines_largest;
CREATE INDEX budget_lines_largest ON budget_lines (import_id, opd, amount DESC, id);
CREATE INDEX budget_lines_sub ON budget_lines (import_id, opd, sub_activity, id);
CREATE UNIQUE INDEX budget_imports_once ON budget_imports (sha256) WHERE state IN ('in_force', 'superseded') AND sha256 <> '';
CREATE UNIQUE INDEX budget_imports_in_force ON budget_imports (kind, year, stage) WHERE state = 'in_force';
"""
SUMS = """
ALTER TABLE budget_totals ADD import_id uuid;
UPDATE budget_totals t SET import_id = i.id FROM budget_imports i WHERE (i.year, i.stage) = (t.year, t.stage);
ALTER TABLE budget_totals ALTER import_id SET NOT NULL;
ALTER TABLE budget_totals DROP CONSTRAINT budget_totals_pkey, ADD PRIMARY KEY (import_id, opd, fund_source);
-- Sums of programmes (1), activities (2) and sub-activities (3) of an OPD, by fund source.
CREATE TABLE budget_nodes (
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    opd varchar(40) NOT NULL,
    level smallint NOT NULL,
    code varchar(20) NOT NULL,
    fund_source varchar(40) NOT NULL,
    amount numeric(20,2) NOT NULL,
    lines int NOT NULL,
    PRIMARY KEY (import_id, opd, level, code, fund_source)
);
-- Sums by kind of account (jenis, 5.1.02) of an OPD.
CREATE TABLE budget_accounts (
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    opd varchar(40) NOT NULL,
    account varchar(6) NOT NULL,
    amount numeric(20,2) NOT NULL,
    lines int NOT NULL,
    PRIMARY KEY (import_id, opd, account)
);
DROP TABLE budget_years;
CREATE VIEW budget_years AS
    SELECT DISTINCT ON (year) year, stage, import_id FROM budget_stages
    WHERE effective_on <= (now() AT TIME ZONE 'Asia/Jakarta')::date
    ORDER BY year, effective_on DESC, id DESC;
"""
HEARD = "\n".join(
    f"CREATE TRIGGER {table}_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('budget');"
    for table in ("budget_stages", "budget_nodes", "budget_names")
)


class Migration(migrations.Migration):
    dependencies = [("models", "0013_passkeys")]

    operations = [
        ops.CreateModel(
            name="BudgetImport",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=20)),
                ("year", fields.IntField()),
                ("stage", fields.CharField(max_length=20)),
                ("classification", fields.CharField(max_length=60)),
                ("effective_on", fields.DateField()),
                ("file_name", fields.CharField(max_length=200)),
                ("sha256", fields.CharField(max_length=64)),
                ("size", fields.BigIntField()),
                ("key", fields.CharField(max_length=160)),
                ("control_total", fields.DecimalField(max_digits=20, decimal_places=2)),
                ("state", fields.CharField(max_length=12)),
                ("progress", fields.IntField(default=0)),
                ("lines", fields.IntField(default=0)),
                ("skipped", fields.IntField(default=0)),
                ("total", fields.DecimalField(max_digits=20, decimal_places=2, default=0)),
                ("fault_count", fields.IntField(default=0)),
                ("faults", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("changes", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("person_id", fields.UUIDField(null=True)),
                ("person_name", fields.CharField(max_length=120, default="")),
                ("at", fields.DatetimeField()),
                ("done_at", fields.DatetimeField(null=True)),
                ("superseded_by", fields.UUIDField(null=True)),
            ],
            options={
                "table": "budget_imports",
                "app": "models",
                "pk_attr": "id",
                "indexes": [Index(fields=["year", "stage", "kind"]), Index(fields=["sha256"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BudgetStage",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("year", fields.IntField()),
                ("stage", fields.CharField(max_length=20)),
                ("import_id", fields.UUIDField()),
                ("effective_on", fields.DateField()),
            ],
            options={
                "table": "budget_stages",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("year", "stage"),),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BudgetName",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("classification", fields.CharField(max_length=60)),
                ("kind", fields.CharField(max_length=20)),
                ("code", fields.CharField(max_length=60)),
                ("name", fields.CharField(max_length=300)),
            ],
            options={
                "table": "budget_names",
                "app": "models",
                "pk_attr": "id",
                "unique_together": (("classification", "kind", "code"),),
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="BudgetLine", name="import_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="BudgetLine", name="row", field=fields.IntField(default=0)),
        ops.AddField(model_name="BudgetLine", name="unit", field=fields.CharField(max_length=60, default="")),
        ops.AddField(
            model_name="BudgetLine", name="sub_activity", field=fields.CharField(max_length=20, default="")
        ),
        ops.AddField(model_name="BudgetLine", name="written", field=fields.TextField(default="")),
        ops.RunSQL(EARLIER),
        ops.RunSQL(SUMS),
        ops.RunSQL(HEARD),
    ]
