-- Materialized views that others need, in names that sort against their order, through views and functions.
CREATE TABLE base (id integer PRIMARY KEY, n integer);
INSERT INTO base SELECT n, n * n FROM generate_series(1, 30) n;
CREATE MATERIALIZED VIEW z1 AS SELECT id, n FROM base GROUP BY id;
CREATE VIEW y1 AS SELECT n FROM z1 WHERE n > 4;
CREATE VIEW x1 AS SELECT max(n) AS most FROM y1;
CREATE MATERIALIZED VIEW w1 AS SELECT most, (SELECT count(*) FROM z1) AS n FROM x1;
CREATE RULE nothing AS ON INSERT TO y1 DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW a1 AS SELECT * FROM w1;
CREATE INDEX ON a1 (most);
CREATE UNIQUE INDEX ON w1 (n);
CREATE STATISTICS of_a1 ON most, n FROM a1;
ALTER MATERIALIZED VIEW a1 OWNER TO pgark_owner;
GRANT SELECT ON w1, base TO pgark_owner;
GRANT SELECT (most) ON a1 TO pgark_reader;
CREATE MATERIALIZED VIEW never AS SELECT * FROM a1 WITH NO DATA;
CREATE MATERIALIZED VIEW after_never AS SELECT count(*) FROM base WITH NO DATA;
CREATE VIEW of_never AS SELECT * FROM never;
CREATE TABLE copies (r a1, rs a1[]);
