-- Materialized views: populated and not, chains of them, options, one that needs a primary key.
CREATE TABLE base (id integer PRIMARY KEY, name text, amount integer);
INSERT INTO base SELECT n, 'n' || n, n * 10 FROM generate_series(1, 10) n;
CREATE MATERIALIZED VIEW z_first WITH (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_enabled = false) AS SELECT id, name, amount FROM base WHERE id > 2;
CREATE MATERIALIZED VIEW second AS SELECT count(*) AS n, max(name) AS m FROM z_first;
CREATE VIEW between AS SELECT n FROM second;
CREATE MATERIALIZED VIEW a_third AS SELECT n + 1 AS n FROM between;
CREATE MATERIALIZED VIEW unpopulated AS SELECT 1 AS a WITH NO DATA;
CREATE MATERIALIZED VIEW grouped AS SELECT id, name, sum(amount) FROM base GROUP BY id;
CREATE MATERIALIZED VIEW over_grouped AS SELECT id FROM grouped;
CREATE UNIQUE INDEX z_first_id ON z_first (id);
ALTER MATERIALIZED VIEW z_first ALTER name SET STATISTICS 40;
ALTER MATERIALIZED VIEW z_first ALTER name SET STORAGE EXTERNAL;
ALTER MATERIALIZED VIEW z_first ALTER amount SET (n_distinct = 5);
ALTER MATERIALIZED VIEW z_first CLUSTER ON z_first_id;
CREATE MATERIALIZED VIEW "No Columns" AS SELECT;
COMMENT ON MATERIALIZED VIEW second IS 'materialized';
