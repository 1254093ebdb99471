-- What a user of PostGraphile adds to tables without foreign keys: smart tags, three views and a function.
DROP SCHEMA IF EXISTS peers CASCADE;
CREATE SCHEMA peers;

COMMENT ON TABLE services IS E'@foreignKey (opd) references opds (code)';
COMMENT ON TABLE applications IS
    E'@foreignKey (service_code) references services (code)\n@foreignKey (opd) references opds (code)';

CREATE OR REPLACE VIEW peers.case_events AS
    SELECT id, subject_id AS application_id, seq, kind, at FROM recorded_events WHERE subject_kind = 'application';
COMMENT ON VIEW peers.case_events IS
    E'@primaryKey id\n@foreignKey (application_id) references public.applications (id)|@foreignFieldName timeline';

CREATE OR REPLACE FUNCTION peers.inbox(office text) RETURNS SETOF applications
    LANGUAGE sql STABLE AS $body$
        SELECT * FROM applications WHERE opd = office AND closed_at IS NULL ORDER BY order_at, submitted_at, id
    $body$;

CREATE OR REPLACE VIEW peers.budget_by_source AS
    SELECT l.year, l.opd, l.fund_source, sum(l.amount) AS total
    FROM budget_lines l JOIN budget_years USING (year, stage) GROUP BY l.year, l.opd, l.fund_source;
CREATE OR REPLACE VIEW peers.kept_by_source AS
    SELECT t.year, t.opd, t.fund_source, t.amount AS total
    FROM budget_totals t JOIN budget_years USING (year, stage);

COMMENT ON VIEW peers.budget_by_source IS
    E'@primaryKey year,opd,fund_source\n@foreignKey (opd) references public.opds (code)\n@foreignKey (fund_source) references public.fund_sources (code)';
COMMENT ON VIEW peers.kept_by_source IS
    E'@primaryKey year,opd,fund_source\n@foreignKey (opd) references public.opds (code)\n@foreignKey (fund_source) references public.fund_sources (code)';

-- The product checks these at the import; PostGraphile finds its relations by them.
COMMENT ON TABLE budget_lines IS
    E'@foreignKey (opd) references public.opds (code)\n@foreignKey (fund_source) references public.fund_sources (code)';
