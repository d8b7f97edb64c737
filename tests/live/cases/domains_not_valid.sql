-- Constraints that are not valid, with rows that break them: of domains wherever they stand, and of tables.
CREATE SCHEMA "D n";
CREATE DOMAIN "D n".small AS int;
CREATE DOMAIN "D n".smaller AS "D n".small CHECK (VALUE < 1000);
CREATE DOMAIN "D n".list AS "D n".small[];
CREATE TYPE "D n".pair AS (a "D n".small, b "D n".smaller[]);
CREATE DOMAIN "D n".paired AS "D n".pair;
CREATE TYPE "D n".span AS RANGE (subtype = "D n".small);
CREATE FUNCTION "D n".of_small(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TABLE "D n".t (
  id int PRIMARY KEY,
  d "D n".small DEFAULT -7,
  e "D n".smaller UNIQUE,
  a "D n".small[],
  l "D n".list,
  c "D n".pair,
  p "D n".paired,
  s "D n".span,
  plain int,
  g int GENERATED ALWAYS AS (id::"D n".small) STORED);
CREATE INDEX t_expression ON "D n".t ((plain::"D n".small));
CREATE TABLE "D n".child (x text) INHERITS ("D n".t);
CREATE TABLE "D n".parts (d "D n".small, x text) PARTITION BY LIST (d);
CREATE TABLE "D n".parts_1 PARTITION OF "D n".parts FOR VALUES IN (-1);
CREATE TABLE "D n".parts_2 PARTITION OF "D n".parts DEFAULT;
INSERT INTO "D n".t (id, d, e, a, l, c, p, s, plain) VALUES
  (-1, -1, -1, '{-1}', '{-2}', ROW(-3, '{-4}'), ROW(-5, '{-6}'), '[-9,-8)', -5),
  (2, DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL, 3);
INSERT INTO "D n".child (id, d, x) VALUES (-4, -4, 'child');
INSERT INTO "D n".parts VALUES (-1, 'one'), (-2, 'two'), (5, 'five');
CREATE MATERIALIZED VIEW "D n".seen AS SELECT d, e FROM "D n".t;
CREATE VIEW "D n".shown AS SELECT plain::"D n".small AS d FROM "D n".t;
ALTER DOMAIN "D n".small ADD CONSTRAINT "Pos itive" CHECK (VALUE > 0) NOT VALID;
ALTER DOMAIN "D n".small ADD CONSTRAINT by_function CHECK ("D n".of_small(VALUE) > 0) NOT VALID;
ALTER DOMAIN "D n".smaller ADD CONSTRAINT above CHECK (VALUE > 10) NOT VALID;
ALTER DOMAIN "D n".list ADD CONSTRAINT long CHECK (cardinality(VALUE) > 3) NOT VALID;
ALTER DOMAIN "D n".paired ADD CONSTRAINT whole CHECK ((VALUE).a > 3) NOT VALID;
COMMENT ON CONSTRAINT "Pos itive" ON DOMAIN "D n".small IS 'not yet';
COMMENT ON CONSTRAINT whole ON DOMAIN "D n".paired IS 'whole';
ALTER DOMAIN "D n".small OWNER TO pgark_owner;

CREATE TABLE "D n".checked (id int, other int);
INSERT INTO "D n".checked VALUES (-1, -1), (NULL, NULL);
ALTER TABLE "D n".checked ADD CONSTRAINT pos CHECK (id > 0) NOT VALID;
CREATE TABLE "D n".referencing (id int, r int);
INSERT INTO "D n".referencing VALUES (1, 77);
ALTER TABLE "D n".referencing ADD CONSTRAINT lost FOREIGN KEY (r) REFERENCES "D n".t (id) NOT VALID;
