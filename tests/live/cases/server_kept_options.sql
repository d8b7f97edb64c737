-- Options of columns as users set them, on every kind of relation that a server may add options of its own to.
CREATE TABLE t (a int, b text);
ALTER TABLE t ALTER a SET (n_distinct = 5), ALTER b SET (n_distinct_inherited = -0.5, n_distinct = 7);
CREATE VIEW v AS SELECT * FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
ALTER MATERIALIZED VIEW mv ALTER a SET (n_distinct = -1);
CREATE TYPE ct AS (x int, y text);
CREATE INDEX ti ON t ((a + 1), b) WITH (fillfactor = 50);
CREATE SEQUENCE s;
CREATE FOREIGN DATA WRAPPER kept_wrapper;
CREATE SERVER kept_server FOREIGN DATA WRAPPER kept_wrapper;
CREATE FOREIGN TABLE ft (a int OPTIONS (pg_host 'of a user')) SERVER kept_server;
ALTER FOREIGN TABLE ft ALTER a SET (n_distinct = 3);
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
ALTER TABLE p1 ALTER a SET (n_distinct = 2);
CREATE TABLE child (c int) INHERITS (t) WITH (fillfactor = 60);
INSERT INTO p VALUES (1);
