-- min: 14
-- Objects that need each other: every loop that a catalog can hold and a script can restore.
CREATE SCHEMA loop;

-- Two views that read each other, and one that reads itself through a function.
CREATE VIEW loop.v1 AS SELECT 1 AS a, 'x'::text COLLATE "C" AS b;
CREATE VIEW loop.v2 AS SELECT a, b FROM loop.v1;
CREATE FUNCTION loop.of_v1(loop.v1) RETURNS integer LANGUAGE sql AS 'SELECT $1.a';
CREATE OR REPLACE VIEW loop.v1 AS SELECT loop.of_v1(NULL::loop.v1) AS a, 'x'::text COLLATE "C" AS b;
CREATE VIEW loop.r1 WITH (security_barrier) AS SELECT 1::numeric(5, 2) AS a;
CREATE VIEW loop.r2 AS SELECT a FROM loop.r1;
CREATE OR REPLACE VIEW loop.r1 WITH (security_barrier) AS SELECT a FROM loop.r2;
COMMENT ON VIEW loop.r1 IS 'reads r2';
COMMENT ON COLUMN loop.r1.a IS 'itself';
ALTER VIEW loop.r1 ALTER COLUMN a SET DEFAULT 7;
GRANT SELECT ON loop.r1 TO PUBLIC;

-- Functions with SQL bodies that call each other are found at their creation.
CREATE TABLE loop.t (id integer, v integer);
CREATE FUNCTION loop.of_row(loop.t) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
ALTER TABLE loop.t ALTER COLUMN v SET DEFAULT loop.of_row(NULL);
ALTER TABLE loop.t ADD CONSTRAINT row_check CHECK (loop.of_row(t) > 0);
COMMENT ON CONSTRAINT row_check ON loop.t IS 'separate';
CREATE TABLE loop.inline (a integer DEFAULT 1, CONSTRAINT plain CHECK (a > 0));
COMMENT ON CONSTRAINT plain ON loop.inline IS 'inline';

-- A domain whose check takes the domain.
CREATE DOMAIN loop.d AS integer;
CREATE FUNCTION loop.of_domain(loop.d) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
ALTER DOMAIN loop.d ADD CONSTRAINT d_check CHECK (loop.of_domain(VALUE));
ALTER DOMAIN loop.d ADD CONSTRAINT d_plain CHECK (VALUE > 0);
COMMENT ON CONSTRAINT d_check ON DOMAIN loop.d IS 'separate';
COMMENT ON CONSTRAINT d_plain ON DOMAIN loop.d IS 'inline';

-- Everything that hangs on a primary key moves behind the data.
CREATE TABLE loop.p (id integer PRIMARY KEY, a integer, b integer);
CREATE VIEW loop.grouped AS SELECT id, a, b FROM loop.p GROUP BY id;
CREATE MATERIALIZED VIEW loop.m AS SELECT id, a, b FROM loop.p GROUP BY id;
CREATE INDEX m_index ON loop.m (a);
CREATE FUNCTION loop.body() RETURNS SETOF integer LANGUAGE sql
    BEGIN ATOMIC SELECT a FROM loop.p GROUP BY id; END;
CREATE FUNCTION loop.body_of_body() RETURNS integer LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT max(b) FROM loop.body() AS b(b); END;
COMMENT ON FUNCTION loop.body_of_body() IS 'late';
CREATE VIEW loop.over_body AS SELECT * FROM loop.body() AS b(b);
CREATE MATERIALIZED VIEW loop.m_over_body AS SELECT * FROM loop.over_body;
CREATE TABLE loop.default_body (a integer DEFAULT loop.body_of_body(), b integer CHECK (b > loop.body_of_body()));
CREATE FUNCTION loop.of_m(loop.m) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT ($1).a; END;
CREATE AGGREGATE loop.late(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE TABLE loop.keyed (id integer PRIMARY KEY, v text);
CREATE VIEW loop.grouped_twice AS SELECT g.id, k.v FROM loop.grouped g JOIN loop.keyed k USING (id) GROUP BY g.id, k.id;
CREATE RULE inserts AS ON INSERT TO loop.grouped DO INSTEAD INSERT INTO loop.p VALUES (NEW.id, NEW.a, NEW.b);

-- A range type and its canonical function.
CREATE TYPE loop.range;
CREATE FUNCTION loop.canonical(loop.range) RETURNS loop.range LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE loop.range AS RANGE (SUBTYPE = integer, CANONICAL = loop.canonical);
CREATE TABLE loop.ranges (r loop.range);
-- A base type and its functions.
CREATE TYPE loop.base;
CREATE FUNCTION loop.base_in(cstring) RETURNS loop.base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION loop.base_out(loop.base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE loop.base (INPUT = loop.base_in, OUTPUT = loop.base_out, LIKE = integer);
COMMENT ON TYPE loop.base IS 'full';
CREATE TABLE loop.bases (b loop.base DEFAULT '1');
-- Two tables that refer to each other, and one to itself.
CREATE TABLE loop.f1 (id integer PRIMARY KEY, other integer);
CREATE TABLE loop.f2 (id integer PRIMARY KEY, other integer REFERENCES loop.f1, self integer REFERENCES loop.f2);
ALTER TABLE loop.f1 ADD FOREIGN KEY (other) REFERENCES loop.f2;
-- A sequence owned by the column whose default it gives.
CREATE TABLE loop.s (id serial, big bigserial, always integer GENERATED ALWAYS AS IDENTITY);
