"""The cash plan by month, and what was paid by sub-activity and beside last year's."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

PLAN = """
CREATE TABLE cash_plans (
    id bigserial PRIMARY KEY,
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    "row" int NOT NULL,
    opd varchar(40) NOT NULL REFERENCES opds (code),
    sub_activity varchar(20) NOT NULL,
    account varchar(40) NOT NULL,
    name varchar(300) NOT NULL,
    months numeric(20,2)[] NOT NULL CHECK (cardinality(months) = 12),
    amount numeric(20,2) NOT NULL,
    written text NOT NULL
);
CREATE INDEX cash_plans_of ON cash_plans (import_id, opd, account);
-- Sums of a month (1 to 12) by kind of account (jenis, 5.1.02) of an OPD.
CREATE TABLE cash_plan_sums (
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    opd varchar(40) NOT NULL,
    account varchar(6) NOT NULL,
    month smallint NOT NULL,
    amount numeric(20,2) NOT NULL,
    PRIMARY KEY (import_id, opd, account, month)
);
"""
PAID = """
ALTER TABLE realisation_sums ADD last_year numeric(20,2) NOT NULL DEFAULT 0;
UPDATE realisation_sums s SET last_year = r.last_year FROM
    (SELECT import_id, opd, left(account, 6) AS account, sum(last_year) AS last_year FROM realisations
     GROUP BY import_id, opd, left(account, 6)) r
    WHERE (r.import_id, r.opd, r.account) = (s.import_id, s.opd, s.account);
-- Sums of spending of programmes (1), activities (2) and sub-activities (3) of an OPD.
CREATE TABLE realisation_nodes (
    import_id uuid NOT NULL REFERENCES budget_imports (id),
    opd varchar(40) NOT NULL,
    level smallint NOT NULL,
    code varchar(20) NOT NULL,
    budget numeric(20,2) NOT NULL,
    realised numeric(20,2) NOT NULL,
    PRIMARY KEY (import_id, opd, level, code)
);
"""
HEARD = "\n".join(
    f"CREATE TRIGGER {table}_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION lugas_changed('budget');"
    for table in ("cash_plan_sums", "realisation_nodes")
)
BACK = """
DROP TABLE realisation_nodes; ALTER TABLE realisation_sums DROP last_year;
DROP TABLE cash_plan_sums; DROP TABLE cash_plans;
"""


class Migration(migrations.Migration):
    dependencies = [("models", "0022_no_progress")]

    operations = [
        ops.AddField(
            model_name="RealisationRow",
            name="sub_activity",
            field=fields.CharField(max_length=20, default=""),
        ),
        ops.RunSQL(PLAN + PAID + HEARD, BACK),
    ]
