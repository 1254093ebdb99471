-- What a user of PostGraphile adds to walk through the budget: views over the same summary tables, for the stage in force.
DROP SCHEMA IF EXISTS money CASCADE;
CREATE SCHEMA money;

CREATE VIEW money.city_parts AS
    SELECT y.year, t.opd, o.name, sum(t.amount)::numeric(20,2) AS total
    FROM budget_years y JOIN budget_totals t USING (import_id) JOIN opds o ON o.code = t.opd GROUP BY y.year, t.opd, o.name;
CREATE VIEW money.city_sources AS
    SELECT y.year, t.fund_source, s.name, sum(t.amount)::numeric(20,2) AS total
    FROM budget_years y JOIN budget_totals t USING (import_id) JOIN fund_sources s ON s.code = t.fund_source
    GROUP BY y.year, t.fund_source, s.name;
CREATE VIEW money.city_accounts AS
    SELECT y.year, a.account, sum(a.amount)::numeric(20,2) AS total
    FROM budget_years y JOIN budget_accounts a USING (import_id) GROUP BY y.year, a.account;
CREATE VIEW money.opd_sources AS
    SELECT y.year, t.opd, t.fund_source, s.name, t.amount AS total
    FROM budget_years y JOIN budget_totals t USING (import_id) JOIN fund_sources s ON s.code = t.fund_source;
CREATE VIEW money.opd_accounts AS
    SELECT y.year, a.opd, a.account, a.amount AS total FROM budget_years y JOIN budget_accounts a USING (import_id);
CREATE VIEW money.node_parts AS
    SELECT y.year, n.opd, n.level, left(n.code, CASE n.level WHEN 1 THEN 0 WHEN 2 THEN 7 ELSE 12 END) AS parent, n.code,
           coalesce(b.name, n.code) AS name, n.total
    FROM budget_years y JOIN budget_imports i ON i.id = y.import_id
    JOIN LATERAL (SELECT opd, level, code, sum(amount)::numeric(20,2) AS total FROM budget_nodes
                  WHERE import_id = y.import_id GROUP BY opd, level, code) n ON true
    LEFT JOIN budget_names b ON b.classification = i.classification AND b.code = n.code
         AND b.kind = CASE n.level WHEN 1 THEN 'programme' WHEN 2 THEN 'activity' ELSE 'sub_activity' END;
CREATE VIEW money.node_sources AS
    SELECT y.year, n.opd, n.level, n.code, n.fund_source, s.name, n.amount AS total
    FROM budget_years y JOIN budget_nodes n USING (import_id) JOIN fund_sources s ON s.code = n.fund_source;
CREATE VIEW money.account_lines AS
    SELECT y.year, l.opd, l.sub_activity, l.id AS line, l."row" AS file_row, l.account, coalesce(b.name, '') AS account_name,
           l.name, l.amount, l.written, s.short
    FROM budget_years y JOIN budget_imports i ON i.id = y.import_id JOIN budget_lines l ON l.import_id = y.import_id
    JOIN fund_sources s ON s.code = l.fund_source
    LEFT JOIN budget_names b ON (b.classification, b.kind, b.code) = (i.classification, 'account', l.account);

COMMENT ON VIEW money.city_parts IS E'@primaryKey year,opd';
COMMENT ON VIEW money.city_sources IS E'@primaryKey year,fund_source';
COMMENT ON VIEW money.city_accounts IS E'@primaryKey year,account';
COMMENT ON VIEW money.opd_sources IS E'@primaryKey year,opd,fund_source';
COMMENT ON VIEW money.opd_accounts IS E'@primaryKey year,opd,account';
COMMENT ON VIEW money.node_parts IS E'@primaryKey year,opd,level,code';
COMMENT ON VIEW money.node_sources IS E'@primaryKey year,opd,level,code,fund_source';
COMMENT ON VIEW money.account_lines IS E'@primaryKey line';
