-- Relations in rare company: keys that are only indexes, types and functions of the system's schema, NOT NULL by a domain.
CREATE SCHEMA r;
CREATE TABLE r.target (a integer NOT NULL, b text, c integer);
CREATE UNIQUE INDEX target_a ON r.target (a);
CREATE UNIQUE INDEX target_both ON r.target (c, b) INCLUDE (a);
CREATE TABLE r.refers (a integer REFERENCES r.target (a), b text, c integer, FOREIGN KEY (b, c) REFERENCES r.target (b, c) MATCH SIMPLE ON UPDATE SET DEFAULT);
INSERT INTO r.target VALUES (1, 'x', 2);
INSERT INTO r.refers VALUES (1, 'x', 2);
CREATE TABLE r.tree (id integer, k integer, parent integer, PRIMARY KEY (id, k), FOREIGN KEY (parent, k) REFERENCES r.tree) PARTITION BY LIST (k);
CREATE TABLE r.tree_1 PARTITION OF r.tree FOR VALUES IN (1);
CREATE TABLE r.tree_2 PARTITION OF r.tree FOR VALUES IN (2);
INSERT INTO r.tree VALUES (1, 1, NULL), (2, 1, 1), (3, 2, 3);

-- Types and views that belong to the system.
CREATE TABLE r.like_catalog (LIKE pg_catalog.pg_am INCLUDING ALL);
CREATE VIEW r.of_catalog AS SELECT c.oid, c.relname, pg_get_userbyid(c.relowner) AS owner FROM pg_class c WHERE c.relkind = 'r'::"char";
CREATE TABLE r.catalog_rows (c pg_catalog.pg_class, i information_schema.sql_identifier, v information_schema.tables);
CREATE FUNCTION r.takes_catalog(pg_catalog.pg_proc) RETURNS name LANGUAGE sql AS 'SELECT $1.proname';

-- NOT NULL and defaults that come from a domain.
CREATE DOMAIN r.must AS integer NOT NULL DEFAULT 5 CHECK (VALUE > 0);
CREATE DOMAIN r.must_over AS r.must;
CREATE TABLE r.by_domain (a r.must, b r.must_over NOT NULL DEFAULT 6, c r.must[], d r.must DEFAULT 7);
INSERT INTO r.by_domain VALUES (1, 2, '{3}'), (DEFAULT, DEFAULT, NULL);
CREATE TABLE r.by_domain_child (e integer) INHERITS (r.by_domain);
INSERT INTO r.by_domain_child VALUES (1, 2, NULL, 3, 4);

-- A check that a child had before its parent, unchecked in one and checked in the other.
CREATE TABLE r.check_parent (a integer);
CREATE TABLE r.check_child (CONSTRAINT same CHECK (a > 0)) INHERITS (r.check_parent);
ALTER TABLE r.check_parent ADD CONSTRAINT same CHECK (a > 0) NOT VALID;
CREATE TABLE r.check_grandchild () INHERITS (r.check_child);
CREATE TABLE r.checked_late () INHERITS (r.check_parent);
ALTER TABLE r.checked_late ADD CONSTRAINT own CHECK (a <> 7) NOT VALID;
INSERT INTO r.check_grandchild VALUES (1);

-- Storage parameters of every kind of relation, and of the index behind a key.
CREATE TABLE r.options (a integer PRIMARY KEY WITH (fillfactor = 55, deduplicate_items = off), b text)
    WITH (log_autovacuum_min_duration = 0, vacuum_truncate = false, toast.vacuum_truncate = true, "autovacuum_enabled" = true);
CREATE VIEW r.barrier WITH (security_barrier = off) AS SELECT a FROM r.options;
CREATE TABLE r.parted (a integer) PARTITION BY HASH (a);
CREATE TABLE r.parted_0 PARTITION OF r.parted FOR VALUES WITH (MODULUS 1, REMAINDER 0) WITH (toast_tuple_target = 4080, parallel_workers = 0);

-- A partition with another owner, other privileges, row security and statistics than its parent.
ALTER TABLE r.parted_0 OWNER TO pgark_owner;
GRANT SELECT ON r.parted_0 TO pgark_reader;
ALTER TABLE r.parted_0 ALTER a SET STATISTICS 3, ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_partition ON r.parted_0 USING (a > 0);
INSERT INTO r.parted VALUES (1), (2);

-- A function and an operator of the user's own in pg_catalog, which a cast and a view need.
CREATE TYPE r.wrapped AS (n integer);
CREATE FUNCTION pg_catalog.pgark_unwrap(r.wrapped) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.n';
CREATE CAST (r.wrapped AS integer) WITH FUNCTION pg_catalog.pgark_unwrap(r.wrapped) AS ASSIGNMENT;
