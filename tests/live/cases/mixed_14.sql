-- min: 14
-- Functions with SQL-standard bodies depend on what they name, and wait for keys.
CREATE TABLE t (id integer PRIMARY KEY, name text);
INSERT INTO t VALUES (1, 'a');
CREATE FUNCTION f(n integer) RETURNS integer LANGUAGE sql RETURN n + 1;
CREATE FUNCTION g() RETURNS SETOF t LANGUAGE sql BEGIN ATOMIC SELECT id, CASE WHEN id > 0 THEN name END FROM t GROUP BY id; END;
CREATE PROCEDURE p(IN a integer, OUT b integer) LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (a, 'p'); SELECT f(a); END;
CREATE VIEW v AS SELECT f(id) AS n FROM g();
CREATE TABLE multi (a int4multirange, b datemultirange);
INSERT INTO multi VALUES ('{[1,3),[5,8)}', '{}'), (NULL, '{[2024-01-01,2024-02-01)}');
CREATE TABLE compressed (t text COMPRESSION pglz);
CREATE TYPE r AS RANGE (subtype = text, collation = "C", multirange_type_name = "Many r");
CREATE TABLE uses_many (m "Many r");
INSERT INTO uses_many VALUES ('{[a,c)}');
