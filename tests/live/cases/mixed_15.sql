-- min: 15
-- What came with 15: NULLS NOT DISTINCT, security invoker views, columns of SET NULL, numeric scales below zero.
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, UNIQUE NULLS NOT DISTINCT (a, b));
CREATE UNIQUE INDEX one_null ON t (b) NULLS NOT DISTINCT;
INSERT INTO t VALUES (1, NULL, 1), (2, 1, NULL);
CREATE VIEW as_caller WITH (security_invoker = true) AS SELECT * FROM t;
CREATE TABLE refers (tenant integer, id integer, r integer, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, r) REFERENCES refers (tenant, id) ON DELETE SET NULL (r));
CREATE TABLE rounded (n numeric(3, -3), small numeric(2, 5));
INSERT INTO rounded VALUES (123456, 0.00012);
