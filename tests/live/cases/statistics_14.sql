-- min: 14
-- Extended statistics on expressions.
CREATE TABLE t (a integer, b text);
INSERT INTO t SELECT n, n::text FROM generate_series(1, 20) n;
CREATE STATISTICS one_expression ON (a % 7) FROM t;
CREATE STATISTICS mixed (ndistinct, mcv) ON a, (lower(b)), (a || 'it''s') FROM t;
