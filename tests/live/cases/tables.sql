-- Tables: names that need quoting, no columns, options, unlogged, typed, dropped columns.
CREATE SCHEMA "Odd ""Schema""";
CREATE SCHEMA "select";

CREATE TABLE plain (a integer, b text, c numeric(10,2));
INSERT INTO plain VALUES (1, 'one', 1.10), (2, NULL, NULL), (3, E'tab\there\\ and\nnewline', 'NaN');

CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;

CREATE TABLE "Odd ""Schema"""."Tab'le with
newline" ("Col ""umn" integer, "user" text, "é" text, "CamelCase" boolean, "with space" date, "a.b" int, "%" int);
INSERT INTO "Odd ""Schema"""."Tab'le with
newline" VALUES (1, 'u', 'é', true, '2020-02-29', 4, 5);

CREATE TABLE "select"."table" ("from" integer, "order" text, "end" text);
INSERT INTO "select"."table" VALUES (1, 'x', 'y');

CREATE TABLE plain_with_a_name_of_exactly_sixty_three_bytes_which_is_longest (
  a_column_with_a_name_of_exactly_sixty_three_bytes_the_longest_ok integer NOT NULL
);

CREATE TABLE with_options (a integer, b text)
  WITH (fillfactor = 70, autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.25, toast.autovacuum_enabled = false,
        toast_tuple_target = 256, parallel_workers = 2, toast.autovacuum_vacuum_cost_delay = 12);
INSERT INTO with_options VALUES (1, repeat('x', 10000));

CREATE TABLE no_toast_options (a integer) WITH (user_catalog_table = false);

CREATE UNLOGGED TABLE unlogged (a integer PRIMARY KEY, b text);
INSERT INTO unlogged VALUES (1, 'kept');

CREATE TABLE dropped_columns (gone1 integer, a integer, gone2 text, b text DEFAULT 'b', gone3 boolean);
INSERT INTO dropped_columns VALUES (1, 2, 'gone', 'stays', true);
ALTER TABLE dropped_columns DROP COLUMN gone1, DROP COLUMN gone2, DROP COLUMN gone3;
ALTER TABLE dropped_columns ADD COLUMN late integer NOT NULL DEFAULT 42;
INSERT INTO dropped_columns (a, b) VALUES (3, 'second');

CREATE TABLE all_dropped (a integer);
INSERT INTO all_dropped VALUES (1), (2);
ALTER TABLE all_dropped DROP COLUMN a;

CREATE TYPE pair AS (x integer, y text COLLATE "C", z numeric(5,1));
CREATE TABLE typed OF pair;
INSERT INTO typed VALUES (1, 'a', 1.5);
CREATE TABLE typed_with_options OF pair (
  PRIMARY KEY (x), y WITH OPTIONS NOT NULL DEFAULT 'why', CONSTRAINT z_small CHECK (z < 100)
);
INSERT INTO typed_with_options (x, z) VALUES (1, 2.5);

CREATE TABLE replica_nothing (a integer);
ALTER TABLE replica_nothing REPLICA IDENTITY NOTHING;
CREATE TABLE replica_full (a integer);
ALTER TABLE replica_full REPLICA IDENTITY FULL;
CREATE TABLE replica_index (a integer NOT NULL, b integer NOT NULL);
CREATE UNIQUE INDEX replica_index_b ON replica_index (b);
ALTER TABLE replica_index REPLICA IDENTITY USING INDEX replica_index_b;
CREATE TABLE replica_key (a integer PRIMARY KEY);
ALTER TABLE replica_key REPLICA IDENTITY USING INDEX replica_key_pkey;

CREATE TABLE renamed_before (a serial PRIMARY KEY, b integer UNIQUE CHECK (b > 0));
ALTER TABLE renamed_before RENAME TO renamed_after;
ALTER TABLE renamed_after RENAME COLUMN b TO bb;
INSERT INTO renamed_after (bb) VALUES (10), (20);

CREATE TABLE row_of_itself (a integer, b text);
CREATE TABLE holds_rows (r row_of_itself, rs row_of_itself[]);
INSERT INTO row_of_itself VALUES (1, 'x');
INSERT INTO holds_rows SELECT r, ARRAY[r, r] FROM row_of_itself r;

COMMENT ON TABLE plain IS 'a ''quoted'' comment with a \ backslash';
COMMENT ON COLUMN plain.b IS 'column';
