-- Extended statistics.
CREATE SCHEMA elsewhere;
CREATE TABLE t (a integer, b integer, "C c" text);
INSERT INTO t SELECT n % 3, n % 5, n::text FROM generate_series(1, 50) n;
CREATE STATISTICS all_kinds ON a, b, "C c" FROM t;
CREATE STATISTICS elsewhere."Some Kinds" (ndistinct, dependencies) ON a, b FROM t;
CREATE STATISTICS mcv_only (mcv) ON b, a FROM t;
ALTER STATISTICS all_kinds SET STATISTICS 99;
ALTER STATISTICS mcv_only SET STATISTICS 0;
COMMENT ON STATISTICS all_kinds IS 'statistics';
CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t;
CREATE STATISTICS of_matview ON a, b FROM m;
CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a);
CREATE STATISTICS of_partitioned ON a, b FROM p;
