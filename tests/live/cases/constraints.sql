-- Keys, exclusions and checks, with everything that they may say.
CREATE TABLE keys (a integer, b text, c integer, d integer, e integer,
  CONSTRAINT "Primary" PRIMARY KEY (a, b) INCLUDE (c) WITH (fillfactor = 60),
  CONSTRAINT unique_deferred UNIQUE (c, d) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT unique_deferrable UNIQUE (d) DEFERRABLE,
  UNIQUE (e) INCLUDE (d, c));
INSERT INTO keys VALUES (1, 'x', 1, 1, 1), (2, 'y', 2, 2, NULL), (3, 'z', NULL, 3, NULL);
COMMENT ON CONSTRAINT "Primary" ON keys IS 'key';

CREATE TABLE clustered (a integer CONSTRAINT clustered_key PRIMARY KEY, b integer);
ALTER TABLE clustered CLUSTER ON clustered_key;
INSERT INTO clustered VALUES (2, 2), (1, 1);

CREATE TABLE from_index (a integer NOT NULL, b integer);
CREATE UNIQUE INDEX from_index_i ON from_index (a) WITH (fillfactor = 50);
ALTER TABLE from_index ADD CONSTRAINT from_index_key PRIMARY KEY USING INDEX from_index_i;
INSERT INTO from_index VALUES (1, 1);

CREATE TABLE exclusions (r int4range, c circle, n integer, t tsrange,
  CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&) WHERE (n > 0) DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING gist (c WITH &&) INCLUDE (n) WITH (fillfactor = 70),
  CONSTRAINT of_expression EXCLUDE USING btree ((n + 1) WITH =));
INSERT INTO exclusions VALUES ('[1,3)', '<(0,0),1>', 1, NULL), ('[3,5)', '<(5,5),1>', 2, NULL);
ALTER INDEX of_expression ALTER COLUMN 1 SET STATISTICS 77;

CREATE FUNCTION is_even(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
CREATE TABLE checks (a integer CHECK (a > 0), b integer CONSTRAINT "even b" CHECK (is_even(b)), c text,
  CONSTRAINT together CHECK (a > b OR c IS NOT NULL), CONSTRAINT not_inherited CHECK (a < 1000) NO INHERIT,
  CONSTRAINT nothing CHECK (true), CONSTRAINT "quote ' "" \" CHECK (c <> 'it''s \'));
INSERT INTO checks VALUES (3, 2, 'c'), (NULL, NULL, NULL), (-1 + 2, 4, 'd');
ALTER TABLE checks ADD CONSTRAINT not_valid CHECK (a > 2) NOT VALID;
ALTER TABLE checks ADD CONSTRAINT not_valid_no_inherit CHECK (a > 2) NO INHERIT NOT VALID;
COMMENT ON CONSTRAINT together ON checks IS 'inline';
COMMENT ON CONSTRAINT not_valid ON checks IS 'separate';

-- The check depends on a function that takes the table's row: a loop.
CREATE TABLE loops (a integer, b integer);
CREATE FUNCTION row_is_fine(loops) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a IS DISTINCT FROM $1.b';
ALTER TABLE loops ADD CONSTRAINT fine CHECK (row_is_fine(loops));
INSERT INTO loops VALUES (1, 2);
CREATE FUNCTION next_loop(loops) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
ALTER TABLE loops ALTER b SET DEFAULT next_loop(ROW(4, 5)::loops);
